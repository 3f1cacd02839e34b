import type { Approval, ApprovalBinding } from '../approval/approval.ts';
import { bindingOf } from '../approval/binding.ts';
import { toHex } from '../bytes.ts';
import type { Decision } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import { isGrpc } from './answer-shape.ts';
import type { Forwardable } from './forward.ts';
import { answerOf, answerOfError } from './hold-answers.ts';
import { approvalRequested, sessionHeld } from './hold-records.ts';
import { type Exchange, type HeaderList, single } from './message.ts';
import type { ExchangePorts, HoldOutcome } from './ports.ts';
import { type Preferences, preferencesOf } from './preferences.ts';
import { factsOf, redactFor } from './records.ts';
import type { Session } from './session.ts';
import { refused, type Stop, stopOf } from './stop.ts';

/** Kept between the end of our waiting and the caller's own timeout, so that our 409 arrives. */
const marginMs = 2_000;

export interface HoldSubject {
  readonly session: Session;
  readonly decision: Decision;
  /** The decision under the policy of this moment: an approval opens nothing that has been closed since. */
  readonly decideAgain: () => Decision;
  /** Readies what goes upstream. Done before the approval is used up: a call that cannot go must not burn it. */
  readonly prepare: () => Promise<Result<Forwardable, Stop>>;
  readonly headers: HeaderList;
  /** The beginning of the request, masked: what approvers see. */
  readonly preview: { readonly text: string; readonly truncated: boolean };
}

/**
 * Holds the call until people have decided. Approved: the approval is consumed, durably, and the call may go on. Not decided
 * in time: 409, or the 202 that the caller preferred, and its own retry attaches to the same approval by its digest.
 */
export async function awaitApproval(
  subject: HoldSubject,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Forwardable, Stop>> {
  const principal = subject.session.handOff?.principal;
  const slot = `${principal?.issuer} ${principal?.subject}`;
  if (!on.holds.enter(slot)) return err(refused('ERR_HOLDS_EXHAUSTED', 'calls_waiting', { retryAfter: 30 }));
  try {
    const held = await holdRounds(subject, exchange, on);
    on.metrics.holdEnded(held.ok ? 'approved' : outcomeOf(held.error));
    return held;
  } finally {
    on.holds.leave(slot);
  }
}

const outcomeOf = (stop: Stop): HoldOutcome => (stop.kind === 'refused' ? stop.refusal.code : stop.kind);

async function holdRounds(
  subject: HoldSubject,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Forwardable, Stop>> {
  const prefers = preferencesHere(subject.headers);
  // Monotonic: a wall clock that is set back between two rounds must not make the caller wait that much longer.
  const deadlineMs = on.clock.monotonic() + waitMs(subject, prefers, on.clock.now());
  // N identical calls share one approval; the first consumes it and the others ask afresh. Bounded, as each round is a request.
  for (let round = 0; round < 8; round++) {
    const asked = await ask(subject, on);
    if (!asked.ok) return asked;
    const untilMs = on.clock.now() + deadlineMs - on.clock.monotonic();
    const settled = await waitFor(asked.value, untilMs, exchange, on);
    if (!settled.ok) return settled;
    const approval = settled.value;
    subject.session.approval = approval;
    if (approval.state !== 'approved') {
      if (approval.state === 'consumed') continue;
      return err(answerOf(approval, on.approvalUrl(approval), prefers));
    }
    const current = subject.decideAgain();
    if (current.effect === 'deny')
      return err(refused('ERR_POLICY_DENIED', current.reason, { detail: current.because ?? '' }));
    const binding = current.effect === 'hold' ? bind({ ...subject, decision: current }, on) : approval.binding;
    if (binding === undefined) return err(refused('ERR_INTERNAL', 'hold_without_subject'));
    const prepared = await subject.prepare();
    if (!prepared.ok) return prepared;
    const consumed = on.approvals.consume(approval.id, subject.session.id, binding, on.clock.now());
    if (consumed.ok) {
      subject.session.approval = consumed.value;
      return prepared;
    }
    if (consumed.error.code !== 'ERR_APPROVAL_NOT_OPEN') return err(answerOfError(consumed.error));
  }
  return err(refused('ERR_APPROVAL_UNAVAILABLE', 'consumed_by_others', { retryAfter: 1 }));
}

/** Makes the request for approval, or finds the live one of the same call, and records it before anybody waits. */
async function ask(subject: HoldSubject, on: ExchangePorts): Promise<Result<Approval, Stop>> {
  const { session, decision, preview } = subject;
  const { handOff, endpoint, facts, request } = session;
  const requester = handOff?.principal;
  const binding = bind(subject, on);
  if (!(decision.approval && requester && endpoint && facts && request?.digest && binding))
    return err(refused('ERR_INTERNAL', 'hold_without_subject'));
  const { rule, ...approvalTerms } = decision.approval;
  const now = on.clock.now();
  // Both can be the caller's own words: people are shown them, and records keep them.
  const redact = redactFor((text) => on.masking.maskText(text, on.copyProfile(undefined)).text, requester);
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
      model: redact(facts.model.name),
      rule,
      because: decision.because ?? '',
      terms: approvalTerms,
      digest: request.digest,
      facts: request.facts === undefined ? {} : factsOf(request.facts, redact),
      preview,
    },
    now,
  );
  if (!asked.ok) return err(answerOfError(asked.error));
  const { approval, attached } = asked.value;
  session.approval = approval;
  const previewDigest = toHex(on.digest.digest(new TextEncoder().encode(approval.preview.text)));
  session.previewDigest = previewDigest;
  const recorded = await on.ledger.append(
    attached
      ? [sessionHeld(session, approval, now)]
      : [approvalRequested(session, approval, previewDigest, now), sessionHeld(session, approval, now)],
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
  if (!(terms && requester && handOff && endpoint && facts && request?.digest)) return undefined;
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
      mask: { request: maskOf(endpoint.mask.request, on), response: maskOf(endpoint.mask.response, on) },
    },
    on.digest,
  );
}

