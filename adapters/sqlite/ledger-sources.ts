/** Where a verifier takes ledgers from: files as their writers made them, or a bundle (bundle-sources.ts). */
import type { FindingReason } from '@countersign/core/ledger/findings.ts';
import type { BareRow, LedgerRow } from '@countersign/core/ledger/row.ts';
import type { SealRows } from '@countersign/core/ledger/seal.ts';
import type { BlockReader } from './ledger-blocks.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';
import { isReplicaLocked } from './replica-lock.ts';

export interface ReplicaSource {
  /** Whether a process writes as this replica now. */
  isWriting(): boolean;
  /** Oldest first. */
  ledgers(): readonly LedgerSource[];
}

export interface LedgerSource {
  readonly id: string;
  readonly file: string;
  /** @throws when it cannot be read; so do the methods of what it returns */
  open(): OpenedLedger;
}

/** All of one moment. */
export interface OpenedLedger {
  /** What is wrong with the file itself. */
  faults(): readonly FindingReason[];
  sealRows(): SealRows;
  rows(first?: number, last?: number): Iterable<LedgerRow | BareRow>;
  /** Absent: the records come as rows only. */
  readonly blocks: { readonly lastSeq: number; readonly reader: BlockReader } | undefined;
  /** Values of the records `ledger.witnessed`. */
  witnesses(): Iterable<Uint8Array>;
  close(): void;
}

/** @throws when the directory cannot be read */
export function directorySources(directory: string): readonly ReplicaSource[] {
  return listReplicas(directory).map((place) => ({
    isWriting: () => isReplicaLocked(place),
    ledgers: () => listLedgerFiles(place).map((file) => ({ ...file, open: () => openFile(file) })),
  }));
}

function openFile(place: LedgerFilePlace): OpenedLedger {
  const reader = new LedgerReader(place);
  reader.beginSnapshot();
  const isLedger = reader.hasLedgerSchema();
  const lastSeq = isLedger ? reader.lastSeq() : undefined;
  return {
    faults: () => [
      ...(isLedger ? [] : ['schema_differs' as const]),
      ...(reader.isSound() ? [] : ['index_damaged' as const]),
    ],
    sealRows: () => reader.sealRows(),
    rows: (first, last) => reader.rows(first, last),
    blocks: lastSeq === undefined ? undefined : { lastSeq, reader: reader.blocks() },
    witnesses: () => reader.valuesOfType('admin', 'ledger.witnessed'),
    close: () => reader.close(),
  };
}
