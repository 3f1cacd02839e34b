/**
 * The life of an approval. Pure: an approval and an event in, an approval or a refusal out. Every store folds its events
 * through `applyEvent`, so that no adapter has rules of its own.
 */
import { samePrincipal } from '../identity/principal.ts';
import { err, ok, type Result, unreachable } from '../result.ts';
import type {
  Approval,
  ApprovalBinding,
  ApprovalError,
  ApprovalEvent,
  ApprovalState,
  Verdict,
  Vote,
} from './approval.ts';
import { refuseReason } from './reason.ts';
import { refuseVoter } from './voter.ts';

export const approvalMoves = ['approve', 'deny', 'expire', 'withdraw', 'consume', 'revoke'] as const;
export type ApprovalMove = (typeof approvalMoves)[number];

/** What is not in here is refused. `revoke` belongs to the table; nothing in this version makes that move. */
const table: Readonly<Record<ApprovalState, Readonly<Partial<Record<ApprovalMove, ApprovalState>>>>> = {
  requested: { approve: 'approved', deny: 'denied', expire: 'expired', withdraw: 'withdrawn' },
  approved: { consume: 'consumed', expire: 'expired', revoke: 'revoked' },
  denied: {},
  expired: {},
  withdrawn: {},
  consumed: {},
  revoked: {},
};

export const nextState = (state: ApprovalState, move: ApprovalMove): ApprovalState | undefined => table[state][move];

/** Can still be decided or used. */
export const isLive = (state: ApprovalState): boolean => nextState(state, 'expire') !== undefined;

/**
 * A wall clock may step back. Within this much the approval lives that much longer; beyond it nobody can say how old the
 * approval is, so it is over.
 */
export const clockStepToleranceMs = 60_000;

function isOver(approval: Approval, nowMs: number): boolean {
  const seenMs = approval.decidedAtMs ?? approval.votes.at(-1)?.atMs ?? approval.requestedAtMs;
  return nowMs >= approval.expiresAtMs || nowMs < seenMs - clockStepToleranceMs;
}

function move(approval: Approval, to: ApprovalMove, nowMs: number): Result<Approval, ApprovalError> {
  const state = nextState(approval.state, to);
  if (state === undefined) return err({ code: 'ERR_APPROVAL_NOT_OPEN', reason: `state_${approval.state}` });
  return ok(approval.state === 'requested' ? { ...approval, state, decidedAtMs: nowMs } : { ...approval, state });
}

/** The approval as it stands at `nowMs`: expired when its time has passed, otherwise the same object. */
export function expire(approval: Approval, nowMs: number): Approval {
  if (!isOver(approval, nowMs)) return approval;
  const moved = move(approval, 'expire', nowMs);
  return moved.ok ? moved.value : approval;
}

/** One person's verdict: one deny denies; `terms.count` distinct people approve. */
export function vote(approval: Approval, verdict: Verdict, nowMs: number): Result<Approval, ApprovalError> {
  const current = expire(approval, nowMs);
  const refused = refuseVoter(current, verdict.by);
  if (refused !== undefined) return err(refused);
  const moved = move(current, verdict.verdict, nowMs);
  if (!moved.ok) return moved;
  if (current.votes.some((cast) => samePrincipal(cast.by, verdict.by))) {
    return err({ code: 'ERR_APPROVAL_ALREADY_VOTED', reason: 'already_voted' });
  }
  const unreasoned = refuseReason(verdict.reason);
  if (unreasoned !== undefined) return err(unreasoned);
  const votes = [...current.votes, castVote(verdict, nowMs)];
  const stillOpen = verdict.verdict === 'approve' && !hasQuorum({ ...current, votes });
  return ok(stillOpen ? { ...current, votes } : { ...moved.value, votes });
}

/** Uses an approval up. `binding` must be the call's own, computed again at release, not copied from the approval. */
export function consume(
  approval: Approval,
  session: string,
  binding: ApprovalBinding,
  nowMs: number,
): Result<Approval, ApprovalError> {
  const moved = move(expire(approval, nowMs), 'consume', nowMs);
  if (!moved.ok) return moved;
  if (approval.binding !== binding) return err({ code: 'ERR_APPROVAL_BINDING', reason: 'binding_mismatch' });
  // The state says approved already; a store that lost votes must still not open the door.
  if (!hasQuorum(approval)) return err({ code: 'ERR_APPROVAL_NOT_OPEN', reason: 'approvals_missing' });
  return ok({ ...moved.value, consumedBy: session });
}

/** Nobody waits for it any more. */
export function withdraw(approval: Approval, nowMs: number): Result<Approval, ApprovalError> {
  return move(expire(approval, nowMs), 'withdraw', nowMs);
}

/** One event on top of what is there; `undefined` is the state before the first one. */
export function applyEvent(approval: Approval | undefined, event: ApprovalEvent): Result<Approval, ApprovalError> {
  if (event.type === 'requested') {
    return approval === undefined
      ? ok(opened(event))
      : err({ code: 'ERR_APPROVAL_NOT_OPEN', reason: 'already_exists' });
  }
  if (approval === undefined) return err({ code: 'ERR_APPROVAL_UNKNOWN', reason: 'unknown_approval' });
  switch (event.type) {
    case 'voted':
      return vote(approval, event.verdict, event.atMs);
    case 'consumed':
      return consume(approval, event.session, event.binding, event.atMs);
    case 'withdrawn':
      return withdraw(approval, event.atMs);
    case 'expired':
      return isOver(approval, event.atMs)
        ? move(approval, 'expire', event.atMs)
        : err({ code: 'ERR_APPROVAL_NOT_OPEN', reason: 'not_due' });
    default:
      return unreachable(event);
  }
}

function opened({ id, request, atMs }: Extract<ApprovalEvent, { type: 'requested' }>): Approval {
  return {
    ...request,
    id,
    state: 'requested',
    requestedAtMs: atMs,
    expiresAtMs: atMs + request.terms.expiresMs,
    votes: [],
  };
}

/** Enough distinct people said yes, and nobody said no. A count below one is a broken policy and opens nothing. */
function hasQuorum(approval: Approval): boolean {
  const people = new Set(approval.votes.map(({ by }) => JSON.stringify([by.issuer, by.subject])));
  const denied = approval.votes.some((cast) => cast.verdict === 'deny');
  return !denied && approval.terms.count >= 1 && people.size >= approval.terms.count;
}

/** Only what a vote is made of: a whole principal handed in must not leave its token id in the store. */
function castVote({ by, verdict, reason }: Verdict, atMs: number): Vote {
  const { subject, issuer, groups, amr, acr, client } = by;
  return {
    by: {
      subject,
      issuer,
      groups,
      ...(amr === undefined ? {} : { amr }),
      ...(acr === undefined ? {} : { acr }),
      ...(client === undefined ? {} : { client }),
    },
    verdict,
    reason: reason.trim(),
    atMs,
  };
}
