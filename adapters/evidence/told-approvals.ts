/** The approvals of the period, each read anew whenever a table of them is walked. */
import type { ApprovalsTold } from '@countersign/core/evidence/gather/approvals.ts';
import type { Rows } from '@countersign/core/evidence/gather/cells.ts';
import { type ApprovalRead, readApproval } from '@countersign/core/evidence/gather/separation.ts';
import type { ApprovalTold } from '@countersign/core/evidence/gather/sort-record.ts';
import type { Row } from '@countersign/core/evidence/report.ts';
import { isObject } from '@countersign/core/ledger/stored-record.ts';
import type { EvidenceStore } from './store.ts';

export function approvalsOf(store: EvidenceStore): ApprovalsTold {
  const count = { approved: 0, votes: 0, violations: 0 };
  for (const each of readAll(store)) {
    if (each.isApproved) count.approved++;
    count.votes += each.voteRows.length;
    if (each.violations.length > 0) count.violations++;
  }
  const rowsOf = (total: number, tell: (each: ApprovalRead) => readonly Row[]): Rows => ({
    count: total,
    *rows() {
      for (const each of readAll(store)) yield* tell(each);
    },
  });
  return {
    approvals: rowsOf(store.number(`SELECT count(*) FROM (${ids})`), ({ row }) => [row]),
    votes: rowsOf(count.votes, ({ voteRows }) => voteRows),
    violations: rowsOf(count.violations, ({ id, requester, violations }) =>
      violations.length === 0 ? [] : [[id, requester?.subject, violations.join('; ')]],
    ),
    approved: count.approved,
  };
}

const ids = 'SELECT DISTINCT id FROM (SELECT id FROM approval WHERE within UNION ALL SELECT id FROM approval_end)';

/** Everything told of each approval that something of the period is told of, by time. */
function* readAll(store: EvidenceStore): Generator<ApprovalRead> {
  for (const row of store.stored(`${ids} ORDER BY 1`)) {
    const id = String(row['id']);
    const told = [
      ...store.stored('SELECT told FROM approval WHERE id = ? ORDER BY time, rowid', id),
      ...store.stored('SELECT told FROM approval_end WHERE id = ?', id),
    ].flatMap((each) => toldOf(each['told']));
    yield readApproval(id, told, store.number('SELECT count(*) FROM ended WHERE approval = ? AND is_first', id));
  }
}

function toldOf(text: unknown): readonly ApprovalTold[] {
  const told: unknown = JSON.parse(String(text));
  if (!isObject(told)) return [];
  const { approval, type, time, session, data } = told;
  if (typeof approval !== 'string' || typeof type !== 'string' || typeof time !== 'string' || !isObject(data))
    return [];
  const isWithin = told['isWithin'] === true;
  return [{ approval, type, time, session: typeof session === 'string' ? session : undefined, data, isWithin }];
}
