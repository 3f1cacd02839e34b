/**
 * A replica's own ledgers and those that commands write on this host (`cli/…`). A command is gone before its record could be
 * delivered, so whichever sink comes first takes its folder on, and another one when that ends: the lock dies with its holder.
 */
import path from 'node:path';
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { listReplicasOf, type ReplicaPlace } from './ledger-directory.ts';
import { lockFile } from './replica-lock.ts';
import { openSpool } from './spool.ts';

/** The service whose ledgers commands write. */
export const commandService = 'cli';

const lockName = 'delivery.lock';
/** Commands are rare and their records few: they are looked for when there is nothing else, and every so many batches. */
const lookEvery = 64;

interface Adopted {
  readonly spool: Spool;
  readonly release: () => void;
}

export function openHostSpool(place: {
  readonly directory: string;
  readonly service: string;
  readonly replica: string;
}): Spool {
  return new HostSpool(place.directory, openSpool(place));
}

class HostSpool implements Spool {
  readonly #directory: string;
  readonly #own: Spool;
  readonly #adopted = new Map<string, Adopted>();
  #batches = 0;

  constructor(directory: string, own: Spool) {
    this.#directory = directory;
    this.#own = own;
  }

  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    const own = this.#batches++ % lookEvery === 0 ? [] : this.#own.next(maxRecords, maxBytes);
    if (own.length > 0) return own;
    try {
      for (const { spool } of this.#adoptedNow()) {
        const records = spool.next(maxRecords, maxBytes);
        if (records.length > 0) return records;
      }
    } catch (error) {
      // A ledger of a command that cannot be read is a failure, but never one of the records of calls: those go first.
      const rest = this.#own.next(maxRecords, maxBytes);
      if (rest.length > 0) return rest;
      throw error;
    }
    return this.#own.next(maxRecords, maxBytes);
  }

  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void {
    const [first] = records;
    if (first !== undefined) this.#spoolOf(first.ledger).acknowledge(records, baseOffset);
  }

  nextNotes(maxNotes: number): readonly SpoolNote[] {
    const own = this.#own.nextNotes(maxNotes);
    if (own.length > 0) return own;
    for (const { spool } of this.#adopted.values()) {
      const notes = readable(() => spool.nextNotes(maxNotes), []);
      if (notes.length > 0) return notes;
    }
    return [];
  }

  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void {
    const [first] = notes;
    if (first !== undefined) this.#spoolOf(first.ledger).acknowledgeNotes(notes, baseOffset);
  }

  waitingNotes(): number {
    const adopted = [...this.#adopted.values()].map(({ spool }) => readable(() => spool.waitingNotes(), 0));
    return adopted.reduce((sum, count) => sum + count, this.#own.waitingNotes());
  }

  /** Calls wait for records of their own replica alone. */
  waitingFrom(ledger: string): number {
    return this.#own.waitingFrom(ledger);
  }

  backlog(): { readonly records: number; readonly oldest: string | undefined } {
    const backlogs = [this.#own, ...[...this.#adopted.values()].map(({ spool }) => spool)].map((one) => one.backlog());
    const oldest = backlogs.flatMap((one) => one.oldest ?? []).toSorted();
    return { records: backlogs.reduce((sum, { records }) => sum + records, 0), oldest: oldest[0] };
  }

  close(): void {
    for (const { spool, release } of this.#adopted.values()) {
      spool.close();
      release();
    }
    this.#adopted.clear();
    this.#own.close();
  }

  #spoolOf(ledger: string): Spool {
    return this.#adopted.get(replicaOf(ledger))?.spool ?? this.#own;
  }

  #adoptedNow(): Iterable<Adopted> {
    for (const place of listReplicasOf(this.#directory, commandService)) this.#adopt(place);
    return this.#adopted.values();
  }

  #adopt(place: ReplicaPlace): void {
    const name = `${place.service}/${place.replica}`;
    if (this.#adopted.has(name)) return;
    const lock = lockFile(path.join(place.directory, lockName), 0);
    if (lock === undefined) return;
    const { service, replica } = place;
    const spool = openSpool({ directory: this.#directory, service, replica });
    this.#adopted.set(name, { spool, release: lock.release });
  }
}

/** A ledger of a command that cannot be read is told by `next`, once the records of calls are gone. */
function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
