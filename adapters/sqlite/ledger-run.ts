/** One run of one replica: takes the lock, settles what the run before left open, and begins a ledger. */
import fs from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { laterUlid } from '@countersign/core/ledger/ledger-id.ts';
import type { NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { openingData } from '@countersign/core/ledger/opening.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { InPlace } from './in-place.ts';
import { type Batch, toBatch, toBatchEntry } from './ledger-batch.ts';
import {
  type LedgerFilePlace,
  ledgerFilePlace,
  listLedgerFiles,
  makeDirectory,
  replicaPlace,
  syncDirectory,
} from './ledger-directory.ts';
import { LedgerFile } from './ledger-file.ts';
import type { OpenedRun } from './ledger-messages.ts';
import { LedgerNotes, type SignedSize } from './ledger-notes.ts';
import { type Predecessor, readPredecessor } from './ledger-recovery.ts';
import { createLedgerFile, foldLog, openForWriting } from './ledger-schema.ts';
import { lockReplica } from './replica-lock.ts';
import { ReplicaPruner } from './replica-pruner.ts';
import { Reserve } from './reserve.ts';
import { certify, type RunAuthority } from './run-authority.ts';

/** Plain values: they cross into the thread. */
export interface RunOptions {
  readonly directory: string;
  readonly service: string;
  readonly replica: string;
  readonly version: string;
  readonly partitions: number;
  readonly pid: number;
  /** Of the first records. */
  readonly time: string;
  /** Names the run, unless an earlier one has a later name. */
  readonly ulid: string;
  readonly maxFileBytes: number | undefined;
  /** What was written is in a published checkpoint after this long, also when nothing more comes. */
  readonly publishEveryMs: number;
  /** How long records are kept when Kafka has them; undefined: for ever. */
  readonly keepMs: number | undefined;
  readonly monotonicMs: number;
  /** The long-term key that is asked to certify this run. */
  readonly issuer: NoteKey;
}

/** A file with this ending was never acknowledged to anybody. */
const unbegun = '.new';

/** A run that has its place and its key; it begins when the long-term key has certified that. */
export interface PreparedRun {
  /** What the long-term key signs. */
  readonly text: Uint8Array;
  begin(signature: Uint8Array): LedgerRun;
  /** Gives the replica back. */
  abandon(): void;
}

export class LedgerRun {
  readonly opened: OpenedRun;
  readonly reserve: Reserve;
  readonly ledger: LedgerFile;
  readonly inPlace: InPlace;
  readonly pruner: ReplicaPruner | undefined;
  readonly #db: DatabaseSync;
  readonly #lock: { release(): void };

  /** @throws LedgerOpenError */
  static prepare(options: RunOptions): PreparedRun {
    const replica = replicaPlace(options.directory, options.service, options.replica);
    makeDirectory(replica.directory);
    const lock = lockReplica(replica);
    try {
      removeUnbegun(replica.directory);
      const newest = listLedgerFiles(replica).at(-1);
      const predecessor = newest && readPredecessor(newest);
      const newestUlid = newest && path.basename(newest.file, '.db');
      const place = ledgerFilePlace(replica, laterUlid(newestUlid, options.ulid));
      const authority = certify(place.id, options, predecessor);
      return {
        text: authority.text,
        begin: (signature) => new LedgerRun(options, { place, predecessor, authority, lock }, signature),
        abandon: () => lock.release(),
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: RunOptions, prepared: Prepared, signature: Uint8Array) {
    const { place, predecessor, authority, lock } = prepared;
    this.#lock = lock;
    try {
      const certificate = authority.certificate(signature);
      const begun = begin({ options, ...prepared, certificate });
      this.#db = openForWriting(place.file);
      limitSize(this.#db, options.maxFileBytes);
      this.ledger = begun.ledger.continueOn(this.#db);
      this.inPlace = new InPlace(place.file);
      this.reserve = new Reserve(path.dirname(place.file));
      this.reserve.fill();
      this.pruner = createPruner(options, place, this.#db);
      const unended = predecessor?.unended.length ?? 0;
      this.opened = { ledger: place.id, file: place.file, unended, certificate, checkpoint: begun.checkpoint };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  close(): void {
    this.pruner?.close();
    foldLog(this.#db);
    this.#db.close();
    this.#lock.release();
  }
}

interface Prepared {
  readonly place: LedgerFilePlace;
  readonly predecessor: Predecessor | undefined;
  readonly authority: RunAuthority;
  readonly lock: { release(): void };
}

interface Begun {
  readonly ledger: LedgerFile;
  readonly checkpoint: SignedSize | undefined;
}

/**
 * The first records are there when the file's name is, all of them: so a session of the run before is settled exactly once,
 * whenever this process may die.
 */
function begin(run: Omit<Prepared, 'lock'> & { readonly options: RunOptions; readonly certificate: string }): Begun {
  const { place, predecessor, authority, options, certificate } = run;
  const unbegunFile = `${place.file}${unbegun}`;
  const db = createLedgerFile(unbegunFile);
  LedgerNotes.begin(db, authority.counter, certificate);
  const ledger = LedgerFile.begin(db, place.id, options.partitions, authority.signCheckpoint);
  const { published } = ledger.append(firstRecords(options, predecessor));
  db.close();
  fs.renameSync(unbegunFile, place.file);
  syncDirectory(path.dirname(place.file));
  return { ledger, checkpoint: published };
}

function firstRecords(options: RunOptions, predecessor: Predecessor | undefined): Batch {
  const { service, replica, version, pid, partitions, time } = options;
  const opening = { previous: predecessor?.previous ?? null, partitions };
  const opened: RecordDraft = {
    type: 'ledger.opened',
    time,
    data: openingData(opening, { service, replica, version, pid }),
  };
  const aborted = (predecessor?.unended ?? []).map(
    ({ session, ledger, seq }): RecordDraft => ({
      type: 'session.aborted',
      session,
      time,
      data: { reason: 'process_ended', ledger, opened_seq: seq },
    }),
  );
  const entries = [opened, ...aborted].map((draft) => {
    const entry = toBatchEntry(draft);
    if (!entry.ok) throw new Error(`${draft.type}: ${entry.error.reason}`);
    return entry.value;
  });
  return toBatch(entries);
}

function createPruner(options: RunOptions, { id }: LedgerFilePlace, db: DatabaseSync): ReplicaPruner | undefined {
  const { directory, service, replica, keepMs, monotonicMs } = options;
  if (keepMs === undefined) return undefined;
  return new ReplicaPruner({ place: replicaPlace(directory, service, replica), own: { id, db }, keepMs, monotonicMs });
}

function removeUnbegun(directory: string): void {
  const leftOver = fs.readdirSync(directory).filter((name) => name.includes(`.db${unbegun}`));
  for (const name of leftOver) fs.rmSync(path.join(directory, name));
}

function limitSize(db: DatabaseSync, maxFileBytes: number | undefined): void {
  if (maxFileBytes === undefined) return;
  const pageSize = db.prepare('PRAGMA page_size').get()?.['page_size'];
  if (typeof pageSize === 'number') db.exec(`PRAGMA max_page_count = ${Math.floor(maxFileBytes / pageSize)}`);
}
