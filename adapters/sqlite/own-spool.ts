/**
 * All ledgers of a replica, for its own sink. Those of before its run may still be with a peer that took the replica for dead: then that
 * of the run goes alone, until the peer has left the others, which it does when it looks next.
 */
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { lockDelivery } from './delivery-lock.ts';
import { listLedgerFiles, makeDirectory, type ReplicaPlace, replicaPlace } from './ledger-directory.ts';
import { openSpool, type SpoolPlace } from './spool.ts';

/** @param place of whoever writes as this replica now */
export function openOwnSpool(place: SpoolPlace): Spool {
  return new OwnSpool(place);
}

class OwnSpool implements Spool {
  readonly #options: SpoolPlace;
  readonly #place: ReplicaPlace;
  #lock: { release(): void } | undefined;
  #spool: Spool;

  constructor(options: SpoolPlace) {
    this.#options = options;
    this.#place = replicaPlace(options.directory, options.service, options.replica);
    makeDirectory(this.#place.directory);
    this.#lock = lockDelivery(this.#place);
    const newest = listLedgerFiles(this.#place).at(-1)?.id;
    const isAlone = this.#lock === undefined && newest !== undefined;
    this.#spool = openSpool(options, isAlone ? { from: newest } : {});
  }

  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    if (this.#lock === undefined) this.#takeAll();
    return this.#spool.next(maxRecords, maxBytes);
  }

  setAside(): boolean {
    return false;
  }

  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void {
    this.#spool.acknowledge(records, baseOffset);
  }

  nextNotes(maxNotes: number): readonly SpoolNote[] {
    return this.#spool.nextNotes(maxNotes);
  }

  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void {
    this.#spool.acknowledgeNotes(notes, baseOffset);
  }

  waitingNotes(): number {
    return this.#spool.waitingNotes();
  }

  waitingFrom(ledger: string): number {
    return this.#spool.waitingFrom(ledger);
  }

  backlog(): { readonly records: number; readonly oldest: string | undefined } {
    return this.#spool.backlog();
  }

  close(): void {
    this.#spool.close();
    this.#lock?.release();
  }

  /** Before records are taken: what was taken has to be acknowledged where it came from. */
  #takeAll(): void {
    this.#lock = lockDelivery(this.#place);
    if (this.#lock === undefined) return;
    this.#spool.close();
    this.#spool = openSpool(this.#options);
  }
}
