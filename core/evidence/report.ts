/**
 * What an evidence pack says, as data. Who gathers it knows ledgers and logs; who prints it (page, CSV) knows this alone and adds no
 * fact of their own.
 */

/** The twelve parts, in the order of the page; also their anchors in it. */
export const partIds = [
  'cover',
  'integrity',
  'controls',
  'invocations',
  'data',
  'blocks',
  'approvals',
  'changes',
  'sample',
  'population',
  'access',
  'exceptions',
] as const;
export type PartId = (typeof partIds)[number];

/** `fine` and `attention` are judged; `told` says something without judging it. */
export type Verdict = 'fine' | 'attention' | 'told';

export interface EvidenceReport {
  readonly title: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly made: string;
  readonly period: { readonly from: string; readonly to: string };
  /** The one line of the cover: what came out, and whether somebody has to look. */
  readonly result: { readonly verdict: Verdict; readonly says: string };
  /** One for each of `partIds`, in that order. */
  readonly parts: readonly Part[];
}

export interface Part {
  readonly id: PartId;
  readonly title: string;
  readonly verdict: Verdict;
  /** One sentence that stands beside the verdict, also in the list of contents. */
  readonly says: string;
  /** Paragraphs of plain text before the tables. */
  readonly text: readonly string[];
  /** Names and values: what a person reads one by one. */
  readonly facts: readonly Fact[];
  readonly tables: readonly Table[];
  /** Of the sample. */
  readonly timelines: readonly Timeline[];
  /** Where a person signs, of the last part. */
  readonly signOffs: readonly string[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly verdict?: Verdict;
}

/** Absent: nothing is known of it. */
export type Cell = string | number | boolean | undefined;
export type Row = readonly Cell[];

/** `time`: RFC 3339; `code`: ids and digests; `file`: a path in the pack, or a part as `#id`, shown as a link. */
export type ColumnKind = 'text' | 'number' | 'time' | 'code' | 'file';

export interface Table {
  /** `[a-z][a-z0-9_]*`, once in a report: all of it goes to `csv/<name>.csv`. */
  readonly name: string;
  readonly title: string;
  /** What a row is, and what its columns hold where the names do not say it. */
  readonly says: string;
  readonly columns: readonly Column[];
  readonly count: number;
  /** May be walked again, and may be longer than memory: the page has the first of them, the CSV file all. */
  readonly rows: () => Iterable<Row>;
  /** Said in the place of an empty table. */
  readonly none: string;
}

export interface Column {
  /** Of the CSV file: `[a-z][a-z0-9_]*`. */
  readonly key: string;
  readonly title: string;
  readonly kind: ColumnKind;
}

/** One session of the sample, from its first record to its last, of all ledgers. */
export interface Timeline {
  readonly session: string;
  /** Who asked which endpoint for what, and how it ended, in a line. */
  readonly says: string;
  readonly steps: readonly Step[];
  /** Path in the pack of its records and inclusion proofs. */
  readonly file: string;
}

export interface Step {
  readonly time: string;
  readonly type: string;
  readonly says: string;
  readonly ledger: string;
  readonly seq: number;
  /** Whether the record was proven to be under a checkpoint that the run's key signed. */
  readonly proven: boolean;
}
