/** What the record says at the end of each session, one after the other as tests cause them. */
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { until } from './processes.ts';
import { at, readTrail, terminalTypes } from './trail.ts';

export interface Ending {
  readonly session: string;
  readonly type: string;
  readonly outcome: unknown;
  readonly reason: unknown;
  /** Of the answer that the caller was given, as far as there was one. */
  readonly status: unknown;
  readonly record: StoredRecord;
}

export interface Endings {
  /** The one session that has ended since the last time, once it has; more than one is an error. */
  next(): Promise<Ending>;
  /** What ended since the last time; for tests that end many. */
  all(): readonly Ending[];
}

export function endingsOf(ledger: string): Endings {
  const seen = new Set<string>();
  const fresh = (): StoredRecord[] =>
    readTrail(ledger).filter(
      (record) => terminalTypes.some((type) => type === record.type) && !seen.has(placeOf(record)),
    );
  const take = (records: readonly StoredRecord[]): Ending[] =>
    records.map((record) => {
      seen.add(placeOf(record));
      return endingOf(record);
    });
  return {
    async next() {
      let records: StoredRecord[] = [];
      await until('a session has ended', () => {
        records = fresh();
        return records.length > 0;
      });
      const [only, more] = take(records);
      if (only === undefined || more !== undefined) throw new Error(`${records.length} sessions have ended`);
      return only;
    },
    all: () => take(fresh()),
  };
}

const placeOf = ({ chain }: StoredRecord): string => `${chain.ledger} ${chain.seq}`;

function endingOf(record: StoredRecord): Ending {
  return {
    session: record.session ?? '',
    type: record.type,
    outcome: at(record, 'outcome'),
    reason: at(record, 'reason') ?? at(record, 'refusal', 'reason'),
    status: at(record, 'response', 'status') ?? at(record, 'refusal', 'status'),
    record,
  };
}

/** `type outcome reason`, for one comparison. */
export const words = ({ type, outcome, reason }: Ending): string =>
  [type, outcome, reason].filter((word) => word !== undefined).join(' ');
