import type { Approval } from '../approval/approval.ts';
import { type Refusal, statusOf } from '../error-codes.ts';
import type { Principal } from '../identity/principal.ts';
import type { SessionEnd } from '../ledger/records/api-activity.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { isoTime } from '../ledger/time.ts';
import type { BodyFacts, Decision, EndpointFacts } from '../policy/policy.ts';
import { activityOf, type Redact, type SessionOutcome, type Told } from './activity.ts';
import type { Source } from './hand-off.ts';
import { isModified, maskingOfBoth } from './masking-records.ts';
import { type HeaderList, headerOf } from './message.ts';
import type { ResponseSeen, Session } from './session.ts';

export type { Redact, SessionOutcome } from './activity.ts';

/** Session records. docs/audit-events.md describes them for readers. Text that a caller chose is masked by `redact`. */

/** Longest text of a caller in a record; a path of 55 KB, refused and recorded, would fill the disk for strangers. */
const textCharacters = 1024;
/** Of strangers, who can be refused without end at the rate of `anonymous_refusals`. */
const strangersTextCharacters = 256;
/** Looked at beyond the cut: longer than a value of any entity but an address of mail. */
const longestValue = 256;
/** Parameters whose values open doors. */
const secretParameters =
  /([?&](?:access_token|id_token|api[_-]?key|key|token|sig|signature|password|secret|code)=)[^&]*/gi;

/** Text that a caller chose, as it may stand in a record: cut, without credentials, masked. */
export function redactFor(mask: Redact, principal: Principal | undefined): Redact {
  const maxCharacters = principal === undefined ? strangersTextCharacters : textCharacters;
  const withoutSecrets = (text: string): string => (text.includes('=') ? text.replace(secretParameters, '$1*') : text);
  return (text) => {
    if (text.length <= maxCharacters) return mask(withoutSecrets(text));
    // Looked at beyond the cut, so that no part of a value is left before it; and a character may be cut in two.
    const seen = mask(withoutSecrets(text.slice(0, maxCharacters + longestValue).toWellFormed()));
    return `${seen.slice(0, maxCharacters).toWellFormed()}… (${text.length} characters)`;
  };
}

type Unmapped = SessionEnd['unmapped'];

/** What authz-service refused, whole: nothing else is ever written about this session. */
export function deniedByAuthz(
  session: string,
  seen: {
    readonly method: string;
    readonly authority: string;
    readonly path: string;
    readonly headers: HeaderList;
    readonly source?: Source;
    /** As it was read: lower case, without port. */
    readonly host?: string;
  },
  why: {
    readonly refusal: Refusal;
    readonly principal?: Principal;
    readonly endpoint?: string;
    readonly decision?: Decision;
  },
  at: { readonly revision: string; readonly nowMs: number; readonly countingUntilMs?: number | undefined },
  mask: Redact,
): DraftOf<'session.denied'> {
  const { refusal, principal, decision } = why;
  const redact = redactFor(mask, principal);
  const told: Told = {
    session,
    nowMs: at.nowMs,
    outcome: { outcome: 'denied', refusal },
    opened: false,
    modified: false,
    principal,
    source: seen.source,
    line: seen,
    host: seen.host,
    headers: seen.headers,
    receivedBytes: undefined,
    endpoint: why.endpoint,
    facts: undefined,
    rule: decision?.rule,
    revision: at.revision,
    response: undefined,
    unmapped: {
      by: 'authz-service',
      counting_until: at.countingUntilMs,
      decision: decision ? decisionOf(decision, undefined) : { effect: 'deny', reason: refusal.reason },
      identity: principal && identityOf(principal),
      outcome: 'denied',
      refusal: refusalOf(refusal),
      request: { authority: redact(seen.authority) },
    },
  };
  return { type: 'session.denied', session, time: isoTime(at.nowMs), data: activityOf(told, redact) };
}

/** The last record of a session, self-contained. */
export function sessionEnded<T extends 'session.closed' | 'session.denied' | 'session.aborted'>(
  type: T,
  session: Session,
  outcome: SessionOutcome,
  clock: EndClock,
  mask: Redact,
): Ended<T> {
  const { handOff, headers, decision, facts, target } = session;
  const redact = redactFor(mask, handOff?.principal);
  // A call that never was at authz-service (no route, as CONNECT has none) is still known by what it says itself.
  const line = handOff ?? {
    method: headerOf(headers, ':method'),
    authority: headerOf(headers, ':authority'),
    path: headerOf(headers, ':path'),
  };
  const told: Told = {
    session: session.id,
    nowMs: clock.nowMs,
    startedAtMs: session.startedAtMs,
    outcome,
    opened: session.opened,
    modified: isModified(session),
    principal: handOff?.principal,
    source: handOff?.source,
    line,
    host: target?.host,
    headers,
    receivedBytes: session.request?.receivedBytes,
    endpoint: session.endpoint?.name,
    facts,
    rule: decision?.rule,
    revision: decision?.revision,
    response: session.response,
    unmapped: unmappedOf(session, outcome, clock, line.authority && redact(line.authority), redact),
  };
  return { type, session: session.id, time: isoTime(clock.nowMs), data: activityOf(told, redact) };
}

