/** The ledgers of one replica, one after the other: each names the one before, with its size and its root. */
import type { Finding } from './findings.ts';
import type { OpenSessions } from './open-sessions.ts';
import type { PreviousLedger } from './opening.ts';
import type { LedgerSummary } from './verify.ts';

/**
 * How a ledger ended. `succeeded`: without a word of its own, but the next one fixes its size and last record. `unknown`: nothing here
 * tells whether it is being written.
 */
export type LedgerEnd = 'closed' | 'writing' | 'succeeded' | 'open' | 'unknown';

/** More than an auditor looks at one by one. */
const maxUnendedSessions = 100;

export interface Succession {
  readonly ends: ReadonlyMap<string, LedgerEnd>;
  readonly findings: readonly Finding[];
}

/**
 * @param summaries the ledgers of one replica, oldest first
 * @param isWriting whether a process holds this replica's lock now: then the newest ledger is its; undefined: nobody can tell
 * @param sessions what the verifiers of all these ledgers left without an end
 */
export function checkSuccession(
  summaries: readonly LedgerSummary[],
  isWriting: boolean | undefined,
  sessions: OpenSessions,
): Succession {
  const successors = Map.groupBy(summaries, ({ opening }) => opening?.previous?.ledger);
  const newest = summaries.at(-1)?.ledger;
  const endOf = ({ ledger, closed }: LedgerSummary): LedgerEnd => {
    if (closed) return 'closed';
    if (isWriting !== false && ledger === newest) return isWriting ? 'writing' : 'unknown';
    return successors.has(ledger) ? 'succeeded' : 'open';
  };
  const ends = new Map(summaries.map((summary) => [summary.ledger, endOf(summary)]));
  const findings = [
    ...summaries.flatMap((summary, index) => checkLink(summary, summaries.slice(0, index))),
    ...[...successors].flatMap(([previous, following]) => (previous === undefined ? [] : checkFork(following))),
    ...[...ends].flatMap(([ledger, end]) => checkEnd(ledger, end)),
    ...unendedSessions(sessions, (ledger) => ['writing', 'unknown'].includes(ends.get(ledger) ?? '')),
  ];
  return { ends, findings };
}

function checkEnd(ledger: string, end: LedgerEnd): readonly Finding[] {
  if (end === 'unknown') return [{ ledger, reason: 'not_closed', detail: 'or it is, which cannot be told from here' }];
  return end === 'open' ? [{ ledger, reason: 'not_closed' }] : [];
}

function checkLink({ ledger, opening }: LedgerSummary, earlier: readonly LedgerSummary[]): readonly Finding[] {
  if (opening === undefined) return [];
  const { previous } = opening;
  if (previous === null) return earlier.length === 0 ? [] : [{ ledger, seq: 0, reason: 'two_beginnings' }];
  const before = earlier.find((summary) => summary.ledger === previous.ledger);
  if (before === undefined) return [{ ledger, seq: 0, reason: 'ledger_missing', detail: previous.ledger }];
  return checkTail(before, previous);
}

function checkTail(before: LedgerSummary, named: PreviousLedger): readonly Finding[] {
  const { ledger, records, root } = before;
  if (records < named.records) {
    return [{ ledger, seq: records, reason: 'tail_missing', detail: `to ${named.records - 1}` }];
  }
  if (records > named.records) return [{ ledger, seq: named.records, reason: 'records_after_successor' }];
  // Unknown where the records are not whole: that is told already.
  return root === undefined || root === named.root
    ? []
    : [{ ledger, seq: records - 1, reason: 'previous_root_differs' }];
}

function checkFork(following: readonly LedgerSummary[]): readonly Finding[] {
  return following.slice(1).map(({ ledger }) => ({ ledger, seq: 0, reason: 'two_successors' }));
}

/** Sessions of the ledger that is being written may still end. */
function unendedSessions(sessions: OpenSessions, isUnderWay: (ledger: string) => boolean): readonly Finding[] {
  return [...sessions]
    .filter(({ ledger }) => !isUnderWay(ledger))
    .slice(0, maxUnendedSessions)
    .map(({ ledger, seq, session }) => ({ ledger, seq, reason: 'session_without_end', detail: session }));
}
