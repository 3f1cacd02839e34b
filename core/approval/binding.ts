/** What one approval is good for: the bytes of it, without any ambiguity. */
import { joined, toHex } from '../bytes.ts';
import type { Principal } from '../identity/principal.ts';
import type { ApprovalTerms } from '../policy/policy.ts';
import type { KeyedDigest } from '../ports.ts';
import { type ApprovalBinding, parseApprovalBinding } from './approval.ts';

/**
 * Headers that change what the same bytes mean, or what the model does with them. `accept` is among them because some
 * servers choose the kind of answer by it; SDKs repeat it on a retry. What differs from try to try
 * (`x-stainless-retry-count`, `traceparent`, dates) is not, or no retry would ever attach; nor is `authorization`: the
 * principal stands for it, and tokens are renewed while people decide.
 */
export const boundHeaders = [
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'content-encoding',
  'content-type',
  'inference-header-content-length',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'x-http-method-override',
] as const;

export interface BindingParts {
  /** Keyed digest of the exact pre-mask body, hex. */
  readonly digest: string;
  readonly method: string;
  readonly authority: string;
  /** With query, as received. */
  readonly path: string;
  /** All headers of the request as received; the bound ones are picked out here. Names in any case, repeats in order. */
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly requester: Pick<Principal, 'subject' | 'issuer'>;
  readonly endpoint: string;
  readonly model: { readonly name: string; readonly version?: string };
  readonly rule: string;
  /** Who must decide is part of what was decided: a rule that now asks for more people voids what fewer approved. */
  readonly terms: Pick<ApprovalTerms, 'groups' | 'count' | 'scope'>;
  /** Names of the endpoint's mask profiles, `none` included. */
  readonly mask: { readonly request: string; readonly response: string };
}

const version = 'countersign.approval-binding.v1';

type Field = string | readonly string[];

export function bindingOf(parts: BindingParts, digest: KeyedDigest): ApprovalBinding {
  const binding = parseApprovalBinding(toHex(digest.digest(canonicalBinding(parts))));
  if (binding === undefined) throw new Error('the keyed digest is not 32 bytes');
  return binding;
}

/** Fixed order of fields; every string and every list is preceded by its length, so no two calls share their bytes. */
export function canonicalBinding(parts: BindingParts): Uint8Array {
  const bound = pickHeaders(parts.headers);
  const fields: readonly Field[] = [
    version,
    parts.digest,
    parts.method,
    parts.authority,
    parts.path,
    ...boundHeaders.map((name) => bound.get(name) ?? []),
    parts.requester.issuer,
    parts.requester.subject,
    parts.endpoint,
    parts.model.name,
    parts.model.version === undefined ? [] : [parts.model.version],
    parts.rule,
    // The order of groups in a policy file means nothing.
    parts.terms.groups.toSorted(),
    String(parts.terms.count),
    parts.terms.scope,
    parts.mask.request,
    parts.mask.response,
  ];
  return joined(fields.flatMap(encodeField));
}

function pickHeaders(headers: BindingParts['headers']): ReadonlyMap<string, readonly string[]> {
  const wanted = new Set<string>(boundHeaders);
  const found = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!wanted.has(key)) continue;
    const values = found.get(key);
    if (values === undefined) found.set(key, [value.trim()]);
    else values.push(value.trim());
  }
  return found;
}

/** A string: `s`, its length in bytes, its bytes. A list: `l`, its count, its strings. */
function encodeField(field: Field): readonly Uint8Array[] {
  if (typeof field !== 'string') return [tagged('l', field.length), ...field.flatMap(encodeField)];
  const bytes = new TextEncoder().encode(field);
  return [tagged('s', bytes.length), bytes];
}

function tagged(tag: string, length: number): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = tag.charCodeAt(0);
  new DataView(head.buffer).setUint32(1, length);
  return head;
}
