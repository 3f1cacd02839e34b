/** Parts 1 and 12: what somebody has to look at, and the one line about all of it. */
import type { EvidenceReport, Part, Row, Verdict } from '../report.ts';
import { column, counted, fact, listed, placeColumns, type Rows, tableOf } from './cells.ts';

export interface Unclosed {
  /** Nobody writes their ledger any more. */
  readonly left: Rows;
  /** Their ledger was being written. */
  readonly underWay: Rows;
}

const unclosedColumns = [
  column('began', 'Began', 'time'),
  column('session', 'Session', 'code'),
  column('type', 'First record', 'code'),
  column('subject', 'Subject'),
  column('endpoint', 'Endpoint'),
  column('rule', 'Rule'),
  ...placeColumns,
];

/** @param parts all others */
export function exceptionsPart(parts: readonly Part[], { left, underWay }: Unclosed): Part {
  const exceptions = parts.flatMap(exceptionsOf);
  const isAttention = exceptions.length > 0 || left.count > 0;
  return {
    id: 'exceptions',
    title: 'Exceptions and sign-off',
    verdict: isAttention ? 'attention' : 'fine',
    says: isAttention
      ? `${counted(exceptions.length, 'thing')} that somebody has to look at; ${counted(left.count, 'session')} without an end.`
      : 'Nothing that somebody has to look at.',
    text: [
      'Whoever reviews says here what became of each. A signature on this page is on paper, or in the system where reviews are kept: the records are signed by themselves.',
    ],
    facts: [fact('Sessions that were under way', underWay.count)],
    tables: [
      tableOf(
        {
          name: 'exceptions',
          title: 'To be looked at',
          says: 'Everything in this report that has the verdict attention.',
          columns: [column('part', 'Part', 'file'), column('title', 'Title'), column('what', 'What')],
          none: 'Nothing.',
        },
        listed(exceptions),
      ),
      tableOf(
        {
          name: 'unclosed_sessions',
          title: 'Sessions without an end',
          says: 'Begun before the end of the period; no record at hand ends them and nobody was writing their ledger.',
          columns: unclosedColumns,
          none: 'None.',
        },
        left,
      ),
      tableOf(
        {
          name: 'sessions_under_way',
          title: 'Sessions that were under way',
          says: 'Their ledger was being written when the records were copied.',
          columns: unclosedColumns,
          none: 'None.',
        },
        underWay,
      ),
    ],
    timelines: [],
    signOffs: ['Prepared by', 'Reviewed by'],
  };
}

function exceptionsOf({ id, title, verdict, says, facts }: Part): readonly Row[] {
  const ofFacts = facts
    .filter((each) => each.verdict === 'attention')
    .map(({ name, value }): Row => [`#${id}`, title, `${name}: ${value}`]);
  return verdict === 'attention' ? [[`#${id}`, title, says], ...ofFacts] : ofFacts;
}

export interface CoverTold {
  readonly made: string;
  readonly period: EvidenceReport['period'];
  readonly version: string;
  readonly requester: string;
  readonly reason: string;
  readonly configured: string | undefined;
  /** Where the records were read, and what there is to say of that. */
  readonly origin: { readonly name: string; readonly says: readonly string[] };
  readonly writers: readonly string[];
  readonly ledgers: number;
  readonly records: number;
  readonly sessions: number;
}

/** @param parts all but the cover */
export function resultOf(parts: readonly Part[]): EvidenceReport['result'] {
  const verdict = worst(parts);
  const open = parts.filter((part) => part.verdict === 'attention' && part.id !== 'exceptions');
  const integrity = parts.find(({ id }) => id === 'integrity');
  if (verdict === 'attention') {
    const where = open.map(({ title }) => title).join(', ');
    return { verdict, says: `Somebody has to look${where === '' ? '' : `: ${where}`}.` };
  }
  if (integrity?.verdict === 'told') {
    return {
      verdict: 'told',
      says: 'The records are consistent with themselves; more than that takes both a pinned key and an anchor.',
    };
  }
  return { verdict: 'fine', says: 'The records are whole and reconciled, and nothing in them needs to be looked at.' };
}

const worst = (parts: readonly Part[]): Verdict =>
  parts.some(({ verdict }) => verdict === 'attention') ? 'attention' : 'fine';

export function coverPart(told: CoverTold, result: EvidenceReport['result']): Part {
  const { made, period, version, requester, reason, configured, origin, writers, ledgers, records, sessions } = told;
  return {
    id: 'cover',
    title: 'Cover',
    verdict: result.verdict,
    says: result.says,
    text: [
      'What passed through the gateway in the period, as its ledgers recorded it. It says nothing of what did not come to this gateway.',
      'This pack does not, by itself, satisfy any standard. Part 3 says what it is evidence for, and what not.',
    ],
    facts: [
      fact('From', period.from),
      fact('To (not of the period)', period.to),
      fact('Made', made),
      fact('Made by', `Countersign ${version}`),
      fact('Asked for by', requester),
      fact('Reason', reason),
      fact('Configuration when it was made', configured ?? 'not given'),
      fact('Read from', [origin.name, ...origin.says].join('\n')),
      fact('Writers', writers.length === 0 ? 'none' : writers.join(', ')),
      fact('Ledgers', ledgers),
      fact('Records', records),
      fact('Sessions that ended in the period', sessions),
    ],
    tables: [],
    timelines: [],
    signOffs: [],
  };
}