export interface EndClock {
  readonly nowMs: number;
  readonly monotonic: number;
  /** Of the last anonymous refusal that is stored (refusal-counts.ts). */
  readonly countingUntilMs?: number | undefined;
}

type Ended<T> = { readonly type: T; readonly session: string; readonly time: string; readonly data: SessionEnd };

/** Members in the order of canonical JSON, here and below. */
function unmappedOf(
  session: Session,
  outcome: SessionOutcome,
  clock: EndClock,
  authority: string | undefined,
  redact: Redact,
): Unmapped {
  const { handOff, decision, approval, facts, endpoint } = session;
  return {
    approval: approval && approvalOf(approval, session.previewDigest),
    by: 'proc-service',
    counting_until: clock.countingUntilMs,
    decision: decision && decisionOf(decision, handOff?.revision),
    endpoint: facts && endpointOf(facts),
    identity: handOff?.principal && identityOf(handOff.principal),
    masking: maskingOfBoth(session),
    outcome: outcome.outcome,
    record: endpoint && { payload: endpoint.record.payload, retention: endpoint.record.retention },
    refusal: outcome.refusal && refusalOf(outcome.refusal),
    request: requestOf(session, authority, redact),
    response: session.response && responseOf(session.response, redact),
    times: {
      decided: session.decidedAtMs,
      duration_us: Math.round((clock.monotonic - session.startedAt) * 1000),
      forwarded: session.forwardedAtMs,
      response_started: session.response?.startedAtMs,
    },
  };
}

function identityOf({ acr, amr, method }: Principal): Unmapped['identity'] {
  return { acr, amr, method };
}

function requestOf({ request }: Session, authority: string | undefined, redact: Redact): Unmapped['request'] {
  if (request === undefined) return { authority };
  return {
    authority,
    bytes: request.bytes,
    coding: redact(request.coding),
    complete: request.complete,
    content_type: redact(request.contentType),
    copy: request.copy,
    digest: request.digest,
    digest_key: request.digestKey,
    facts: request.facts && factsOf(request.facts, redact),
    forwarded_digest: request.forwardedDigest,
  };
}

/** As strings: rows of a file can exceed what JSON numbers carry. A body that is refused may say anything as its model. */
export function factsOf(facts: BodyFacts, redact: Redact): Readonly<Record<string, string>> {
  return {
    bytes: String(facts.bytes),
    max_tokens: numberOf(facts.max_tokens, redact),
    model: facts.model === '' ? '' : redact(facts.model),
    n: numberOf(facts.n, redact),
    rows: numberOf(facts.rows, redact),
    stream: String(facts.stream),
  } satisfies Record<keyof BodyFacts, string>;
}

/** With more digits than any count of ours it could be somebody's number. */
function numberOf(value: bigint, redact: Redact): string {
  const text = String(value);
  return text.length < identifyingDigits ? text : redact(text);
}

const identifyingDigits = 9;

function endpointOf({ model: { owner, tier } }: EndpointFacts): Unmapped['endpoint'] {
  return { owner: owner === '' ? undefined : owner, tier: tier === '' ? undefined : tier };
}

function decisionOf(decision: Decision, authzRevision: string | undefined): Unmapped['decision'] {
  return {
    authz_revision: authzRevision,
    because: decision.because,
    effect: decision.effect,
    failed: decision.failed,
    matched: decision.matched,
    reason: decision.reason,
    shadow: decision.shadow,
  };
}

function approvalOf(approval: Approval, previewDigest: string | undefined): Unmapped['approval'] {
  const { decidedAtMs, requester, terms } = approval;
  return {
    id: approval.id,
    state: approval.state,
    rule: approval.rule,
    requester,
    requested: isoTime(approval.requestedAtMs),
    decided: decidedAtMs === undefined ? undefined : isoTime(decidedAtMs),
    expires: isoTime(approval.expiresAtMs),
    count: terms.count,
    binding: approval.binding,
    preview_digest: previewDigest,
    votes: approval.votes.map((vote) => ({
      subject: vote.by.subject,
      issuer: vote.by.issuer,
      amr: vote.by.amr,
      acr: vote.by.acr,
      groups: vote.by.groups.filter((group) => terms.groups.includes(group)),
      verdict: vote.verdict,
      reason: vote.reason,
      time: isoTime(vote.atMs),
    })),
  };
}

function responseOf(response: ResponseSeen, redact: Redact): Unmapped['response'] {
  return {
    coding: redact(response.coding),
    copy: response.copy,
    digest: response.digest,
    released_bytes: response.releasedBytes,
    released_digest: response.releasedDigest,
  };
}

function refusalOf(refusal: Refusal): Unmapped['refusal'] {
  return { code: refusal.code, reason: refusal.reason, status: statusOf(refusal) };
}
