import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Pruned, parsePruned } from '@countersign/core/ledger/pruned.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import { topics } from '@countersign/core/ledger/topics.ts';
import type { SpoolRecord } from '@countersign/core/ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { acknowledgementsFile, type LedgerFilePlace } from './ledger-directory.ts';
import { openForReading, readPruned } from './ledger-schema.ts';
import { SpooledNotes } from './spooled-notes.ts';

/** Records of one topic and partition: numbered without gaps, sent in that order. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  /** First number that is not acknowledged yet. */
  readonly nextPseq: number;
}

/** One ledger file seen by the sink. */
export class SpooledLedger {
  readonly id: string;
  readonly #db: DatabaseSync;
  readonly #acknowledgements: Acknowledgements;
  /** What was pruned was acknowledged, whatever became of the file that said so. */
  readonly #pruned: Pruned | undefined;
  readonly #prunedBelow: ReadonlyMap<string, number>;
  readonly #partitionOf: StatementSync;
  readonly #extent: StatementSync;
  readonly #head: StatementSync;
  readonly #lastPseq: StatementSync;
  readonly #lastSeq: StatementSync;
  readonly #records: StatementSync;
  readonly #notes: SpooledNotes;

  constructor({ id, file }: LedgerFilePlace) {
    this.id = id;
    this.#db = openForReading(file);
    this.#pruned = parsePruned(readPruned(this.#db));
    this.#prunedBelow = this.#pruned?.lanes ?? new Map();
    this.#acknowledgements = new Acknowledgements(acknowledgementsFile(file));
    const lane = 'FROM record WHERE topic = ? AND "partition" = ?';
    this.#partitionOf = this.#db.prepare('SELECT MIN("partition") AS "partition" FROM record WHERE topic = ?');
    this.#extent = this.#db.prepare('SELECT MAX("partition") AS other, MAX(pseq) AS last FROM record WHERE topic = ?');
    this.#head = this.#db.prepare(`SELECT seq, time ${lane} AND pseq = ?`);
    this.#lastPseq = this.#db.prepare(`SELECT MAX(pseq) AS pseq ${lane}`);
    this.#lastSeq = this.#db.prepare('SELECT MAX(seq) AS seq FROM record');
    this.#records = this.#db.prepare(
      `SELECT seq, pseq, type, session, time, leaf, value ${lane} AND pseq >= ? ORDER BY pseq LIMIT ?`,
    );
    this.#notes = new SpooledNotes(id, this.#db, this.#acknowledgements);
  }

  /** Of the lane whose first waiting record is the oldest: so a payload's parts tend to go before the record that names them. */
  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    const lane = this.#waitingLanes()[0];
    if (lane === undefined) return [];
    const records: SpoolRecord[] = [];
    let bytes = 0;
    for (const row of this.#records.iterate(lane.topic, lane.partition, lane.nextPseq, maxRecords)) {
      const record = toSpoolRecord(this.id, lane, row);
      bytes += record.value.length;
      if (records.length > 0 && bytes > maxBytes) break;
      records.push(record);
    }
    return records;
  }

  /** @throws when the records are not the next ones of their lane: acknowledging them would hide those before */
  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void {
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    const { topic, partition } = first;
    const expected = this.#nextPseq(topic, partition);
    const isNext = records.every(
      (record, index) =>
        record.ledger === this.id &&
        record.topic === topic &&
        record.partition === partition &&
        record.pseq === expected + index,
    );
    if (!isNext) throw new Error(`acknowledged out of order: ${this.id} ${topic} ${first.pseq}, expected ${expected}`);
    this.#acknowledgements.add({ topic, partition, firstPseq: first.pseq, lastPseq: last.pseq, baseOffset });
  }

  /** @param isSettled nobody writes it any more */
  nextNotes(maxNotes: number, isSettled: boolean): readonly SpoolNote[] {
    return this.#notes.next(maxNotes, () => this.waitingFrom(), isSettled);
  }

  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void {
    this.#notes.acknowledge(notes, baseOffset);
  }

  waitingNotes(isSettled: boolean): number {
    return this.#notes.waiting(isSettled);
  }

  /** The first record that is not acknowledged: all before it are. */
  waitingFrom(): number {
    // In this order: what is written between the two is waiting, and must not be taken for acknowledged.
    const last = this.#lastSeq.get()?.['seq'];
    const next = Math.max(typeof last === 'number' ? last + 1 : 0, this.#pruned?.tree.size ?? 0);
    return Math.min(next, this.#waitingLanes()[0]?.seq ?? next);
  }

  /** How many records are in Kafka, with a checkpoint of so many. */
  covered(): number {
    const size = this.#acknowledgements.checkpointUntil(Number.MAX_SAFE_INTEGER)?.size ?? 0;
    return size <= this.waitingFrom() && this.#lanes().every((lane) => this.#isWhole(lane)) ? size : 0;
  }

  /** Each record of a topic in the one partition, and none behind the last that was acknowledged: else somebody wrote there who is not us. */
  #isWhole({ topic, partition, nextPseq }: Lane): boolean {
    const { last, other } = this.#extent.get(topic) ?? {};
    return (
      other === partition && typeof last === 'number' && (last < nextPseq || this.#isThere(topic, partition, nextPseq))
    );
  }

  #isThere(topic: string, partition: number, pseq: number): boolean {
    return this.#head.get(topic, partition, pseq) !== undefined;
  }

  backlog(): { readonly records: number; readonly oldest: string | undefined } {
    const records = this.#lanes().reduce((sum, { topic, partition, nextPseq }) => {
      const last = this.#lastPseq.get(topic, partition)?.['pseq'];
      return sum + (typeof last === 'number' ? last + 1 - nextPseq : 0);
    }, 0);
    return { records, oldest: this.#waitingLanes()[0]?.time };
  }

  /** Forgets where what was pruned went to: a few at a time, as many as there may be. */
  forgetPruned(): void {
    for (const [topic, below] of this.#prunedBelow) this.#acknowledgements.forget(topic, below);
  }

  close(): void {
    this.#db.close();
    this.#acknowledgements.close();
  }

  #nextPseq(topic: string, partition: number): number {
    const pruned = this.#prunedBelow.get(topic) ?? 0;
    return Math.max(this.#acknowledgements.nextPseq(topic, partition), pruned);
  }

  #lanes(): readonly Lane[] {
    return topics.flatMap((topic) => {
      const partition = this.#partitionOf.get(topic)?.['partition'];
      if (typeof partition !== 'number') return [];
      return [{ topic, partition, nextPseq: this.#nextPseq(topic, partition) }];
    });
  }

  /** Lanes with something to send, the oldest first. */
  #waitingLanes(): readonly (Lane & { readonly seq: number; readonly time: string })[] {
    return this.#lanes()
      .flatMap((lane) => {
        const { seq, time } = this.#head.get(lane.topic, lane.partition, lane.nextPseq) ?? {};
        return typeof seq === 'number' && typeof time === 'string' ? [{ ...lane, seq, time }] : [];
      })
      .toSorted((a, b) => a.seq - b.seq);
  }
}

function toSpoolRecord(
  ledger: string,
  { topic, partition }: Lane,
  row: Readonly<Record<string, unknown>>,
): SpoolRecord {
  const { seq, pseq, type, session, time, leaf, value } = row;
  if (
    typeof seq !== 'number' ||
    typeof pseq !== 'number' ||
    typeof type !== 'string' ||
    typeof time !== 'string' ||
    !(leaf instanceof Uint8Array) ||
    !(value instanceof Uint8Array)
  ) {
    throw new TypeError(`not a record: ${ledger} ${topic} ${String(pseq)}`);
  }
  const key = typeof session === 'string' ? session : ledger;
  return { ledger, seq, pseq, topic, partition, type, key, time, value, leaf };
}
