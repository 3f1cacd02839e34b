/** Part 10: whether everything that happened is in the records, by the word of Envoy, which counts calls without asking us. */
import type { Reason } from '../../ledger/reconcile/reasons.ts';
import { reasons } from '../../ledger/reconcile/reasons.ts';
import type { Part, Row } from '../report.ts';
import { column, counted, fact, listed, type Rows, tableOf } from './cells.ts';

export interface LogFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** It grew or shrank while it was read. */
  readonly changed: boolean;
}

export type PopulationTold =
  | { readonly kind: 'no_logs' }
  | { readonly kind: 'failed'; readonly why: string; readonly logs: readonly LogFile[] }
  | {
      readonly kind: 'reconciled';
      readonly logs: readonly LogFile[];
      readonly requests: number;
      readonly lines: number;
      readonly firstLine: string;
      readonly lastLine: string;
      readonly sessions: number;
      readonly agreeing: number;
      readonly counts: ReadonlyMap<Reason, number>;
      readonly others: readonly string[];
      readonly differences: Rows;
    };

const part = { id: 'population', title: 'Population and completeness', timelines: [], signOffs: [] } as const;

const method =
  'Envoy writes a line for the end of each request without asking us. Its lines are joined with the sessions of the ledgers by session id; what is compared: whether there is a record at all, whether Envoy sent anything on of what by its record no model saw, whether an answer that arrived whole was closed, and the status. It believes the ledgers: part 2 says whether they are whole.';

export function populationPart(told: PopulationTold): Part {
  if (told.kind === 'no_logs')
    return notReconciled('no access log was given, so nothing here says that every call is in the records.', []);
  if (told.kind === 'failed') return notReconciled(told.why, told.logs);
  const unexplained = unexplainedIn(told.counts);
  const changed = told.logs.filter((log) => log.changed).length;
  return {
    ...part,
    verdict: unexplained > 0 || changed > 0 ? 'attention' : 'fine',
    says:
      unexplained > 0
        ? `${counted(told.requests, 'request')} in Envoy's log, ${counted(told.sessions, 'session')}: ${counted(unexplained, 'difference')} that nothing explains.`
        : `${counted(told.requests, 'request')} in Envoy's log, ${counted(told.sessions, 'session')}: every request has a session or a refusal, every session a request.`,
    text: [
      method,
      'Requests and sessions are counted as far as the logs and the ledgers at hand go. Whether the logs are all that there are of the period is for their first and last lines to show, and for whoever keeps them.',
      'The logs themselves are not in the pack: their digests are, so that it can be said later whether they are the same. What passed through another Envoy, or around Envoy, is in none of them.',
    ],
    facts: [
      fact('Lines', told.lines),
      fact('Requests', told.requests),
      fact('First line', told.firstLine),
      fact('Last line', told.lastLine),
      fact('Sessions in the ledgers', told.sessions),
      fact('Agree', told.agreeing),
      {
        name: 'Differences that nothing explains',
        value: String(unexplained),
        verdict: unexplained > 0 ? 'attention' : 'fine',
      },
      fact('Clusters said to lead to no model', told.others.length === 0 ? 'none' : told.others.join(', ')),
    ],
    tables: [countsTable(told.counts), differencesTable(told.differences), logsTable(told.logs)],
  };
}

export function unexplainedIn(counts: ReadonlyMap<Reason, number>): number {
  return [...counts].reduce((sum, [reason, count]) => (reasons[reason].explains ? sum : sum + count), 0);
}

function notReconciled(why: string, logs: readonly LogFile[]): Part {
  return {
    ...part,
    verdict: 'attention',
    says: `Not reconciled: ${why}`,
    text: [method],
    facts: [],
    tables: [countsTable(new Map()), differencesTable(listed([])), logsTable(logs)],
  };
}

function countsTable(counts: ReadonlyMap<Reason, number>) {
  const row = ([reason, count]: readonly [Reason, number]): Row => {
    const { explains, says } = reasons[reason];
    return [explains ? 'explained' : 'DIFFERS', reason, says, count];
  };
  return tableOf(
    {
      name: 'reconciliation',
      title: 'What differs, by reason',
      says: 'Each reason either explains why a line and a record differ, or is a question to somebody.',
      columns: [
        column('kind', 'Kind'),
        column('reason', 'Reason', 'code'),
        column('says', 'What it says'),
        column('count', 'Times', 'number'),
      ],
      none: 'Nothing differs, or nothing was compared.',
    },
    listed([...counts].toSorted(([a], [b]) => Number(reasons[a].explains) - Number(reasons[b].explains)).map(row)),
  );
}

function differencesTable(differences: Rows) {
  return tableOf(
    {
      name: 'differences',
      title: 'Every difference',
      says: 'Explained or not. Lines and sessions before and after the period are only counted.',
      columns: [
        column('kind', 'Kind'),
        column('reason', 'Reason', 'code'),
        column('session', 'Session', 'code'),
        column('line', 'Line of the log', 'code'),
        column('ledger', 'Ledger', 'code'),
        column('seq', 'Record', 'number'),
        column('detail', 'Detail'),
      ],
      none: 'None.',
    },
    differences,
  );
}

function logsTable(logs: readonly LogFile[]) {
  return tableOf(
    {
      name: 'access_logs',
      title: 'Access logs that were read',
      says: 'Not in the pack. The digest is of so many bytes of the file, as it lies there.',
      columns: [
        column('file', 'File', 'code'),
        column('bytes', 'Bytes', 'number'),
        column('sha256', 'SHA-256', 'code'),
        column('changed', 'Changed while it was read'),
      ],
      none: 'None.',
    },
    listed(logs.map(({ name, bytes, sha256, changed }) => [name, bytes, sha256, changed])),
  );
}
