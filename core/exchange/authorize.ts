import { codeWords, type Refusal } from '../error-codes.ts';
import { parseAuthorization } from '../identity/authorization-header.ts';
import type { CredentialError, Principal } from '../identity/principal.ts';
import type { LedgerError } from '../ledger/record.ts';
import { readTarget, type Target, type TargetError } from '../policy/paths.ts';
import type { Decision, IdentityFacts, Policy } from '../policy/policy.ts';
import type { Clock, Ids, Ledger, TokenVerifier } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type AnswerShape, shapeOf } from './answer-shape.ts';
import { type HandOff, handOffLifeMs, type Source } from './hand-off.ts';
import { forbiddenFromCallers } from './header-rules.ts';
import type { HeaderList } from './message.ts';
import { deniedByAuthz, type Redact } from './records.ts';
import type { RefusalCounts } from './refusal-counts.ts';

/** What Envoy's ext_authz filter says about one request, before any of its body. */
export interface CheckInput {
  readonly method: string;
  readonly authority: string;
  /** With query, as received. */
  readonly path: string;
  readonly headers: HeaderList;
  /** Absent when the call came over no network. */
  readonly source?: Source;
}

export interface CheckOutput {
  readonly handOff: HandOff;
  /** Request headers that must not go further. */
  readonly remove: readonly string[];
  readonly refusal?: { readonly why: Refusal; readonly shape: AnswerShape };
}

export interface AuthorizePorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly tokens: TokenVerifier;
  readonly policy: () => Policy;
  readonly ledger: Ledger;
  readonly refusals: RefusalCounts;
  readonly identityHeaders: readonly string[];
  readonly redact: Redact;
}

interface Admitted {
  readonly principal: Principal;
  readonly endpoint: string;
}
interface Denied {
  readonly refusal: Refusal;
  readonly principal?: Principal;
  readonly endpoint?: string;
  readonly decision?: Decision;
}

/** One Check: credential → principal → rules that need no body → hand-off. A refusal is durable before it is answered. */
export async function authorize(input: CheckInput, on: AuthorizePorts): Promise<CheckOutput> {
  const policy = on.policy();
  const session = on.ids.ulid();
  const target = readTarget(input.method, input.authority, input.path);
  const route = target.ok ? policy.route(target.value) : undefined;
  const admitted = await admit(input, target, route, policy, on);
  const handOff = {
    v: 1,
    session,
    method: input.method,
    authority: input.authority,
    path: input.path,
    ...(input.source === undefined ? {} : { source: input.source }),
    revision: policy.revision,
    expires: on.clock.now() + handOffLifeMs,
  } as const;
  if (admitted.ok) {
    const remove = forbiddenFromCallers(input.headers, on.identityHeaders);
    return { handOff: { ...handOff, ...admitted.value, outcome: 'allow' }, remove };
  }
  const recorded = await recordRefusal(session, input, target, admitted.error, policy.revision, on);
  const why: Refusal = recorded.ok
    ? admitted.error.refusal
    : { code: 'ERR_RECORD_UNAVAILABLE', reason: recorded.error.reason, retryAfter: 5 };
  const { principal } = admitted.error;
  return {
    handOff: { ...handOff, ...(principal === undefined ? {} : { principal }), outcome: 'refused' },
    remove: [],
    // By the endpoint, before anybody has identified the caller: a 401 has to be readable for its client too.
    refusal: { why, shape: shapeOf(input.headers, route?.endpoint.api) },
  };
}

/** Durable when it resolves: a record of its own, or for strangers above the rate one that says that they are counted. */
function recordRefusal(
  session: string,
  input: CheckInput,
  target: Result<Target, TargetError>,
  denied: Denied,
  revision: string,
  on: AuthorizePorts,
): Promise<Result<unknown, LedgerError>> {
  const nowMs = on.clock.now();
  const seen = target.ok ? { ...input, host: target.value.host } : input;
  const draft = (countingUntilMs?: number) =>
    deniedByAuthz(session, seen, denied, { revision, nowMs, countingUntilMs }, on.redact);
  if (denied.principal !== undefined) return on.ledger.append([draft()]);
  const reason = `${denied.refusal.code} ${denied.refusal.reason}`;
  return on.refusals.record({ session, source: input.source, reason, draft });
}

async function admit(
  input: CheckInput,
  target: Result<Target, TargetError>,
  route: ReturnType<Policy['route']>,
  policy: Policy,
  on: AuthorizePorts,
): Promise<Result<Admitted, Denied>> {
  if (!target.ok) return refuse('ERR_REQUEST_TARGET', target.error.reason);
  const verified = await verifyCredential(input.headers, on.tokens);
  if (!verified.ok) return err({ refusal: credentialRefusal(verified.error) });
  const principal = verified.value;
  if (route === undefined) return err({ ...denied('no_endpoint'), principal });
  const endpoint = route.endpoint.name;
  const pre = policy.preFilter(identityFacts(principal), target.value, route.facts);
  if (pre.outcome === 'continue') return ok({ principal, endpoint });
  const { decision } = pre;
  return err({ ...denied(decision.reason, decision.because), principal, endpoint, decision });
}

async function verifyCredential(
  headers: HeaderList,
  tokens: TokenVerifier,
): Promise<Result<Principal, CredentialError>> {
  const token = parseAuthorization(headers.filter(([name]) => name === 'authorization').map(([, value]) => value));
  return token.ok ? tokens.verify(token.value) : token;
}

function credentialRefusal(error: CredentialError): Refusal {
  const reason = `${codeWords(error.code)}: ${error.reason}`;
  if (error.code === 'ERR_ISSUER_UNAVAILABLE') return { code: error.code, reason, retryAfter: 5 };
  return { code: 'ERR_CREDENTIAL', reason };
}

function refuse(code: Refusal['code'], reason: string): Result<never, Denied> {
  return err({ refusal: { code, reason } });
}

function denied(reason: string, because?: string): { readonly refusal: Refusal } {
  return { refusal: { code: 'ERR_POLICY_DENIED', reason, ...(because === undefined ? {} : { detail: because }) } };
}

export function identityFacts(principal: Principal): IdentityFacts {
  const { subject, issuer, groups, method } = principal;
  return { subject, issuer, groups, method, client: principal.client ?? '' };
}
