import type { Approval, ApprovalBinding, ApprovalError } from '../approval/approval.ts';
import { bindingOf } from '../approval/binding.ts';
import type { RecordDraft } from '../ledger/record.ts';
import { isoTime } from '../ledger/time.ts';
import type { Decision } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { Exchange, HeaderList } from './message.ts';
import { single } from './message.ts';
import type { ExchangePorts } from './ports.ts';
import { factsOf } from './records.ts';
import type { Session } from './session.ts';
import { refused, type Stop, stopOf } from './stop.ts';

/** Kept between the end of our waiting and the caller's own timeout, so that our 409 arrives. */
const marginMs = 2_000;
const previewCharacters = 4_096;

export interface HoldSubject {
  readonly session: Session;
  readonly decision: Decision;
  /** The decision under the policy of this moment: an approval opens nothing that has been closed since. */
  readonly decideAgain: () => Decision;
  readonly headers: HeaderList;
  /** The masked copy of the request, as text. */
  readonly preview: string;
}

/**
 * Holds the call until people have decided. Approved: the approval is consumed, durably, and the call may go on. Not decided
 * in time: 409, and the caller's own retry attaches to the same approval by its digest.
 */
export async function awaitApproval(
  subject: HoldSubject,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Approval, Stop>> {
  // N identical calls share one approval; the first consumes it and the others ask afresh. Bounded, as each round is a request.
  for (let round = 0; round < 8; round++) {
    const asked = await ask(subject, on);
    if (!asked.ok) return asked;
    const settled = await waitFor(asked.value, subject, exchange, on);
    if (!settled.ok) return settled;
    const approval = settled.value;
    subject.session.approval = approval;
    if (approval.state !== 'approved') {
      if (approval.state === 'consumed') continue;
      return err(stopFor(approval, on));
    }
    const current = subject.decideAgain();
    if (current.effect === 'deny')
      return err(refused('ERR_POLICY_DENIED', current.reason, { detail: current.because ?? '' }));
    const binding = current.effect === 'hold' ? bind({ ...subject, decision: current }, on) : approval.binding;
    if (binding === undefined) return err(refused('ERR_INTERNAL', 'hold_without_subject'));
    const consumed = on.approvals.consume(approval.id, subject.session.id, binding, on.clock.now());
    if (consumed.ok) {
      subject.session.approval = consumed.value;
      return ok(consumed.value);
    }
    if (consumed.error.code !== 'ERR_APPROVAL_NOT_OPEN') return err(approvalRefused(consumed.error));
  }
  return err(refused('ERR_APPROVAL_UNAVAILABLE', 'consumed_by_others', { retryAfter: 1 }));
}

/** Makes the request for approval, or finds the live one of the same call, and records it before anybody waits. */
async function ask(subject: HoldSubject, on: ExchangePorts): Promise<Result<Approval, Stop>> {
  const { session, decision, preview } = subject;
  const { handOff, endpoint, facts, request } = session;
  const requester = handOff?.principal;
  const binding = bind(subject, on);
  if (!(decision.approval && requester && endpoint && facts && request && binding))
    return err(refused('ERR_INTERNAL', 'hold_without_subject'));
  const { rule, ...approvalTerms } = decision.approval;
  const now = on.clock.now();
  const asked = on.approvals.request(
    {
      binding,
      session: session.id,
      requester: {
        subject: requester.subject,
        issuer: requester.issuer,
        ...(requester.client === undefined ? {} : { client: requester.client }),
      },
      endpoint: endpoint.name,
      model: facts.model.name,
      rule,
      because: decision.because ?? '',
      terms: approvalTerms,
      digest: request.digest,
      facts: request.facts === undefined ? {} : factsOf(request.facts),
      preview: { text: preview.slice(0, previewCharacters), truncated: preview.length > previewCharacters },
    },
    now,
  );
  if (!asked.ok) return err(approvalRefused(asked.error));
  const { approval, attached } = asked.value;
  session.approval = approval;
  const recorded = await on.ledger.append(
    attached ? [held(session, approval, now)] : [requested(session, approval, now), held(session, approval, now)],
  );
  if (recorded.ok) return ok(approval);
  // An approval that is in no record must not be given: nobody could ever show that it was asked for.
  if (!attached) on.approvals.withdraw(approval.id, on.clock.now());
  return err(refused('ERR_RECORD_UNAVAILABLE', recorded.error.reason, { retryAfter: 5 }));
}

/** What this very call would be approved for, under the decision given. */
function bind(subject: HoldSubject, on: ExchangePorts): ApprovalBinding | undefined {
  const { handOff, endpoint, facts, request } = subject.session;
  const terms = subject.decision.approval;
  const requester = handOff?.principal;
  if (!(terms && requester && handOff && endpoint && facts && request)) return undefined;
  const call = { digest: request.digest, method: handOff.method, authority: handOff.authority, path: handOff.path };
  return bindingOf(
    {
      ...call,
      headers: subject.headers,
      requester,
      endpoint: endpoint.name,
      model: facts.model,
      rule: terms.rule,
      terms,
      mask: endpoint.mask,
    },
    on.digest,
  );
}

/** Waits for people, and for everything that ends the waiting sooner. */
async function waitFor(
  approval: Approval,
  subject: HoldSubject,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Approval, Stop>> {
  const until = on.clock.now() + waitMs(approval, subject, on.clock.now());
  const leave = new AbortController();
  const drained = (): void => leave.abort();
  on.draining.addEventListener('abort', drained);
  if (on.draining.aborted) leave.abort();
  on.metrics.held(1);
  try {
    const settled = on.approvals.settled(approval.id, until, leave.signal);
    const moved = exchange.arrival().then(() => 'moved' as const);
    const first = await Promise.race([settled, moved]);
    if (first !== 'moved') return first.ok ? ok(first.value) : err(approvalRefused(first.error));
    leave.abort();
    await settled;
    return err(stopOf(await exchange.next()) ?? refused('ERR_INTERNAL', 'message_during_hold'));
  } finally {
    on.draining.removeEventListener('abort', drained);
    on.metrics.held(-1);
  }
}

/** Never longer than the rule says, than the caller says it will wait, or than the token lives. */
function waitMs(approval: Approval, subject: HoldSubject, nowMs: number): number {
  const limits = [approval.terms.waitMs, (subject.session.handOff?.principal?.expires ?? 0) * 1000 - nowMs - marginMs];
  const prefer = /(?:^|,)\s*wait=(\d{1,6})\s*(?:$|[;,])/i.exec(single(subject.headers, 'prefer').value ?? '')?.[1];
  if (prefer !== undefined) limits.push(Number(prefer) * 1000);
  for (const name of ['x-stainless-read-timeout', 'x-stainless-timeout']) {
    const seconds = Number(single(subject.headers, name).value ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds > 0) limits.push(seconds * 1000 - marginMs);
  }
  return Math.max(0, Math.min(...limits));
}

function stopFor(approval: Approval, on: ExchangePorts): Stop {
  const location = on.approvalUrl(approval);
  switch (approval.state) {
    case 'denied':
      return refused('ERR_APPROVAL_DENIED', 'approval_denied', {
        detail: approval.votes.at(-1)?.reason ?? '',
        location,
      });
    case 'expired':
    case 'withdrawn':
    case 'revoked':
      return refused('ERR_APPROVAL_EXPIRED', `approval_${approval.state}`, {
        detail: 'Send the call again to ask anew.',
        location,
      });
    default:
      return {
        kind: 'refused',
        outcome: 'pending',
        refusal: {
          code: 'ERR_APPROVAL_PENDING',
          reason: 'approval_pending',
          detail: `${approval.because} Send the same call again to go on waiting.`.trim(),
          retryAfter: 1,
          location,
        },
      };
  }
}

function approvalRefused(error: ApprovalError): Stop {
  if (error.code === 'ERR_HOLDS_EXHAUSTED') return refused('ERR_HOLDS_EXHAUSTED', error.reason, { retryAfter: 30 });
  if (error.code === 'ERR_APPROVAL_BINDING') return refused('ERR_POLICY_DENIED', error.reason);
  return refused('ERR_APPROVAL_UNAVAILABLE', `${error.code.slice('ERR_'.length).toLowerCase()}: ${error.reason}`, {
    retryAfter: 5,
  });
}

function requested(session: Session, approval: Approval, nowMs: number): RecordDraft {
  return {
    type: 'approval.requested',
    session: session.id,
    time: isoTime(nowMs),
    data: {
      approval: approval.id,
      binding: approval.binding,
      requester: { ...approval.requester },
      endpoint: approval.endpoint,
      model: approval.model,
      rule: approval.rule,
      groups: approval.terms.groups,
      count: approval.terms.count,
      expires: isoTime(approval.expiresAtMs),
      digest: approval.digest,
      facts: approval.facts,
    },
  };
}

function held(session: Session, approval: Approval, nowMs: number): RecordDraft {
  return {
    type: 'session.held',
    session: session.id,
    time: isoTime(nowMs),
    // Enough to know what was asked, also if `approval.requested` of the first call is in a ledger that is gone.
    data: {
      approval: approval.id,
      binding: approval.binding,
      requester: { ...approval.requester },
      endpoint: approval.endpoint,
      rule: approval.rule,
      expires: isoTime(approval.expiresAtMs),
      digest: approval.digest,
    },
  };
}

/** Written together with `session.opened`: the approval is used up by this very session. */
export function approvalConsumed(session: Session, approval: Approval, nowMs: number): RecordDraft {
  return {
    type: 'approval.consumed',
    session: session.id,
    time: isoTime(nowMs),
    data: {
      approval: approval.id,
      binding: approval.binding,
      votes: approval.votes.map((vote) => ({
        subject: vote.by.subject,
        issuer: vote.by.issuer,
        verdict: vote.verdict,
      })),
    },
  };
}
