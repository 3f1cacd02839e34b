/**
 * What replicas of this host left undelivered whom nobody writes as any more: their peers deliver it, one replica after the other. One that
 * comes back writes a later ledger than any that is delivered here, and has the rest of its own again within one look. Only those of our own
 * long-term key: others are another gateway's, whose Kafka is another. Whatever is wrong with one of them is no reason to keep anybody waiting.
 */
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Clock, Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { deadPlaces } from './dead-places.ts';
import { issuerOf } from './dead-replicas.ts';
import { lockDelivery } from './delivery-lock.ts';
import {
  type LedgerFilePlace,
  listLedgerFiles,
  type ReplicaPlace,
  replicaName,
  replicaPlace,
} from './ledger-directory.ts';
import { isReplicaLocked } from './replica-lock.ts';
import { openSpool, type SpoolPlace } from './spool.ts';

/** One that nothing can be had of now. */
const asideMs = 15 * 60_000;

interface Dead {
  readonly place: ReplicaPlace;
  /** Id of its newest ledger. */
  readonly newest: string;
  readonly spool: Spool;
  readonly release: () => void;
}

export class DeadSpools {
  readonly #own: SpoolPlace;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #onTrouble: (replica: string, error: unknown) => void;
  readonly #places: () => readonly ReplicaPlace[];
  /** By directory, the newest ledger of those that left nothing. */
  readonly #delivered = new Map<string, string>();
  readonly #asideUntil = new Map<string, number>();
  #issuer: string | undefined;
  #waiting: readonly ReplicaPlace[] = [];
  #current: Dead | undefined;
  /** Whom it was tried to take last. */
  #tried: ReplicaPlace | undefined;

  constructor(own: SpoolPlace, clock: Pick<Clock, 'monotonic'>, onTrouble: (replica: string, error: unknown) => void) {
    this.#own = own;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
    this.#places = deadPlaces(own, clock);
  }

  /** Asked only when what came of it last has been acknowledged: a replica that is written as again is left here. */
  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    return this.#guarded((): readonly SpoolRecord[] => {
      if (this.#current !== undefined && isReplicaLocked(this.#current.place)) this.leave();
      if (this.#current === undefined) this.#takeNext();
      const records = this.#current?.spool.next(maxRecords, maxBytes) ?? [];
      if (records.length === 0 && this.#current?.spool.waitingNotes() === 0) this.#isDelivered(this.#current);
      return records;
    }, []);
  }

  /** The replica's, whose ledger this is. */
  spoolOf(ledger: string): Spool | undefined {
    const { place, spool } = this.#current ?? {};
    return place !== undefined && replicaOf(ledger) === replicaName(place) ? spool : undefined;
  }

  nextNotes(maxNotes: number): readonly SpoolNote[] {
    return this.#guarded(() => this.#current?.spool.nextNotes(maxNotes) ?? [], []);
  }

  waitingNotes(): number {
    return this.#guarded(() => this.#current?.spool.waitingNotes() ?? 0, 0);
  }

  backlog(): ReturnType<Spool['backlog']> {
    const none = { records: 0, oldest: undefined };
    return this.#guarded(() => this.#current?.spool.backlog() ?? none, none);
  }

  /** Others come first for a while. */
  setAside(): void {
    if (this.#tried !== undefined) this.#asideUntil.set(this.#tried.directory, this.#clock.monotonic() + asideMs);
    this.leave();
  }

  leave(): void {
    this.#current?.spool.close();
    this.#current?.release();
    this.#current = undefined;
  }

  #takeNext(): void {
    const now = this.#clock.monotonic();
    if (this.#waiting.length === 0) this.#waiting = this.#places();
    const [place, ...others] = this.#waiting;
    this.#waiting = others;
    this.#tried = place;
    if (place === undefined || (this.#asideUntil.get(place.directory) ?? -Infinity) > now) return;
    const newest = listLedgerFiles(place).at(-1);
    if (newest === undefined || newest.id === this.#delivered.get(place.directory) || !this.#isOurs(newest)) return;
    const lock = lockDelivery(place);
    if (lock === undefined) return;
    const { service, replica } = place;
    const spool = openSpool({ ...this.#own, service, replica }, { settledTo: newest.id });
    this.#current = { place, newest: newest.id, spool, release: lock.release };
  }

  #isOurs(newest: LedgerFilePlace): boolean {
    this.#issuer ??= this.#ownIssuer();
    return this.#issuer !== undefined && issuerOf(newest) === this.#issuer;
  }

  #ownIssuer(): string | undefined {
    const { directory, service, replica } = this.#own;
    const newest = listLedgerFiles(replicaPlace(directory, service, replica)).at(-1);
    return newest && issuerOf(newest);
  }

  #isDelivered({ place, newest }: Dead): void {
    this.#delivered.set(place.directory, newest);
    this.leave();
  }

  #guarded<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      this.#onTrouble(this.#tried === undefined ? '' : replicaName(this.#tried), error);
      this.setAside();
      return otherwise;
    }
  }
}
