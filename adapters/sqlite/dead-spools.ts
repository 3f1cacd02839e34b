/**
 * What replicas of this host left undelivered whom nobody writes as any more: their peers deliver it. One that comes back writes a later
 * ledger than any that is delivered here, and has the rest of its own again within one look. Only those of our own long-term key: others
 * are another gateway's, whose Kafka is another.
 */
import type { Clock, Spool } from '@countersign/core/ports.ts';
import { issuerOf } from './dead-replicas.ts';
import { lockDelivery } from './delivery-lock.ts';
import { commandService, listLedgerFiles, listReplicas, type ReplicaPlace, replicaPlace } from './ledger-directory.ts';
import { isReplicaLocked } from './replica-lock.ts';
import { openSpool, type SpoolPlace } from './spool.ts';

const lookEveryMs = 10_000;
/** As long as until a peer ends the sessions of a dead replica (adapters/process/close-dead.ts). */
const deadAfterMs = 15 * 60_000;

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
  /** By directory: since when nobody writes there. */
  readonly #unlockedSince = new Map<string, number>();
  readonly #dead = new Map<string, Dead>();
  /** By directory, the newest ledger of those that left nothing. */
  readonly #delivered = new Map<string, string>();
  #lookedMs = -Infinity;

  constructor(own: SpoolPlace, clock: Pick<Clock, 'monotonic'>) {
    this.#own = own;
    this.#clock = clock;
  }

  /** By the name that ids of their ledgers begin with. Whoever is written as again is none of them from here on. */
  spools(): ReadonlyMap<string, Spool> {
    this.#look();
    for (const [name, dead] of this.#dead) if (mayBeLocked(dead.place)) this.#leave(name, dead);
    return new Map([...this.#dead].map(([name, { spool }]) => [name, spool]));
  }

  /** It has nothing that waits. */
  delivered(name: string): void {
    const dead = this.#dead.get(name);
    if (dead === undefined) return;
    this.#delivered.set(dead.place.directory, dead.newest);
    this.#leave(name, dead);
  }

  close(): void {
    for (const [name, dead] of this.#dead) this.#leave(name, dead);
  }

  #look(): void {
    const now = this.#clock.monotonic();
    if (now - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = now;
    const { directory, service, replica } = this.#own;
    for (const place of listReplicas(directory)) {
      if (place.service === commandService || (place.service === service && place.replica === replica)) continue;
      if (mayBeLocked(place)) this.#unlockedSince.delete(place.directory);
      else if (now - this.#since(place, now) >= deadAfterMs) this.#take(place);
    }
  }

  #since({ directory }: ReplicaPlace, now: number): number {
    const since = this.#unlockedSince.get(directory) ?? now;
    this.#unlockedSince.set(directory, since);
    return since;
  }

  #take(place: ReplicaPlace): void {
    const { service, replica } = place;
    const name = `${service}/${replica}`;
    const file = listLedgerFiles(place).at(-1);
    const known = this.#dead.get(name);
    const newest = file?.id;
    if (
      file === undefined ||
      newest === undefined ||
      newest === known?.newest ||
      newest === this.#delivered.get(place.directory)
    )
      return;
    const issuer = issuerOf(file);
    if (issuer === undefined || issuer !== this.#ownIssuer()) return;
    // A peer ended its sessions in a ledger of its own.
    if (known !== undefined) this.#leave(name, known);
    const lock = lockDelivery(place);
    if (lock === undefined) return;
    const spool = openSpool({ ...this.#own, service, replica }, { settledTo: newest });
    this.#dead.set(name, { place, newest, spool, release: lock.release });
  }

  #ownIssuer(): string | undefined {
    const { directory, service, replica } = this.#own;
    const newest = listLedgerFiles(replicaPlace(directory, service, replica)).at(-1);
    return newest && issuerOf(newest);
  }

  #leave(name: string, { spool, release }: Dead): void {
    this.#dead.delete(name);
    spool.close();
    release();
  }
}

/** A folder that cannot be looked at is left alone. */
function mayBeLocked(place: ReplicaPlace): boolean {
  try {
    return isReplicaLocked(place);
  } catch {
    return true;
  }
}
