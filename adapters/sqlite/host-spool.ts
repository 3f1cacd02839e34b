/**
 * A replica's own ledgers, those that commands write on this host (`cli/…`), and what dead replicas left. A command is gone before its
 * record could be delivered, so whichever sink comes first takes its folder on, and another one when that ends: the lock dies with its holder.
 */
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Clock, Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { DeadSpools } from './dead-spools.ts';
import { lockDelivery } from './delivery-lock.ts';
import { commandService, listReplicasOf, type ReplicaPlace, replicaName } from './ledger-directory.ts';
import { openOwnSpool } from './own-spool.ts';
import { openSpool, type SpoolPlace } from './spool.ts';

/** Commands are rare and their records few: they are looked for when there is nothing else, and every so many batches. */
const lookEvery = 64;
/** What could not be sent of a command is tried again then. */
const commandAsideMs = 60_000;

export interface HostSpoolOptions {
  readonly place: SpoolPlace;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Something of a dead replica cannot be read: it waits for another peer, or another time. */
  readonly onTrouble: (replica: string, error: unknown) => void;
}

export interface HostSpool extends Spool {
  /** Time is short from now on: dead replicas are left to their other peers. */
  drain(): void;
}

interface Adopted {
  readonly spool: Spool;
  readonly release: () => void;
  asideUntilMs: number;
}

export function openHostSpool(options: HostSpoolOptions): HostSpool {
  return new SpoolOfHost(options);
}

class SpoolOfHost implements HostSpool {
  readonly #place: SpoolPlace;
  readonly #clock: HostSpoolOptions['clock'];
  readonly #own: Spool;
  /** By the name that ids of their ledgers begin with. */
  readonly #commands = new Map<string, Adopted>();
  readonly #dead: DeadSpools;
  #isDraining = false;
  #batches = 0;

  constructor({ place, clock, onTrouble }: HostSpoolOptions) {
    this.#place = place;
    this.#clock = clock;
    this.#own = openOwnSpool(place);
    this.#dead = new DeadSpools(place, clock, onTrouble);
  }

  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    const own = this.#batches++ % lookEvery === 0 ? [] : this.#own.next(maxRecords, maxBytes);
    if (own.length > 0) return own;
    try {
      const others = this.#nextOfOthers(maxRecords, maxBytes);
      if (others.length > 0) return others;
    } catch (error) {
      // A ledger of a command that cannot be read is a failure, but never one of the records of calls: those go first.
      const rest = this.#own.next(maxRecords, maxBytes);
      if (rest.length > 0) return rest;
      throw error;
    }
    return this.#own.next(maxRecords, maxBytes);
  }

  setAside(records: readonly SpoolRecord[]): boolean {
    const ledger = records[0]?.ledger ?? '';
    const command = this.#commands.get(replicaOf(ledger));
    if (command !== undefined) command.asideUntilMs = this.#clock.monotonic() + commandAsideMs;
    else if (this.#dead.spoolOf(ledger) !== undefined) this.#dead.setAside();
    else return false;
    return true;
  }

  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void {
    const [first] = records;
    if (first !== undefined) this.#spoolOf(first.ledger)?.acknowledge(records, baseOffset);
  }

  nextNotes(maxNotes: number): readonly SpoolNote[] {
    const own = this.#own.nextNotes(maxNotes);
    if (own.length > 0) return own;
    for (const { spool } of this.#commands.values()) {
      const notes = readable(() => spool.nextNotes(maxNotes), []);
      if (notes.length > 0) return notes;
    }
    return this.#isDraining ? [] : this.#dead.nextNotes(maxNotes);
  }

  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void {
    const [first] = notes;
    if (first !== undefined) this.#spoolOf(first.ledger)?.acknowledgeNotes(notes, baseOffset);
  }

  waitingNotes(): number {
    const commands = [...this.#commands.values()].map(({ spool }) => readable(() => spool.waitingNotes(), 0));
    const dead = this.#isDraining ? 0 : this.#dead.waitingNotes();
    return commands.reduce((sum, count) => sum + count, this.#own.waitingNotes() + dead);
  }

  /** Calls wait for records of their own replica alone. */
  waitingFrom(ledger: string): number {
    return this.#own.waitingFrom(ledger);
  }

  backlog(): ReturnType<Spool['backlog']> {
    const none = { records: 0, oldest: undefined };
    const commands = [...this.#commands.values()].map(({ spool }) => readable(() => spool.backlog(), none));
    const all = [this.#own.backlog(), ...commands, this.#isDraining ? none : this.#dead.backlog()];
    const oldest = all.flatMap((one) => one.oldest ?? []).toSorted();
    return { records: all.reduce((sum, { records }) => sum + records, 0), oldest: oldest[0] };
  }

  drain(): void {
    this.#isDraining = true;
  }

  close(): void {
    for (const { spool, release } of this.#commands.values()) {
      spool.close();
      release();
    }
    this.#dead.leave();
    this.#own.close();
  }

  /** Undefined: a dead replica's, which was left while this was on its way. It is not acknowledged, and comes again. */
  #spoolOf(ledger: string): Spool | undefined {
    const name = replicaOf(ledger);
    if (name === replicaName(this.#place)) return this.#own;
    return this.#commands.get(name)?.spool ?? this.#dead.spoolOf(ledger);
  }

  #nextOfOthers(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    for (const place of listReplicasOf(this.#place.directory, commandService)) this.#adopt(place);
    const now = this.#clock.monotonic();
    for (const { spool, asideUntilMs } of this.#commands.values()) {
      if (asideUntilMs > now) continue;
      const records = spool.next(maxRecords, maxBytes);
      if (records.length > 0) return records;
    }
    if (!this.#isDraining) return this.#dead.next(maxRecords, maxBytes);
    this.#dead.leave();
    return [];
  }

  #adopt(place: ReplicaPlace): void {
    const { service, replica } = place;
    const name = replicaName(place);
    if (this.#commands.has(name)) return;
    const lock = lockDelivery(place);
    if (lock === undefined) return;
    const spool = openSpool({ ...this.#place, service, replica });
    this.#commands.set(name, { spool, release: lock.release, asideUntilMs: -Infinity });
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
