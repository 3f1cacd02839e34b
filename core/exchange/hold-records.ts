/** What the trail says about a hold. `approval.decided` is the console's. */
import type { Approval } from '../approval/approval.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { isoTime } from '../ledger/time.ts';
import type { Session } from './session.ts';

export function approvalRequested(
  session: Pick<Session, 'id'>,
  approval: Approval,
  previewDigest: string,
  nowMs: number,
): DraftOf<'approval.requested'> {
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
      preview_digest: previewDigest,
      facts: approval.facts,
    },
  };
}

export function sessionHeld(session: Session, approval: Approval, nowMs: number): DraftOf<'session.held'> {
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
export function approvalConsumed(
  session: Pick<Session, 'id'>,
  approval: Approval,
  nowMs: number,
): DraftOf<'approval.consumed'> {
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
