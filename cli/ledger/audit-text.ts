/** What `ledger verify` found, for a person. */
import type { Audit, AuditedLedger } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { type Finding, findingReasons } from '@countersign/core/ledger/findings.ts';
import { printable } from '../terminal-text.ts';
import type { Trusted } from './trust.ts';

/** Said with every result: signatures alone prove less than people take them for. */
export function limitsOf({ pinned, anchor }: Trusted): string {
  const keys =
    pinned.length > 0
      ? 'Every ledger is certified by a key that you pinned.'
      : 'No key was pinned (--key): the ledgers vouch for themselves, and whoever replaced all of them would pass.';
  const rollback =
    anchor === undefined
      ? "No anchor was given (--anchor): this is not resistant to the host's administrator, who can sign anew with the host's keys or put an older state back."
      : `What was anchored is still there as it was: checkpoints of ${anchor.ledgers} ledgers. What came after the newest of each is as good as the host's administrator.`;
  return `${keys} ${rollback}`;
}

const ends: Readonly<Record<AuditedLedger['end'], string>> = {
  closed: 'closed',
  writing: 'being written now',
  succeeded: 'ended without closing; the next ledger fixes its end',
  open: 'NOT CLOSED',
  unknown: 'not closed: it may be being written, which cannot be told from here',
  unreadable: 'UNREADABLE',
};

export function auditText({ ledgers, findings, moreFindings, exitCode }: Audit, trusted: Trusted): string {
  const lines = [
    ...ledgers.map(ledgerText),
    ...findings.map(findingText),
    ...(moreFindings > 0 ? [`… and ${moreFindings} more of the same reasons`] : []),
    verdict(ledgers, exitCode),
    ...trusted.pinned.map((key) => `trusted key, pinned: ${key}`),
    ...trusted.carried.map((key) => `key of the ledgers${trusted.pinned.length === 0 ? ', NOT pinned' : ''}: ${key}`),
    ...(trusted.anchor === undefined ? [] : [`trusted anchor: ${trusted.anchor.place}`]),
    limitsOf(trusted),
  ];
  return lines.join('\n');
}

function ledgerText({ id, records, end, anchored, pruned }: AuditedLedger): string {
  const parts = [
    `${id}  ${records} records  ${ends[end]}`,
    ...(anchored === undefined ? [] : [`anchored up to ${anchored}`]),
    ...(pruned === undefined ? [] : [prunedWords(pruned)]),
  ];
  return parts.join('  ');
}

const prunedWords = ({ to, passed }: NonNullable<AuditedLedger['pruned']>): string =>
  `PRUNED: records 1 to ${to - 1} are in Kafka, not here; ${passed} checkpoints of fewer records cannot be computed here`;

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
