/** The ledgers of one replica, read as a spool while another thread writes the newest. */
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { type LedgerFilePlace, listLedgerFiles, type ReplicaPlace, replicaPlace } from './ledger-directory.ts';
import { SpooledLedger } from './spooled-ledger.ts';

export interface SpoolPlace {
  readonly directory: string;
  readonly service: string;
  readonly replica: string;
}

/** Ids of ledgers, both included. */
export interface SpoolBounds {
  readonly from?: string;
  /** Nobody writes these any more. */
  readonly settledTo?: string;
}

export function openSpool({ directory, service, replica }: SpoolPlace, bounds: SpoolBounds = {}): Spool {
  return new ReplicaSpool(replicaPlace(directory, service, replica), bounds);
}

class ReplicaSpool implements Spool {
  readonly #place: ReplicaPlace;
  readonly #bounds: SpoolBounds;
  readonly #open = new Map<string, SpooledLedger>();
  /** Ledgers that nobody writes any more and that were acknowledged to the end, with the checkpoint of their last record. */
  readonly #finished = new Set<string>();

  constructor(place: ReplicaPlace, bounds: SpoolBounds) {
    this.#place = place;
    this.#bounds = bounds;
  }

  next(maxRecords: number, maxBytes: number): readonly SpoolRecord[] {
    for (const { ledger, isNewest } of this.#ledgers()) {
      const records = ledger.next(maxRecords, maxBytes);
      if (records.length > 0) return records;
      if (!isNewest && ledger.waitingNotes(true) === 0) this.#finish(ledger);
    }
    return [];
  }

  setAside(): boolean {
    return false;
  }

  acknowledge(records: readonly SpoolRecord[], baseOffset: string): void {
    const [first] = records;
    if (first !== undefined) this.#opened(first.ledger).acknowledge(records, baseOffset);
  }

  nextNotes(maxNotes: number): readonly SpoolNote[] {
    for (const { ledger, isNewest } of this.#ledgers()) {
      const notes = ledger.nextNotes(maxNotes, !isNewest);
      if (notes.length > 0) return notes;
    }
    return [];
  }

  acknowledgeNotes(notes: readonly SpoolNote[], baseOffset: string): void {
    const [first] = notes;
    if (first !== undefined) this.#opened(first.ledger).acknowledgeNotes(notes, baseOffset);
  }

  waitingNotes(): number {
    return this.#ledgers().reduce((sum, { ledger, isNewest }) => sum + ledger.waitingNotes(!isNewest), 0);
  }

  waitingFrom(ledger: string): number {
    const place = listLedgerFiles(this.#place).find(({ id }) => id === ledger);
    if (place === undefined) throw new Error(`no such ledger: ${ledger}`);
    return this.#ledgerAt(place).waitingFrom();
  }

  backlog(): { readonly records: number; readonly oldest: string | undefined } {
    const backlogs = this.#ledgers().map(({ ledger }) => ledger.backlog());
    return {
      records: backlogs.reduce((sum, { records }) => sum + records, 0),
      oldest: backlogs.find(({ oldest }) => oldest !== undefined)?.oldest,
    };
  }

  close(): void {
    for (const ledger of this.#open.values()) ledger.close();
    this.#open.clear();
  }

  /**
   * Oldest first. The folder is listed before any ledger is read: one that has a later one beside it was complete by then, as a
   * replica has one writer.
   */
  #ledgers(): readonly { readonly ledger: SpooledLedger; readonly isNewest: boolean }[] {
    const { from = '', settledTo } = this.#bounds;
    const places = listLedgerFiles(this.#place);
    const newest = settledTo === undefined ? places.at(-1)?.id : undefined;
    return places
      .filter(({ id }) => id >= from && (settledTo === undefined || id <= settledTo) && !this.#finished.has(id))
      .map((place) => ({ ledger: this.#ledgerAt(place), isNewest: place.id === newest }));
  }

  #opened(id: string): SpooledLedger {
    const ledger = this.#open.get(id);
    if (ledger === undefined) throw new Error(`acknowledged what is of a ledger that is not open: ${id}`);
    return ledger;
  }

  #ledgerAt(place: LedgerFilePlace): SpooledLedger {
    const open = this.#open.get(place.id) ?? new SpooledLedger(place);
    this.#open.set(place.id, open);
    return open;
  }

  #finish(ledger: SpooledLedger): void {
    ledger.close();
    this.#open.delete(ledger.id);
    this.#finished.add(ledger.id);
  }
}
