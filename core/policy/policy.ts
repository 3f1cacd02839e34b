import type { Entity } from '../masking/entities.ts';
import type { Pattern } from '../masking/pattern.ts';
import type { Strictness } from '../masking/score.ts';

/** How a body is read (design: Bodies). A policy that names another one does not load. */
export const apis = [
  'openai',
  'anthropic',
  'gemini',
  'ollama',
  'open-inference-v2',
  'kserve-v1',
  'tf-serving',
  'json',
  'ndjson',
  'csv',
  'multipart',
  'text',
  'opaque',
] as const;
export type Api = (typeof apis)[number];
/** `opaque` is not read, so it is neither masked nor copied. */
export type ReadApi = Exclude<Api, 'opaque'>;
/** Those that are spoken in protobuf too, over gRPC. */
export const protobufApis = ['open-inference-v2', 'tf-serving'] as const satisfies readonly Api[];

export type Effect = 'allow' | 'hold' | 'deny';

export interface Model {
  /** May be a template over the path: `{path[2]}`. */
  readonly name: string;
  readonly version?: string;
  readonly tier?: 'high' | 'medium' | 'low';
  readonly owner?: string;
}

/** An endpoint as configured: a named set of routes to one kind of inference API. */
export interface Endpoint {
  readonly name: string;
  readonly match: { readonly host: string; readonly path: string; readonly methods: readonly string[] };
  readonly api: Api;
  readonly model: Model;
  /** Profile names; `none` leaves that direction as it is (the recorded copy is masked all the same). */
  readonly mask: { readonly request: string; readonly response: string };
  readonly record: {
    readonly payload: 'sealed' | 'digest';
    readonly retention: string;
    /** Where a record is before what it is about goes on: on this disk, or acknowledged by Kafka as well. */
    readonly durability: 'local' | 'broker';
    /** `refuse`: 503 while nothing can be recorded. */
    readonly unavailable: 'refuse';
    /** `stream`: delivered parts durable within 64 KiB or 1 s. `strict`: before they are released, so never more than is kept. */
    readonly response: 'stream' | 'strict';
    /** Who may open what was sealed. Absent: nobody. */
    readonly reveal?: RevealTerms;
  };
  readonly upstream: { readonly credential?: string };
}

export interface RevealTerms {
  readonly groups: readonly string[];
  /** 2: an original is opened only when a second one of them agrees. */
  readonly people: 1 | 2;
}

/** What an approval needs. Times in milliseconds. */
export interface ApprovalTerms {
  readonly groups: readonly string[];
  /** Distinct people who must approve. */
  readonly count: number;
  /** How long the call itself waits. */
  readonly waitMs: number;
  /** How long the approval can be given and used after it was asked for. */
  readonly expiresMs: number;
  readonly scope: 'request';
}

export interface Rule {
  readonly name: string;
  readonly match: {
    readonly endpoint?: string;
    readonly groups?: readonly string[];
    readonly subjects?: readonly string[];
    readonly issuer?: string;
  };
  /** CEL source over identity, request, endpoint, body. */
  readonly when?: string;
  /** True when `when` reads `body`: then it can be decided by proc-service only. */
  readonly readsBody: boolean;
  readonly then: Effect;
  readonly approval?: ApprovalTerms;
  readonly because?: string;
  readonly mode: 'enforce' | 'shadow';
}

/** What becomes of a value that was found. `mask` keeps the length; counts are letters and digits that stay readable. */
export type Action =
  | { readonly kind: 'mask'; readonly keepFirst: number; readonly keepLast: number }
  | { readonly kind: 'redact' | 'tokenize' | 'pseudonym' | 'hash' | 'keep' | 'block' };

/** Digits (mod97: letters too) of a custom value must satisfy it, unless a key says what the value is. */
export const checksums = ['luhn', 'mod97', 'aba', 'mod11'] as const;
export type Checksum = (typeof checksums)[number];

/** A kind of value that the policy describes itself. Plain data, like all of a profile: it is hashed and compared as JSON. */
export interface CustomEntity {
  /** Never the name of an entity. */
  readonly name: string;
  /** Bounded and not empty (custom-pattern.ts): a detector takes it as it is. */
  readonly pattern: Pattern;
  readonly checksum?: Checksum;
  /** Names of members, columns or fields that say what their value is. Empty: none are needed. */
  readonly keys: readonly string[];
  /** Words near a value that say what it is. Empty: none are needed. */
  readonly context: readonly string[];
}

