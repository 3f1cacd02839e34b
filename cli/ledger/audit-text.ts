/** What `ledger verify` found, for a person. */
import type { Audit, AuditedLedger } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { type Finding, findingReasons } from '@countersign/core/ledger/findings.ts';
import { printable } from '../terminal-text.ts';

/** Said with every result: a chain alone proves less than people take it for. */
export const limits =
  'No signed checkpoint and no anchor was checked: this version writes none. The result proves that these files are consistent with themselves and with each other. It does not prove that the administrator of the host did not write them anew, or cut off the end of the newest.';

const ends: Readonly<Record<AuditedLedger['end'], string>> = {
  closed: 'closed',
  writing: 'being written now',
  succeeded: 'ended without closing; the next ledger fixes its end',
  open: 'NOT CLOSED',
  unreadable: 'UNREADABLE',
};

export function auditText({ ledgers, findings, moreFindings, exitCode }: Audit): string {
  const lines = [
    ...ledgers.map(({ id, records, end }) => `${id}  ${records} records  ${ends[end]}`),
    ...findings.map(findingText),
    ...(moreFindings > 0 ? [`… and ${moreFindings} more of the same reasons`] : []),
    verdict(ledgers, exitCode),
    limits,
  ];
  return lines.join('\n');
}

/** `LEDGER at SEQ: what it is (reason; detail)` */
function findingText({ ledger, seq, reason, detail }: Finding): string {
  const { kind, says } = findingReasons[reason];
  const where = seq === undefined ? ledger : `${ledger} at ${seq}`;
  const name = detail === undefined ? reason : `${reason}; ${printable(detail)}`;
  return `${kind.toUpperCase().replace('_', ' ')}  ${where}: ${says} (${name})`;
}

function verdict(ledgers: readonly AuditedLedger[], exitCode: number): string {
  const records = ledgers.reduce((sum, ledger) => sum + ledger.records, 0);
  const what = `${ledgers.length} ledgers, ${records} records`;
  return exitCode === 0 ? `${what}: consistent` : `${what}: NOT consistent (exit ${exitCode})`;
}