/** A profile by what it does, not only by its name: one that was weakened meanwhile is another one. */
function maskOf(name: string, on: ExchangePorts): string {
  const profile = on.policy().profile(name);
  return profile === undefined ? name : JSON.stringify({ ...profile, entities: profile.entities.toSorted() });
}

/** Waits for people, and for everything that ends the waiting sooner. */
async function waitFor(
  approval: Approval,
  untilMs: number,
  exchange: Exchange,
  on: ExchangePorts,
): Promise<Result<Approval, Stop>> {
  const leave = new AbortController();
  const drained = (): void => leave.abort();
  on.draining.addEventListener('abort', drained);
  if (on.draining.aborted) leave.abort();
  on.metrics.held(1);
  try {
    const settled = on.approvals.settled(approval.id, untilMs, leave.signal);
    const moved = exchange.arrival().then(() => 'moved' as const);
    const first = await Promise.race([settled, moved]);
    if (first !== 'moved') return first.ok ? ok(first.value) : err(answerOfError(first.error));
    leave.abort();
    await settled;
    return err(stopOf(await exchange.next()) ?? refused('ERR_INTERNAL', 'message_during_hold'));
  } finally {
    on.draining.removeEventListener('abort', drained);
    on.metrics.held(-1);
  }
}

/** Never longer than the rule says, than the caller says it will wait, or than the token lives. */
function waitMs(subject: HoldSubject, prefers: Preferences, nowMs: number): number {
  const limits = [
    subject.decision.approval?.waitMs ?? 0,
    (subject.session.handOff?.principal?.expires ?? 0) * 1000 - nowMs - marginMs,
  ];
  if (prefers.waitMs !== undefined) limits.push(prefers.waitMs);
  else if (prefers.respondAsync) return 0;
  for (const name of ['x-stainless-read-timeout', 'x-stainless-timeout']) {
    const seconds = Number(single(subject.headers, name).value ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds > 0) limits.push(seconds * 1000 - marginMs);
  }
  return Math.max(0, Math.min(...limits));
}

/** gRPC has no 202: a call ends with a message or an error. */
function preferencesHere(headers: HeaderList): Preferences {
  const prefers = preferencesOf(headers);
  return isGrpc(headers) ? { ...prefers, respondAsync: false } : prefers;
}
