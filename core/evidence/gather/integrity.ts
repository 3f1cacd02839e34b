/** Part 2: what was verified, by which keys and against which anchor, and what was found. */
import { type Finding, findingReasons } from '../../ledger/findings.ts';
import type { LedgerEnd } from '../../ledger/succession.ts';
import type { Fact, Part, Row, Verdict } from '../report.ts';
import { column, counted, fact, listed, placeColumns, type Rows, tableOf, withoutLast } from './cells.ts';

export interface LedgerTold {
  readonly id: string;
  readonly records: number;
  readonly end: LedgerEnd | 'unreadable';
  readonly root: string | undefined;
  readonly checkpoints: number;
  readonly newest: number | undefined;
  readonly counter: number | undefined;
  readonly began: string | undefined;
  readonly issuer: string | undefined;
  readonly anchored: number | undefined;
}

export interface IntegrityTold {
  readonly ledgers: readonly LedgerTold[];
  readonly findings: readonly Finding[];
  readonly moreFindings: number;
  readonly exitCode: number;
  /** Verifier keys, a line each. */
  readonly pinned: readonly string[];
  readonly carried: readonly string[];
  /** Ledgers that the anchor has checkpoints of; absent: none was given. */
  readonly anchoredLedgers: number | undefined;
  readonly gaps: Rows;
  readonly degraded: Rows;
  readonly types: Rows;
  /** Records that cannot be told at all. */
  readonly unread: number;
  readonly pruned: PrunedTold | undefined;
}

/** Records that were removed from the disk because Kafka has them. */
export interface PrunedTold {
  readonly ledgers: number;
  /** When the first one was written that is left behind them, of the ledger where that is latest; absent: none is left. */
  readonly until: string | undefined;
  /** Sessions of the period may be among them. */
  readonly isOfPeriod: boolean;
}

const ends: Readonly<Record<LedgerTold['end'], string>> = {
  closed: 'closed',
  writing: 'being written when this pack was made',
  succeeded: 'ended without closing; the next ledger fixes its end',
  open: 'NOT CLOSED',
  unknown: 'the newest of its replica; whether it is still written cannot be told here',
  unreadable: 'UNREADABLE',
};

export function integrityPart(told: IntegrityTold): Part {
  const verdict = verdictOf(told);
  return {
    id: 'integrity',
    title: 'Integrity of the records',
    verdict,
    says: saysOf(told, verdict),
    text: [...limits(told), ...prunedText(told), ...writingText(told), howToVerify(told)],
    facts: factsOf(told),
    tables: [ledgersTable(told), findingsTable(told), gapsTable(told), degradedTable(told), typesTable(told)],
    timelines: [],
    signOffs: [],
  };
}

/** Whole without a pinned key or an anchor is whole by the word of whoever has the host: that is told, not judged fine. */
function verdictOf({
  findings,
  exitCode,
  gaps,
  degraded,
  unread,
  ledgers,
  pinned,
  anchoredLedgers,
  pruned,
}: IntegrityTold): Verdict {
  const isBroken = exitCode !== 0 || findings.length > 0 || unread > 0 || ledgers.length === 0;
  if (isBroken || gaps.count > 0 || degraded.count > 0 || pruned?.isOfPeriod === true) return 'attention';
  return pinned.length > 0 && anchoredLedgers !== undefined ? 'fine' : 'told';
}

function saysOf(
  { ledgers, findings, moreFindings, exitCode, gaps, degraded, pruned }: IntegrityTold,
  verdict: Verdict,
): string {
  if (ledgers.length === 0) return 'There is no ledger.';
  const what = `${counted(ledgers.length, 'ledger')}, ${counted(recordsOf(ledgers), 'record')}`;
  if (findings.length > 0) {
    return `${what}: NOT consistent, ${counted(findings.length + moreFindings, 'finding')} (exit code ${exitCode} of ledger verify).`;
  }
  if (gaps.count + degraded.count > 0)
    return `${what}: consistent; ${counted(gaps.count, 'gap')} declared, degraded ${counted(degraded.count, 'time')}.`;
  if (pruned?.isOfPeriod === true)
    return `${what}: consistent; records of the period are NOT here, but in Kafka alone.`;
  if (verdict === 'attention') return `${what}: records that cannot be read.`;
  return verdict === 'fine' ? `${what}: consistent.` : `${what}: consistent with themselves.`;
}

export const recordsOf = (ledgers: readonly LedgerTold[]): number =>
  ledgers.reduce((sum, { records }) => sum + records, 0);

function limits({ pinned, anchoredLedgers }: IntegrityTold): readonly string[] {
  return [
    pinned.length > 0
      ? 'Every ledger has to be certified by a key that was pinned.'
      : 'No key was pinned: the ledgers vouch for themselves, and whoever replaced all of them would pass.',
    anchoredLedgers === undefined
      ? "No anchor was given: this is not resistant to the host's administrator, who can sign anew with the host's keys or put an older state back."
      : "What was anchored is compared with the anchor. What came after the newest anchored checkpoint of a ledger is as good as the host's administrator.",
  ];
}

function prunedText({ pruned }: IntegrityTold): readonly string[] {
  if (pruned === undefined) return [];
  const { ledgers, until = 'the end of one of them', isOfPeriod } = pruned;
  const says = `The oldest records of ${counted(ledgers, 'ledger')}, up to ${until}, were removed from the disk when Kafka had them; what is left of the tree over them is held against the signed checkpoints.`;
  return [isOfPeriod ? `${says} A pack that has them is made with \`evidence export --kafka\`.` : says];
}

