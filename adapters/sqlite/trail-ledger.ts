/** One ledger of a trail that was read from Kafka: which of its messages count, and in what order. */
import type { DatabaseSync } from 'node:sqlite';
import { parseOpening } from '@countersign/core/ledger/opening.ts';
import type { RecordType } from '@countersign/core/ledger/record.ts';
import type { BareRow } from '@countersign/core/ledger/row.ts';
import type { SealRows } from '@countersign/core/ledger/seal.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { partitionOf, type Topic, topicOf, topics } from '@countersign/core/ledger/topics.ts';
import { certificateRow, checkpointRow } from './note-rows.ts';
import type { MessagePlace } from './trail-store.ts';

export interface TrailLedgerOptions {
  /** Checkpoints from this offset on were read after the records: they may cover more of them than were read. */
  readonly lateFrom: number;
  /** Leave out what no checkpoint covers yet. */
  readonly coveredOnly: boolean;
}

interface Lane {
  readonly topic: Topic;
  readonly partition: number;
}

type Row = Readonly<Record<string, unknown>>;

export class TrailLedger {
  readonly name: string;
  readonly #db: DatabaseSync;
  readonly #id: number;
  readonly #lanes: readonly Lane[];
  readonly #partitions: number | undefined;
  /** Places from 0 on that something is there for, without a gap. */
  readonly #whole: number;
  readonly #lateFrom: number;
  readonly closed: boolean;
  /** Records that its newest checkpoint covers. */
  readonly covered: number;
  /** Places from here on are left out. */
  readonly #end: number;

  constructor(db: DatabaseSync, id: number, name: string, { lateFrom, coveredOnly }: TrailLedgerOptions) {
    this.#db = db;
    this.#id = id;
    this.name = name;
    this.#lateFrom = lateFrom;
    this.#partitions = this.#readPartitions();
    this.#lanes = this.#readLanes();
    this.#whole = this.#number(
      `SELECT seq + 1 FROM record r WHERE ledger = ? AND EXISTS (SELECT 1 FROM record WHERE ledger = r.ledger AND seq = 0)
       AND NOT EXISTS (SELECT 1 FROM record WHERE ledger = r.ledger AND seq = r.seq + 1) ORDER BY seq LIMIT 1`,
    );
    this.closed =
      this.#number("SELECT COUNT(*) FROM record WHERE ledger = ? AND topic = 'admin' AND type = 'ledger.closed'") > 0;
    this.covered = this.#number(`SELECT MAX(size) FROM checkpoint WHERE ledger = ? AND ${this.#isUsable}`);
    // Its records go out topic by topic: behind the last checkpoint one that is missing is on its way.
    const open = coveredOnly ? this.covered : Math.max(this.covered, this.#whole);
    this.#end = this.closed ? Number.MAX_SAFE_INTEGER : open;
  }

  hasRecords(): boolean {
    return this.#number('SELECT COUNT(*) FROM (SELECT 1 FROM record WHERE ledger = ? LIMIT 1)') > 0;
  }

  /** When the broker took its newest checkpoint; 0: it has none. */
  newestCheckpointMs(): number {
    return this.#number('SELECT MAX(at_ms) FROM checkpoint WHERE ledger = ?');
  }

