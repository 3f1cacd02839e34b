/** What tables of a report are made of. What a record does not have is left out: nothing here throws at what somebody wrote. */
import type { Json } from '../../ledger/record.ts';
import { memberAt } from '../../ledger/stored-record.ts';
import { isoTime } from '../../ledger/time.ts';
import type { Column, ColumnKind, Fact, Row, Table } from '../report.ts';

/** Rows that may be walked again, and may be longer than memory. */
export interface Rows {
  readonly count: number;
  readonly rows: () => Iterable<Row>;
}

export const listed = (rows: readonly Row[]): Rows => ({ count: rows.length, rows: () => rows });

export function tableOf(head: Omit<Table, keyof Rows>, { count, rows }: Rows): Table {
  return { ...head, count, rows };
}

export const column = (key: string, title: string, kind: ColumnKind = 'text'): Column => ({ key, title, kind });

/** A count with its noun. */
export const counted = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** Where a row comes from. */
export const placeColumns: readonly Column[] = [column('ledger', 'Ledger', 'code'), column('seq', 'Record', 'number')];

/** For a person: a count with its unit. */
export const fact = (name: string, value: string | number): Fact => ({ name, value: String(value) });

export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = memberAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Json | undefined, ...path: readonly string[]): number | undefined {
  const found = memberAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = memberAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The strings of an array in one cell. */
export function wordsAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const words = listAt(value, ...path).filter((word) => typeof word === 'string');
  return words.length === 0 ? undefined : words.join(', ');
}

/** The largest moment that a date can be. */
const maxEpochMs = 8.64e15;

/** Of milliseconds since 1970, as events have them. */
export function timeAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const epochMs = numberAt(value, ...path);
  return epochMs !== undefined && Math.abs(epochMs) <= maxEpochMs ? isoTime(epochMs) : undefined;
}

/** Of what is counted once in each session: the last two columns, sessions and count, are the same. */
export function withoutLast({ count, rows }: Rows): Rows {
  return {
    count,
    *rows() {
      for (const row of rows()) yield row.slice(0, -1);
    },
  };
}