function writingText({ ledgers }: IntegrityTold): readonly string[] {
  const writing = ledgers.filter(({ end }) => end === 'writing');
  if (writing.length === 0) return [];
  return [
    `${writing.length} of the ledgers were being written when their records were copied, which the lock of their writers said: ${writing.map(({ id }) => id).join(', ')}. Their end in this pack is not their end. The pack has no locks, so a verifier of records.jsonl says \`not_closed\` of them and of sessions under way in them (exit code 14); it must say nothing else.`,
  ];
}

function howToVerify({ anchoredLedgers }: IntegrityTold): string {
  const anchor = anchoredLedgers === undefined ? '' : ' --anchor anchor';
  return `To verify it again, offline: countersign ledger verify records.jsonl --key keys/ledger.vkey${anchor}; or, with a verifier that shares no code with it: python3 verify/verify.py --pack . --key keys/ledger.vkey${anchor}. A key proves something only to whoever has it from elsewhere: compare keys/ledger.vkey with what somebody outside of the operation wrote down. records.jsonl has the records, certificates and checkpoints as they were at one moment, and none of the searchable copies beside them, which \`ledger verify\` of the folder checks too.`;
}

function factsOf({ ledgers, pinned, carried, anchoredLedgers, unread, moreFindings }: IntegrityTold): readonly Fact[] {
  return [
    fact('Ledgers', ledgers.length),
    fact('Records', recordsOf(ledgers)),
    fact(
      'Published checkpoints',
      ledgers.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
    ),
    ...(pinned.length === 0 ? [fact('Pinned keys', 'none')] : pinned.map((key) => fact('Pinned key', key))),
    ...carried.map((key) => fact(pinned.length === 0 ? 'Key of the ledgers, NOT pinned' : 'Key of the ledgers', key)),
    fact('Anchor', anchoredLedgers === undefined ? 'none' : `checkpoints of ${anchoredLedgers} ledgers`),
    ...(unread === 0
      ? []
      : [{ name: 'Records that cannot be told', value: String(unread), verdict: 'attention' as const }]),
    ...(moreFindings === 0 ? [] : [fact('Further findings of the same reasons', moreFindings)]),
  ];
}

function ledgersTable({ ledgers }: IntegrityTold) {
  const row = (each: LedgerTold): Row => [
    each.id,
    each.records,
    ends[each.end],
    each.root,
    each.checkpoints,
    each.newest,
    each.anchored,
    each.counter,
    each.began,
    each.issuer,
  ];
  return tableOf(
    {
      name: 'ledgers',
      title: 'Ledgers',
      says: 'One run of one process each. The root is of the tree over all of its records; write it down to recognise this very ledger later. The newest checkpoint is how many records the last signature covers.',
      columns: [
        column('ledger', 'Ledger', 'code'),
        column('records', 'Records', 'number'),
        column('end', 'End'),
        column('root', 'Root', 'code'),
        column('checkpoints', 'Published checkpoints', 'number'),
        column('newest_checkpoint', 'Newest checkpoint', 'number'),
        column('anchored', 'Anchored up to', 'number'),
        column('certificate', 'Certificate', 'number'),
        column('began', 'Began', 'time'),
        column('certified_by', 'Certified by', 'code'),
      ],
      none: 'There is no ledger.',
    },
    listed(ledgers.map(row)),
  );
}

function findingsTable({ findings }: IntegrityTold) {
  const row = ({ ledger, seq, reason, detail }: Finding): Row => {
    const { kind, says } = findingReasons[reason];
    return [kind, reason, says, detail, ledger, seq];
  };
  return tableOf(
    {
      name: 'integrity_findings',
      title: 'What the verification found',
      says: 'Of each reason in each ledger the first twenty.',
      columns: [
        column('kind', 'Kind'),
        column('reason', 'Reason', 'code'),
        column('says', 'What it says'),
        column('detail', 'Detail'),
        ...placeColumns,
      ],
      none: 'Nothing.',
    },
    listed(findings.map(row)),
  );
}

function gapsTable({ gaps }: IntegrityTold) {
  return tableOf(
    {
      name: 'gaps',
      title: 'Declared gaps',
      says: 'A writer had no room. What it refused was never acknowledged: the calls were refused or cut.',
      columns: [
        column('time', 'Declared', 'time'),
        column('since', 'Since', 'time'),
        column('until', 'Until', 'time'),
        column('refused_appends', 'Refused appends', 'number'),
        column('refused_records', 'Refused records', 'number'),
        column('reason', 'Reason'),
        ...placeColumns,
      ],
      none: 'No writer declared a gap in the period.',
    },
    gaps,
  );
}

function degradedTable({ degraded }: IntegrityTold) {
  return tableOf(
    {
      name: 'degraded',
      title: 'Writers that stopped taking records',
      says: 'From here until the gap is declared, calls were refused.',
      columns: [column('time', 'Time', 'time'), column('reason', 'Reason'), ...placeColumns],
      none: 'None in the period.',
    },
    degraded,
  );
}

function typesTable({ types }: IntegrityTold) {
  return tableOf(
    {
      name: 'record_types',
      title: 'Records by type',
      says: 'All records of all ledgers at hand, of the period and of other times.',
      columns: [
        column('type', 'Type', 'code'),
        column('known', 'To this version'),
        column('period', 'Of the period'),
        column('records', 'Records', 'number'),
      ],
      none: 'No record.',
    },
    withoutLast(types),
  );
}
