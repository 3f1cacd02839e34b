import type { Approval } from '../approval/approval.ts';
import { type Refusal, statusOf } from '../error-codes.ts';
import type { Principal } from '../identity/principal.ts';
import type { JsonObject, RecordDraft, RecordType } from '../ledger/record.ts';
import { isoTime } from '../ledger/time.ts';
import type { MaskSummary } from '../masking/masker.ts';
import type { BodyFacts, Decision, EndpointFacts } from '../policy/policy.ts';
import { headerOf } from './message.ts';
import type { ResponseSeen, Session } from './session.ts';

/** The shapes of session records. docs/audit-events.md describes them for readers. Text that a caller chose is masked by `redact`. */
export type Redact = (text: string) => string;

/** Longest text of a caller in a record; a path of 55 KB, refused and recorded, would fill the disk for strangers. */
const textCharacters = 1024;
/** Parameters whose values open doors. */
const secretParameters =
  /([?&](?:access_token|id_token|api[_-]?key|key|token|sig|signature|password|secret|code)=)[^&]*/gi;

/** Text that a caller chose, as it may stand in a record: cut, without credentials, masked. */
function recorded(mask: Redact): Redact {
  return (text) => {
    const cut = text.length <= textCharacters ? text : `${text.slice(0, textCharacters)}… (${text.length} characters)`;
    return mask(cut.includes('=') ? cut.replace(secretParameters, '$1*') : cut);
  };
}

/** What authz-service refused, whole: nothing else is ever written about this session. */
export function deniedByAuthz(
  session: string,
  seen: { readonly method: string; readonly authority: string; readonly path: string; readonly sourceAddress: string },
  why: {
    readonly refusal: Refusal;
    readonly principal?: Principal;
    readonly endpoint?: string;
    readonly decision?: Decision;
  },
  at: { readonly revision: string; readonly nowMs: number },
  mask: Redact,
): RecordDraft {
  const redact = recorded(mask);
  return {
    type: 'session.denied',
    session,
    time: isoTime(at.nowMs),
    data: {
      identity: why.principal && identityOf(why.principal),
      request: {
        method: redact(seen.method),
        authority: redact(seen.authority),
        path: redact(seen.path),
        source: seen.sourceAddress,
      },
      endpoint: why.endpoint === undefined ? undefined : { name: why.endpoint },
      decision: why.decision
        ? decisionOf(why.decision)
        : { effect: 'deny', reason: why.refusal.reason, revision: at.revision },
      refusal: refusalOf(why.refusal),
      times: { ended: isoTime(at.nowMs) },
      outcome: 'denied',
      by: 'authz-service',
    },
  };
}

/** Small, and durable before the last byte of the request goes upstream. */
export function sessionOpened(session: Session, nowMs: number): RecordDraft {
  return {
    type: 'session.opened',
    session: session.id,
    time: isoTime(nowMs),
    data: {
      subject: session.handOff?.principal?.subject,
      endpoint: session.endpoint?.name,
      rule: session.decision?.rule,
      digest: session.request?.digest,
      // Bytes flow before their digest is known: `session.received` has it.
      streamed: session.request?.complete === false ? true : undefined,
    },
  };
}

/** The whole of a streamed request has come; durable before its end goes upstream. */
export function sessionReceived(session: Session, nowMs: number): RecordDraft {
  return {
    type: 'session.received',
    session: session.id,
    time: isoTime(nowMs),
    data: { bytes: session.request?.bytes, digest: session.request?.digest },
  };
}

export interface SessionOutcome {
  readonly outcome: 'completed' | 'denied' | 'pending' | 'aborted';
  readonly refusal?: Refusal;
  readonly reason?: string;
}

/** The last record of a session, self-contained. */
export function sessionEnded(
  type: Extract<RecordType, 'session.closed' | 'session.denied' | 'session.aborted'>,
  session: Session,
  outcome: SessionOutcome,
  clock: { readonly nowMs: number; readonly monotonic: number },
  mask: Redact,
): RecordDraft {
  const redact = recorded(mask);
  const { handOff, decision, facts, approval } = session;
  return {
    type,
    session: session.id,
    time: isoTime(clock.nowMs),
    data: {
      identity: handOff?.principal && identityOf(handOff.principal),
      request: requestOf(session, redact),
      endpoint: facts && endpointOf(facts),
      decision: decision && { ...decisionOf(decision), authz_revision: handOff?.revision },
      approval: approval && approvalOf(approval),
      masking: maskingOfBoth(session),
      response: session.response && responseOf(session.response, redact),
      refusal: outcome.refusal && refusalOf(outcome.refusal),
      times: {
        started: isoTime(session.startedAtMs),
        decided: iso(session.decidedAtMs),
        forwarded: iso(session.forwardedAtMs),
        response_started: iso(session.response?.startedAtMs),
        ended: isoTime(clock.nowMs),
        duration_us: Math.round((clock.monotonic - session.startedAt) * 1000),
      },
      outcome: outcome.outcome,
      reason: outcome.reason,
      by: 'proc-service',
    },
  };
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms));

