/** Counts the ends of sessions in the ledgers of a directory, row by row: a soak leaves more records than fit into memory. */
import { allLedgerFiles, LedgerReader } from '@countersign/adapters/sqlite/ledger-reader.ts';

const terminalTypes: ReadonlySet<unknown> = new Set(['session.closed', 'session.denied', 'session.aborted']);

export interface TrailCount {
  readonly records: number;
  /** With exactly one terminal record. */
  readonly ended: number;
  /** With none, or with several. */
  readonly unended: number;
  readonly endedTwice: number;
  readonly ends: Readonly<Record<string, number>>;
}

export function countTrail(directory: string): TrailCount {
  const endsOf = new Map<string, number>();
  const ends: Record<string, number> = {};
  let records = 0;
  for (const place of allLedgerFiles(directory)) {
    const reader = new LedgerReader(place);
    try {
      for (const { type, session } of reader.rows()) {
        records += 1;
        if (typeof session !== 'string' || typeof type !== 'string') continue;
        const isEnd = terminalTypes.has(type);
        endsOf.set(session, (endsOf.get(session) ?? 0) + (isEnd ? 1 : 0));
        if (isEnd) ends[type] = (ends[type] ?? 0) + 1;
      }
    } finally {
      reader.close();
    }
  }
  const counts = [...endsOf.values()];
  const withEnds = (wanted: (count: number) => boolean): number => counts.filter(wanted).length;
  return {
    records,
    ended: withEnds((count) => count === 1),
    unended: withEnds((count) => count === 0),
    endedTwice: withEnds((count) => count > 1),
    ends,
  };
}
