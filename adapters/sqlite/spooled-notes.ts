/** The signed notes of one ledger file as the sink sees them: what a reader of Kafka needs to verify its records. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { NoteTopic } from '@countersign/core/ledger/topics.ts';
import { systemClock } from '../process/system.ts';
import type { Acknowledgements } from './acknowledgements.ts';

const partition = 0;
const utf8 = new TextEncoder();

export class SpooledNotes {
  readonly #ledger: string;
  readonly #acknowledgements: Acknowledgements;
  readonly #certificate: StatementSync;
  readonly #published: StatementSync;
  readonly #last: StatementSync;
  readonly #tip: StatementSync;

  constructor(ledger: string, db: DatabaseSync, acknowledgements: Acknowledgements) {
    this.#ledger = ledger;
    this.#acknowledgements = acknowledgements;
    this.#certificate = db.prepare('SELECT 0 AS pseq, 0 AS size, note FROM certificate ORDER BY counter LIMIT 1');
    const columns = 'number AS pseq, size, note';
    this.#published = db.prepare(`SELECT ${columns} FROM checkpoint WHERE number >= ? ORDER BY number LIMIT ?`);
    this.#last = db.prepare('SELECT number AS pseq, size, note FROM checkpoint ORDER BY number DESC LIMIT 1');
    this.#tip = db.prepare('SELECT size, note FROM tip LIMIT 1');
  }

  /**
   * @param covered how many records from the first on the broker has
   * @param isSettled nobody writes the ledger any more
   */
  next(maxNotes: number, covered: () => number, isSettled: boolean): readonly SpoolNote[] {
    // Before the first checkpoint: without it a reader could not tell whose signature that is.
    const certificate = this.#waitingCertificate();
    if (certificate) return [certificate];
    const next = this.#acknowledgements.nextPseq('checkpoints', partition);
    const rows = this.#published.all(next, maxNotes).map((row) => this.#toNote('checkpoints', row));
    const waiting = rows.length > 0 ? rows : this.#unpublished(next, isSettled);
    if (waiting.length === 0) return [];
    const size = covered();
    return waiting.filter((note) => note.size <= size);
  }

  /** @throws when they are not the next ones: acknowledging them would hide those before */
  acknowledge(notes: readonly SpoolNote[], baseOffset: string): void {
    const [first] = notes;
    const last = notes.at(-1);
    if (first === undefined || last === undefined) return;
    const { topic } = first;
    const expected = this.#acknowledgements.nextPseq(topic, partition);
    const isNext = notes.every(
      (note, index) => note.ledger === this.#ledger && note.topic === topic && note.pseq === expected + index,
    );
    if (!isNext)
      throw new Error(`acknowledged out of order: ${this.#ledger} ${topic} ${first.pseq}, expected ${expected}`);
    const batch = { topic, partition, firstPseq: first.pseq, lastPseq: last.pseq, baseOffset };
    const checkpoint = { size: last.size, atMs: systemClock.now() };
    this.#acknowledgements.add(topic === 'checkpoints' ? { ...batch, checkpoint } : batch);
  }

  waiting(isSettled: boolean): number {
    const next = this.#acknowledgements.nextPseq('checkpoints', partition);
    const last = this.#last.get()?.['pseq'];
    const published = typeof last === 'number' ? Math.max(0, last + 1 - next) : 0;
    const certificates = this.#waitingCertificate() === undefined ? 0 : 1;
    return certificates + published + this.#unpublished(next + published, isSettled).length;
  }

  #waitingCertificate(): SpoolNote | undefined {
    if (this.#acknowledgements.nextPseq('keys', partition) > 0) return undefined;
    const row = this.#certificate.get();
    return row && this.#toNote('keys', row);
  }

  /**
   * A run that died published no checkpoint of its last records. The one of its last commit is as good: it is what a reader of the
   * file goes by, and nothing comes after it.
   */
  #unpublished(next: number, isSettled: boolean): readonly SpoolNote[] {
    if (!isSettled) return [];
    const last = this.#last.get();
    const [number, size] = last ? [Number(last['pseq']) + 1, Number(last['size'])] : [0, 0];
    const tip = this.#tip.get();
    if (tip === undefined || number !== next || Number(tip['size']) <= size) return [];
    return [this.#toNote('checkpoints', { ...tip, pseq: number })];
  }

  #toNote(topic: NoteTopic, { pseq, size, note }: Readonly<Record<string, unknown>>): SpoolNote {
    if (typeof pseq !== 'number' || typeof size !== 'number' || typeof note !== 'string') {
      throw new TypeError(`not a note: ${this.#ledger} ${topic} ${String(pseq)}`);
    }
    return { ledger: this.#ledger, topic, partition, pseq, size, key: this.#ledger, value: utf8.encode(note) };
  }
}
