/** What the fixture report is put together from. */
import { isoTime } from '../ledger/time.ts';
import type { Column, ColumnKind, Part, PartId, Row, Table, Verdict } from './report.ts';

export const made = '2026-10-05T08:12:44.107Z';
const start = Date.UTC(2026, 6, 1, 6, 0);

type Inside = Partial<Pick<Part, 'text' | 'facts' | 'tables' | 'timelines' | 'signOffs'>>;

export const part = (id: PartId, title: string, verdict: Verdict, says: string, inside: Inside = {}): Part => ({
  id,
  title,
  verdict,
  says,
  ...{ text: [], facts: [], tables: [], timelines: [], signOffs: [] },
  ...inside,
});

type Named = Pick<Table, 'name' | 'title' | 'says' | 'none'>;

export const table = (named: Named, columns: readonly Column[], rows: readonly Row[]): Table =>
  longTable(named, columns, rows.length, (index) => rows[index] ?? []);

/** Its rows are made while they are walked. */
export const longTable = (
  named: Named,
  columns: readonly Column[],
  count: number,
  rowAt: (index: number) => Row,
): Table => ({
  ...named,
  columns,
  count,
  *rows() {
    for (let index = 0; index < count; index++) yield rowAt(index);
  },
});

export const column = (key: string, title: string, kind: ColumnKind = 'text'): Column => ({ key, title, kind });

/** The same each time, and not in step with anything. */
export const timeAt = (index: number): string => isoTime(start + index * 613_337 + ((index * 7919) % 977));

export const sessionAt = (index: number): string =>
  `01K${(1_000_000 + index * 7907).toString(32).toUpperCase()}M83K84AGT7AB864A7S`.slice(0, 26);

export const digestAt = (index: number): string =>
  Array.from({ length: 64 }, (_, at) => ((index * 31 + at * at * 7 + at) % 16).toString(16)).join('');

export const picked = <T>(from: readonly T[], index: number): T | undefined =>
  from[(index * 5 + (index >> 2)) % from.length];

export const ledgers = [
  'proc-service/gw-1-0/01K1M83K84AGT7AB864A7S3PC5',
  'proc-service/gw-1-1/01K1M83K9XW2V8T6J0QF4R7ZHB',
  'authz-service/gw-1/01K1M83JZZ5C3N1M9P8E2D6A4S',
  'console/gw-1/01K1M83JW0B7Y5T3R1K9H7F5D3',
] as const;
