/** What `ledger reconcile` found, for a person. */
import type { ReconcileReport } from '@countersign/adapters/access-log/reconcile.ts';
import { type Difference, type Reason, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { printable } from '../terminal-text.ts';

/** Said with every result. */
const limits =
  'The ledgers were read as they are: `countersign ledger verify` says whether they are whole. Requests that never came to this Envoy are in no log of it.';

export function reconcileText(report: ReconcileReport): string {
  const { lines, requests, ledgers, sessions, agreeing, period, counts, listed, exitCode } = report;
  const { all, closed, denied, aborted } = sessions;
  const explained = [...counts].filter(([reason]) => reasons[reason].explains);
  const differing = [...counts].filter(([reason]) => !reasons[reason].explains);
  return [
    `log      ${requests} requests in ${lines} lines`,
    `ledgers  ${all} sessions in ${ledgers} ledgers: ${closed} closed, ${denied} denied, ${aborted} aborted`,
    `period   ${isoTime(period.fromMs)} to ${isoTime(period.toMs)}`,
    `agreeing ${agreeing}`,
    ...explained.map(([reason, count]) => `explained ${count} × ${reason}: ${reasons[reason].says}`),
    ...differing.flatMap(([reason, count]) => differenceText(reason, count, listed)),
    exitCode === 0
      ? 'RECONCILED: every request has a session or a refusal, every session a request'
      : 'NOT RECONCILED (exit 1)',
    limits,
  ].join('\n');
}

function differenceText(reason: Reason, count: number, listed: readonly Difference[]): readonly string[] {
  const own = listed.filter((difference) => difference.reason === reason);
  return [
    `DIFFERENCE ${count} × ${reason}: ${reasons[reason].says}`,
    ...own.map((difference) => `  ${placeText(difference)}`),
    ...(count > own.length ? [`  … and ${count - own.length} more (--list FILE)`] : []),
  ];
}

function placeText({ line, session, ledger, seq, detail }: Difference): string {
  const record = ledger === undefined ? undefined : `${ledger} at ${seq}`;
  return [line, session, record, detail]
    .filter((part) => part !== undefined)
    .map((part) => printable(part))
    .join('  ');
}