function identityOf(principal: Principal): JsonObject {
  return {
    subject: principal.subject,
    issuer: principal.issuer,
    groups: principal.groups,
    method: principal.method,
    client: principal.client,
    token_id: principal.tokenId,
    amr: principal.amr,
    acr: principal.acr,
  };
}

function requestOf(session: Session, redact: Redact): JsonObject {
  const { handOff, headers, request } = session;
  // A call that never was at authz-service (no route, as CONNECT has none) is still known by what it says itself.
  const line = handOff ?? {
    method: headerOf(headers, ':method'),
    authority: headerOf(headers, ':authority'),
    path: headerOf(headers, ':path'),
  };
  return {
    method: line.method && redact(line.method),
    authority: line.authority && redact(line.authority),
    path: line.path && redact(line.path),
    content_type: request && redact(request.contentType),
    coding: request && redact(request.coding),
    digest_key: request?.digestKey,
    received_bytes: request?.receivedBytes,
    bytes: request?.bytes,
    complete: request?.complete,
    digest: request?.digest,
    forwarded_digest: request?.forwardedDigest,
    facts: request?.facts && factsOf(request.facts),
    copy: request?.copy && { ...request.copy },
  };
}

/** As strings: rows of a file can exceed what JSON numbers carry. */
export function factsOf(facts: BodyFacts): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));
}

function endpointOf(facts: EndpointFacts): JsonObject {
  return { name: facts.name, api: facts.api, model: { ...facts.model } };
}

function decisionOf(decision: Decision): JsonObject {
  return {
    effect: decision.effect,
    rule: decision.rule,
    reason: decision.reason,
    because: decision.because,
    matched: decision.matched,
    shadow: decision.shadow.map((shadow) => ({ ...shadow })),
    failed: decision.failed,
    revision: decision.revision,
  };
}

function approvalOf(approval: Approval): JsonObject {
  return {
    id: approval.id,
    state: approval.state,
    rule: approval.rule,
    requester: { ...approval.requester },
    requested: isoTime(approval.requestedAtMs),
    decided: iso(approval.decidedAtMs),
    binding: approval.binding,
    votes: approval.votes.map((vote) => ({
      subject: vote.by.subject,
      issuer: vote.by.issuer,
      amr: vote.by.amr,
      acr: vote.by.acr,
      verdict: vote.verdict,
      reason: vote.reason,
      time: isoTime(vote.atMs),
    })),
  };
}

function maskingOfBoth({ masking, endpoint }: Session): JsonObject {
  const of = (summary: MaskSummary | undefined, profile: string | undefined): JsonObject | undefined =>
    summary && maskingOf(summary, profile, endpoint);
  return {
    request: of(masking.request, endpoint?.mask.request),
    response: of(masking.response, endpoint?.mask.response),
  };
}

function maskingOf(summary: MaskSummary, profile: string | undefined, endpoint: Session['endpoint']): JsonObject {
  // Where traffic is not masked, the copy still is, if one is kept: then the counts are of the copy, whose length is capped.
  const unmasked = endpoint?.record.payload === 'sealed' ? 'copy' : 'nothing';
  return {
    profile,
    of: profile === 'none' ? unmasked : 'traffic',
    counts: { ...summary.counts },
    faults: summary.faults,
  };
}

function responseOf(response: ResponseSeen, redact: Redact): JsonObject {
  return {
    status: response.status,
    content_type: redact(response.contentType),
    coding: redact(response.coding),
    bytes: response.bytes,
    released_bytes: response.releasedBytes,
    digest: response.digest,
    released_digest: response.releasedDigest,
    copy: response.copy && { ...response.copy },
  };
}

function refusalOf(refusal: Refusal): JsonObject {
  return { code: refusal.code, status: statusOf(refusal), reason: refusal.reason };
}