/** A place in bodies: what stands there is hidden as that entity, whatever it looks like. One way to say it, or both. */
export interface FieldRule {
  /** In JSON: JSONPath (RFC 9535), as far as masking/fields/field-path.ts takes it. In protobuf what that stands for, where it can be told. */
  readonly path?: string;
  /** In protobuf (masking/fields/protobuf-path.ts). */
  readonly protobuf?: string;
  /** Name of an entity. */
  readonly as: string;
}

export interface MaskProfile {
  readonly name: string;
  readonly fields: readonly FieldRule[];
  /** Parts of multipart bodies and bytes in base64 that hold no text: `keep` lets them pass; else nothing of them does. */
  readonly binaryParts?: 'keep';
  readonly entities: readonly Entity[];
  /** How much evidence makes a value (core/masking/score.ts); absent: the usual. */
  readonly strictness?: Strictness;
  readonly custom: readonly CustomEntity[];
  readonly actions: {
    readonly default: Action;
    /** By entity, or by the name of a custom one. */
    readonly of: Readonly<Record<string, Action>>;
  };
}

/** What CEL sees as `identity`. */
export interface IdentityFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  readonly client: string;
  readonly method: string;
}
/** What CEL sees as `request`: no body needed. */
export interface RequestFacts {
  readonly method: string;
  /** Lower case, without port. */
  readonly host: string;
  /** For routing to endpoints whose host names a port; CEL does not see it. */
  readonly port?: string;
  /** Decoded, without query (paths.ts). */
  readonly path: string;
  readonly query: string;
}
/** What CEL sees as `endpoint`. */
export interface EndpointFacts {
  readonly name: string;
  readonly api: Api;
  readonly model: { readonly name: string; readonly version: string; readonly tier: string; readonly owner: string };
}
/** What CEL sees as `body`. Integers are bigint: cel-js refuses a JS number where the type says int. */
export interface BodyFacts {
  readonly bytes: bigint;
  /** Instances, batch inputs or messages; 0 where the API has none. */
  readonly rows: bigint;
  /** Model named in the body, '' when it names none. */
  readonly model: string;
  readonly stream: boolean;
  readonly max_tokens: bigint;
  readonly n: bigint;
}

/** The outcome of a policy over one exchange. */
export interface Decision {
  readonly effect: Effect;
  /** The rule that decided: the deny, the hold, or the allow. Undefined: nothing matched, which is deny. */
  readonly rule?: string;
  /** snake_case for records: rule_deny | rule_hold | rule_allow | no_allow_rule | no_endpoint … */
  readonly reason: string;
  /** `because` of the rule: words for people. */
  readonly because?: string;
  /** Every enforced rule that matched, in file order. */
  readonly matched: readonly string[];
  /** Shadow rules that would have matched, with what they would have done. */
  readonly shadow: readonly { readonly rule: string; readonly effect: Effect }[];
  /** Rules whose `when` failed to evaluate, shadow rules too (counted as matched for deny and hold, not for allow). */
  readonly failed: readonly string[];
  /** Present exactly when effect is `hold`: the strictest of all matching holds. */
  readonly approval?: ApprovalTerms & { readonly rule: string };
  /** SHA-256 (hex) of the canonical policy that decided. */
  readonly revision: string;
}

/** A compiled, type-checked, immutable policy. Swapped whole at reload. */
export interface Policy {
  readonly revision: string;
  readonly endpoints: readonly Endpoint[];
  readonly rules: readonly Rule[];
  readonly profiles: readonly MaskProfile[];
  profile(name: string): MaskProfile | undefined;
  /** The endpoint of a request and its model with the path filled in. Undefined: no endpoint, so the call is refused. */
  route(request: RequestFacts): { readonly endpoint: Endpoint; readonly facts: EndpointFacts } | undefined;
  /**
   * Whether requests of this endpoint go on as they come: nothing needs to know them whole, neither a rule that reads `body` nor
   * an approval that is bound to what was sent.
   */
  streamsRequest(endpoint: string): boolean;
  /** All rules, body included: what counts. */
  evaluate(identity: IdentityFacts, request: RequestFacts, endpoint: EndpointFacts, body: BodyFacts): Decision;
  /**
   * Rules that need no body. `refuse` only when an enforced deny matches, or no allow remains possible; never holds.
   * `continue` says nothing about the final outcome.
   */
  preFilter(
    identity: IdentityFacts,
    request: RequestFacts,
    endpoint: EndpointFacts,
  ): { readonly outcome: 'continue' } | { readonly outcome: 'refuse'; readonly decision: Decision };
}
