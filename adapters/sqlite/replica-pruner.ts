/**
 * Which records of a replica's ledgers may go, and their going: Kafka has had them for long enough, as far as this replica itself saw it,
 * with a checkpoint that covers them. Ledgers go in their order, each to its end. ADR 0035.
 */
import fs from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { toBase64Url } from '@countersign/core/base64.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { exactBase64, parseNote } from '@countersign/core/ledger/notes/note.ts';
import type { Pruning } from '@countersign/core/ledger/pruning.ts';
import { acknowledgementsFile, type LedgerFilePlace, listLedgerFiles, type ReplicaPlace } from './ledger-directory.ts';
import { LedgerPruner, type PrunedSlice, UnprunableError } from './ledger-pruner.ts';
import { foldLog, openForWriting } from './ledger-schema.ts';
import { PruningMemory } from './pruning-memory.ts';
import { checkpointFrom, tipOf } from './published-checkpoints.ts';
import { SpooledLedger } from './spooled-ledger.ts';

/** A record says what goes, so a few must not go for each of them; of a ledger that has ended the rest goes, too. */
const worthRecords = 1000;
/** A file of free pages and little else is made small. */
const worthPages = 64;

export interface PrunerOptions {
  readonly place: ReplicaPlace;
  /** The ledger that is being written, over the connection that writes it. */
  readonly own: { readonly id: string; readonly db: DatabaseSync };
  readonly keepMs: number;
  readonly monotonicMs: number;
}

interface Opened {
  readonly id: string;
  readonly db: DatabaseSync;
  readonly pruner: LedgerPruner;
  close(): void;
}

export class ReplicaPruner {
  readonly #place: ReplicaPlace;
  readonly #own: PrunerOptions['own'];
  readonly #memory: PruningMemory;
  /** Ended, and pruned to their ends. */
  readonly #finished = new Set<string>();
  #open: Opened | undefined;

  constructor({ place, own, keepMs, monotonicMs }: PrunerOptions) {
    this.#place = place;
    this.#own = own;
    this.#memory = new PruningMemory(place.directory, keepMs, monotonicMs);
  }

  /** What is in Kafka now is kept in mind. @returns what may go by now, of one ledger; undefined: nothing that is worth a record */
  look(monotonicMs: number): Pruning | undefined {
    this.#memory.pass(monotonicMs);
    this.#close();
    const places = listLedgerFiles(this.#place).filter(({ id }) => id <= this.#own.id && !this.#finished.has(id));
    const covered = new Map(places.map((place) => [place.id, this.#see(place)]));
    for (const place of places) {
      const old = this.#memory.old(place.id);
      if (old === 0 || old > (covered.get(place.id) ?? 0)) return undefined;
      const pruning = this.#oldOf(place, old);
      if (pruning !== 'finished') return pruning;
    }
    return undefined;
  }

  /** A few records of what `look` named, once a record says so. @returns undefined: no more of it can go now */
  prune({ ledger, size }: Pruning): PrunedSlice | undefined {
    const place = listLedgerFiles(this.#place).find(({ id }) => id === ledger);
    if (place === undefined) throw new UnprunableError(`no such ledger: ${ledger}`);
    const slice = this.#opened(place).pruner.prune(size, ledger === this.#own.id);
    if (slice === undefined) this.#close();
    return slice;
  }

  close(): void {
    this.#close();
    this.#memory.close();
  }

  /** @returns how many of its records are in Kafka now, with what vouches for them */
  #see(place: LedgerFilePlace): number {
    if (!fs.existsSync(acknowledgementsFile(place.file))) return 0;
    const spooled = new SpooledLedger(place);
    try {
      const covered = spooled.covered();
      if (covered > 0) this.#memory.see(place.id, covered);
      spooled.forgetPruned();
      return covered;
    } finally {
      spooled.close();
    }
  }

  #oldOf(place: LedgerFilePlace, old: number): Pruning | 'finished' | undefined {
    const { id } = place;
    const { db, pruner } = this.#opened(place);
    const isEnded = id !== this.#own.id;
    const end = tipOf(db)?.size;
    this.#memory.forget(id, old);
    if (isEnded && pruner.size === end) {
      shrink(db);
      this.#finished.add(id);
      this.#close();
      return 'finished';
    }
    const isWorth = old - pruner.size >= worthRecords || (isEnded && old === end && old > pruner.size);
    if (!isWorth || !pruner.canPrune(old, !isEnded)) return undefined;
    return { ledger: id, size: old, root: checkpointRoot(db, old) };
  }

  #opened(place: LedgerFilePlace): Opened {
    if (this.#open?.id === place.id) return this.#open;
    this.#close();
    this.#open = place.id === this.#own.id ? this.#openOwn() : openEnded(place);
    return this.#open;
  }

  #openOwn(): Opened {
    const { id, db } = this.#own;
    return { id, db, pruner: new LedgerPruner(db, id), close: () => undefined };
  }

  #close(): void {
    this.#open?.close();
    this.#open = undefined;
  }
}

/** Calls wait for this thread, so a file that somebody reads is left for now. */
function openEnded({ id, file }: LedgerFilePlace): Opened {
  const db = openForWriting(file, 0);
  const close = (): void => {
    foldLog(db);
    db.close();
  };
  try {
    return { id, db, pruner: new LedgerPruner(db, id), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Gives the disk back what the records took: only of a ledger that has none any more, as all that is left is written anew. */
function shrink(db: DatabaseSync): void {
  const pages = db.prepare('PRAGMA freelist_count').get()?.['freelist_count'];
  if (typeof pages === 'number' && pages >= worthPages) db.exec('VACUUM');
}

function checkpointRoot(db: DatabaseSync, size: number): string {
  const stored = [checkpointFrom(db, size), tipOf(db)].find((each) => each?.size === size);
  const note = parseNote(stored?.note);
  const root = exactBase64((note && parseCheckpoint(note)?.root) ?? '');
  if (root === undefined) throw new UnprunableError(`it has no checkpoint of ${size} records`);
  return toBase64Url(root);
}
