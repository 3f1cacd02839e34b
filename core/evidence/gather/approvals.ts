/** Part 7: who asked, who approved what, how long it took, and whether they were different people. */
import type { Part } from '../report.ts';
import { column, counted, fact, type Rows, tableOf } from './cells.ts';

export interface ApprovalsTold {
  readonly approvals: Rows;
  readonly votes: Rows;
  readonly violations: Rows;
  readonly approved: number;
}

export function approvalsPart({ approvals, votes, violations, approved }: ApprovalsTold): Part {
  const isViolated = violations.count > 0;
  const what = `${counted(approvals.count, 'approval')}, ${approved} of them approved`;
  return {
    id: 'approvals',
    title: 'Approvals',
    verdict: isViolated ? 'attention' : approved > 0 ? 'fine' : 'told',
    says: isViolated
      ? `${what}; duties were NOT separate in ${violations.count}.`
      : `${what}${approved > 0 ? '; whoever approved had not asked' : ''}.`,
    text: [
      'An approval is good for what its binding is made of: the exact bytes of the request, its caller, endpoint, model, rule and masks. The preview digest is of the masked text that approvers were shown.',
      'Separation of duties is judged here anew from the records, not taken from the decision: nobody who approved has the subject and issuer of whoever asked; what a service account asked for was not approved through its own client; approvers are people, and as many of them as the rule needs. One person with accounts at two issuers, and the owner of a service account who logs in elsewhere, cannot be told from tokens.',
    ],
    facts: [
      fact('Approvals', approvals.count),
      fact('Approved', approved),
      { name: 'Duties not separate', value: String(violations.count), verdict: isViolated ? 'attention' : 'fine' },
    ],
    tables: [
      tableOf(
        {
          name: 'separation_violations',
          title: 'Duties that were not separate',
          says: 'Approved, and not by who should have.',
          columns: [column('approval', 'Approval', 'code'), column('requester', 'Asked by'), column('why', 'Why')],
          none: 'None.',
        },
        violations,
      ),
      tableOf(
        {
          name: 'approvals',
          title: 'Approvals',
          says: 'All that something of the period is told of. Latency is from the request to the last vote; uses are sessions of the period.',
          columns: [
            column('approval', 'Approval', 'code'),
            column('state', 'State'),
            column('rule', 'Rule'),
            column('endpoint', 'Endpoint'),
            column('requester', 'Asked by'),
            column('requester_issuer', 'Issuer'),
            column('requester_client', 'Client'),
            column('approvers', 'Approved by'),
            column('needed', 'People needed', 'number'),
            column('requested', 'Asked', 'time'),
            column('decided', 'Decided', 'time'),
            column('latency_seconds', 'Latency (s)', 'number'),
            column('binding', 'Binding', 'code'),
            column('preview_digest', 'Preview digest', 'code'),
            column('request_digest', 'Request digest', 'code'),
            column('uses', 'Uses', 'number'),
            column('separation', 'Separation of duties'),
          ],
          none: 'Nothing was held for approval.',
        },
        approvals,
      ),
      tableOf(
        {
          name: 'votes',
          title: 'Verdicts',
          says: 'Outcome: cast and counted; not_counted, with why it was refused; uncertain; told: no record of the verdict itself is at hand, only what the session or its use says.',
          columns: [
            column('approval', 'Approval', 'code'),
            column('time', 'Time', 'time'),
            column('subject', 'By'),
            column('issuer', 'Issuer'),
            column('client', 'Client'),
            column('verdict', 'Verdict'),
            column('reason', 'Reason'),
            column('groups', 'Entitled by'),
            column('authentication', 'Authentication'),
            column('outcome', 'Outcome'),
            column('refused', 'Refused because'),
          ],
          none: 'Nobody decided anything.',
        },
        votes,
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}
