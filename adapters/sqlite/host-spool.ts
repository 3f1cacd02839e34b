/**
 * A replica's own ledgers, those that commands write on this host (`cli/…`), and what dead replicas left. A command is gone before its
 * record could be delivered, so whichever sink comes first takes its folder on, and another one when that ends: the lock dies with its holder.
 */
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Clock, Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { DeadSpools } from './dead-spools.ts';
import { lockDelivery } from './delivery-lock.ts';
import { commandService, listReplicasOf, type ReplicaPlace } from './ledger-directory.ts';
import { openOwnSpool } from './own-spool.ts';
import { openSpool, type SpoolPlace } from './spool.ts';

/** Commands are rare and their records few: they are looked for when there is nothing else, and every so many batches. */
const lookEvery = 64;

interface Adopted {
  readonly spool: Spool;
  readonly release: () => void;
}

export function openHostSpool(place: SpoolPlace, clock: Pick<Clock, 'monotonic'>): Spool {
  return new HostSpool(place, clock);
}

class HostSpool implements Spool {
  readonly #place: SpoolPlace;
  readonly #own: Spool;
  readonly #commands = new Map<string, Adopted>();
  readonly #dead: DeadSpools;
  /** Of both, by the name that ids of their ledgers begin with. */
  #adopted: ReadonlyMap<string, Spool> = new Map();
  #batches = 0;

  constructor(place: SpoolPlace, clock: Pick<Clock, 'monotonic'>) {
    this.#place = place;
    this.#own = openOwnSpool(place);
    this.#dead = new DeadSpools(place, clock);
  }

  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    const own = this.#batches++ % lookEvery === 0 ? [] : this.#own.next(maxRecords, maxBytes);
    if (own.length > 0) return own;
    try {
      const adopted = this.#nextAdopted(maxRecords, maxBytes);
      if (adopted.length > 0) return adopted;
    } catch (error) {
      // A ledger of somebody else that cannot be read is a failure, but never one of the records of calls: those go first.
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
    for (const spool of this.#adopted.values()) {
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
    const adopted = [...this.#adopted.values()].map((spool) => readable(() => spool.waitingNotes(), 0));
    return adopted.reduce((sum, count) => sum + count, this.#own.waitingNotes());
  }

  /** Calls wait for records of their own replica alone. */
  waitingFrom(ledger: string): number {
    return this.#own.waitingFrom(ledger);
  }

  backlog(): { readonly records: number; readonly oldest: string | undefined } {
    const backlogs = [this.#own, ...this.#adopted.values()].map((one) => one.backlog());
    const oldest = backlogs.flatMap((one) => one.oldest ?? []).toSorted();
    return { records: backlogs.reduce((sum, { records }) => sum + records, 0), oldest: oldest[0] };
  }

  close(): void {
    for (const { spool, release } of this.#commands.values()) {
      spool.close();
      release();
    }
    this.#dead.close();
    this.#own.close();
  }

  #spoolOf(ledger: string): Spool {
    return this.#adopted.get(replicaOf(ledger)) ?? this.#own;
  }

  /** Asked only when what came of it last has been acknowledged: a replica that is written as again is left here. */
  #nextAdopted(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    for (const place of listReplicasOf(this.#place.directory, commandService)) this.#adopt(place);
    const dead = this.#dead.spools();
    this.#adopted = new Map([...[...this.#commands].map(([name, { spool }]) => [name, spool] as const), ...dead]);
    for (const [name, spool] of this.#adopted) {
      const records = spool.next(maxRecords, maxBytes);
      if (records.length > 0) return records;
      if (dead.has(name) && spool.waitingNotes() === 0) this.#leave(name);
    }
    return [];
  }

  #leave(name: string): void {
    this.#dead.delivered(name);
    this.#adopted = new Map([...this.#adopted].filter(([other]) => other !== name));
  }

  #adopt(place: ReplicaPlace): void {
    const { service, replica } = place;
    const name = `${service}/${replica}`;
    if (this.#commands.has(name)) return;
    const lock = lockDelivery(place);
    if (lock === undefined) return;
    const spool = openSpool({ ...this.#place, service, replica });
    this.#commands.set(name, { spool, release: lock.release });
  }
}

/** A ledger of somebody else that cannot be read is told by `next`, once the records of calls are gone. */
function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