  /** Records behind its newest checkpoint, and those of them that are left out. */
  uncovered(): { readonly uncovered: number; readonly leftOut: number } {
    const count = 'SELECT COUNT(DISTINCT seq) FROM record WHERE ledger = ? AND seq >= ';
    return { uncovered: this.#number(`${count}${this.covered}`), leftOut: this.#number(`${count}${this.#end}`) };
  }

  /** Records in partitions where no writer puts those of this ledger. */
  *misplaced(): Generator<Lane & MessagePlace> {
    const partitions = this.#partitions;
    if (partitions === undefined) return;
    for (const topic of topics) {
      const right = partitionOf(this.name, topic, partitions);
      const query = 'SELECT "partition", at FROM record WHERE ledger = ? AND topic = ? AND "partition" <> ?';
      for (const { partition, at } of this.#db.prepare(query).iterate(this.#id, topic, right)) {
        yield { topic, partition: Number(partition), offset: Number(at) };
      }
    }
  }

  sealRows(): SealRows {
    const certificates = this.#all('SELECT note FROM certificate WHERE ledger = ? LIMIT 2');
    const newest = `SELECT note FROM checkpoint WHERE ledger = ? AND ${this.#isUsable} ORDER BY size DESC, at LIMIT 1`;
    return {
      certificates: certificates.map(({ note }) => certificateRow(note)),
      tips: this.#all(newest).map(({ note }) => checkpointRow(note)),
      published: this.#published(),
      tipIsPublished: true,
    };
  }

  /** In the order of each topic, and by number across them, as a writer would have sent them. */
  *rows(): Generator<BareRow> {
    const query =
      'SELECT seq, value FROM record WHERE ledger = ? AND topic = ? AND "partition" = ? AND seq < ? ORDER BY at';
    const open = this.#lanes.map(({ topic, partition }) =>
      this.#db.prepare(query).iterate(this.#id, topic, partition, this.#end),
    );
    const heads = open.map(step);
    for (;;) {
      const next = smallest(heads);
      const row = heads[next];
      if (row === undefined) return;
      yield { value: row['value'] };
      const lane = open[next];
      heads[next] = lane && step(lane);
    }
  }

  *ofTypes(types: readonly RecordType[]): Generator<Uint8Array> {
    const marks = (list: readonly string[]): string => list.map(() => '?').join(', ');
    const among = [...new Set(types.map(topicOf))];
    const query = `SELECT value FROM record WHERE ledger = ? AND topic IN (${marks(among)}) AND type IN (${marks(types)})
      AND seq < ? ORDER BY seq`;
    const rows = this.#db.prepare(query).iterate(this.#id, ...among, ...types, this.#end);
    for (const { value } of rows) if (value instanceof Uint8Array) yield value;
  }

  get #isUsable(): string {
    return `(at < ${this.#lateFrom} OR size <= ${this.#whole})`;
  }

  *#published() {
    const query = `SELECT note FROM checkpoint WHERE ledger = ? AND ${this.#isUsable} ORDER BY size, at`;
    let number = 0;
    for (const { note } of this.#db.prepare(query).iterate(this.#id))
      yield { number: number++, ...checkpointRow(note) };
  }

  #readPartitions(): number | undefined {
    const query = "SELECT value FROM record WHERE ledger = ? AND topic = 'admin' AND seq = 0 ORDER BY at LIMIT 1";
    const value = this.#all(query)[0]?.['value'];
    const record = value instanceof Uint8Array ? parseStoredRecord(value) : undefined;
    return record?.ok === true ? parseOpening(record.value)?.partitions : undefined;
  }

  /** Where a reader finds its records; wherever there are some, when its first one is not there to say it. */
  #readLanes(): readonly Lane[] {
    const partitions = this.#partitions;
    if (partitions !== undefined) {
      return topics.map((topic) => ({ topic, partition: partitionOf(this.name, topic, partitions) }));
    }
    const found = this.#db.prepare('SELECT DISTINCT "partition" FROM record WHERE ledger = ? AND topic = ?');
    return topics.flatMap((topic) =>
      found.all(this.#id, topic).map(({ partition }) => ({ topic, partition: Number(partition) })),
    );
  }

  #all(query: string): readonly Row[] {
    return this.#db.prepare(query).all(this.#id);
  }

  /** 0 where there is none. */
  #number(query: string): number {
    return Number(Object.values(this.#all(query)[0] ?? {})[0] ?? 0);
  }
}

/** SQLite's iterators end with null, which is no row. */
function step(rows: Iterator<Row>): Row | undefined {
  const next = rows.next();
  return next.done === true ? undefined : next.value;
}

/** Index of the head with the smallest number; of none, when all are at their end. */
function smallest(heads: readonly (Row | undefined)[]): number {
  let found = -1;
  for (const [index, head] of heads.entries()) {
    const best = heads[found];
    if (head !== undefined && (best === undefined || Number(head['seq']) < Number(best['seq']))) found = index;
  }
  return found;
}
