/**
 * One person's verdict, first into the ledger, then into the store. In this order no verdict takes effect that is not
 * recorded, and nothing is acknowledged that is not both. A crash in between leaves a record of a verdict that opened
 * nothing: the approver got no answer, finds the approval still open, and decides again.
 */
import type { Approval, ApprovalError, Verdict } from '@countersign/core/approval/approval.ts';
import { vote } from '@countersign/core/approval/transitions.ts';
import { maySee } from '@countersign/core/approval/voter.ts';
import type { DataOf, DraftOf } from '@countersign/core/ledger/records/catalogue.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { ApprovalStore, Clock, Ledger } from '@countersign/core/ports.ts';
import { err, type Result } from '@countersign/core/result.ts';

export interface DecisionError {
  readonly code: ApprovalError['code'] | 'ERR_RECORD_UNAVAILABLE';
  readonly reason: string;
}

export interface DecidePorts {
  readonly approvals: Pick<ApprovalStore, 'get' | 'decide'>;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
}

export async function decide(id: string, verdict: Verdict, on: DecidePorts): Promise<Result<Approval, DecisionError>> {
  const askedAtMs = on.clock.now();
  const found = on.approvals.get(id, askedAtMs);
  if (!found.ok) return found;
  // What one may not see does not exist: the answer must not tell whether an id is taken.
  if (!maySee(found.value, verdict.by)) return err({ code: 'ERR_APPROVAL_UNKNOWN', reason: 'not_visible' });
  const permitted = vote(found.value, verdict, askedAtMs);
  if (!permitted.ok) return permitted;

  const recorded = await on.ledger.append([decided(found.value, verdict, { outcome: 'cast' }, askedAtMs)]);
  if (!recorded.ok) return err({ code: 'ERR_RECORD_UNAVAILABLE', reason: recorded.error.reason });

  const countedAtMs = on.clock.now();
  const counted = on.approvals.decide(id, verdict, countedAtMs);
  if (counted.ok) return counted;
  // It was open a moment ago: somebody else decided, it expired, or the store failed, and then only the store knows.
  const outcome = counted.error.code === 'ERR_APPROVAL_STORE' ? 'uncertain' : 'not_counted';
  const { code, reason } = counted.error;
  await on.ledger.append([decided(found.value, verdict, { outcome, refusal: { code, reason } }, countedAtMs)]);
  return counted;
}

function decided(
  approval: Approval,
  { by, verdict, reason }: Verdict,
  outcome: Pick<DataOf<'approval.decided'>, 'outcome' | 'refusal'>,
  atMs: number,
): DraftOf<'approval.decided'> {
  return {
    type: 'approval.decided',
    session: approval.session,
    time: isoTime(atMs),
    data: {
      approval: approval.id,
      verdict,
      reason: reason.trim(),
      by: {
        subject: by.subject,
        issuer: by.issuer,
        client: by.client,
        amr: by.amr,
        acr: by.acr,
        // Those that entitle: other memberships are nobody's business here.
        groups: by.groups.filter((group) => approval.terms.groups.includes(group)),
      },
      requester: { ...approval.requester },
      endpoint: approval.endpoint,
      model: approval.model,
      rule: approval.rule,
      count: approval.terms.count,
      binding: approval.binding,
      digest: approval.digest,
      ...outcome,
    },
  };
}
