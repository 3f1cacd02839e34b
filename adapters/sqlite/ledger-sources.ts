/** Where a verifier takes ledgers from: files as their writers made them, or a bundle (bundle-sources.ts). */
import type { FindingReason } from '@countersign/core/ledger/findings.ts';
import type { RecordType } from '@countersign/core/ledger/record.ts';
import type { BareRow, LedgerRow } from '@countersign/core/ledger/row.ts';
import type { SealRows } from '@countersign/core/ledger/seal.ts';
import { BlockInspector } from './block-inspection.ts';
import { type InspectedBlock, inspectBlocks } from './block-stream.ts';
import type { ThreadsOnDemand } from './block-threads.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';
import { isReplicaLocked } from './replica-lock.ts';

export interface ReplicaSource {
  /** Whether a process writes as this replica now; undefined: that cannot be told from here. */
  isWriting(): boolean | undefined;
  /** Oldest first. */
  ledgers(): readonly LedgerSource[];
}

export interface LedgerSource {
  readonly id: string;
  readonly file: string;
  /**
   * @param threads that may read ahead
   * @throws when it cannot be read; so do the methods of what it returns
   */
  open(threads?: ThreadsOnDemand): OpenedLedger;
}

/** All of one moment. */
export interface OpenedLedger {
  /** What is wrong with the file itself. Asked last, as it may still be looked at. */
  faults(): readonly FindingReason[];
  sealRows(): SealRows;
  rows(first?: number, last?: number): Iterable<LedgerRow | BareRow>;
  /** What stands in the place of pruned records, as it was found; undefined: nothing does. */
  pruned(): unknown;
  /** Of the records from that one on, for a ledger of so many partitions. Absent: they come as rows only. */
  readonly blocks: ((partitions: number, first: number) => Iterable<InspectedBlock>) | undefined;
  /** Values of the records that say something of other records: `ledger.witnessed`, `ledger.pruned`. */
  witnesses(): Iterable<Uint8Array>;
  /** Values of the records of these types, in their order. */
  ofTypes(types: readonly RecordType[]): Iterable<Uint8Array>;
  close(): void;
}

/** Types of records that say something of other records. */
export const witnessTypes = ['ledger.witnessed', 'ledger.pruned'] as const satisfies readonly RecordType[];

/** @throws when the directory cannot be read */
export function directorySources(directory: string): readonly ReplicaSource[] {
  return listReplicas(directory).map((place) => ({
    isWriting: () => isReplicaLocked(place),
    ledgers: () => listLedgerFiles(place).map((file) => ({ ...file, open: (threads) => openFile(file, threads) })),
  }));
}

function openFile(place: LedgerFilePlace, onDemand?: ThreadsOnDemand): OpenedLedger {
  const { file, id: ledger } = place;
  const reader = new LedgerReader(place);
  reader.beginSnapshot();
  const isLedger = reader.hasLedgerSchema();
  const last = isLedger ? reader.lastSeq() : undefined;
  const threads = last === undefined ? undefined : onDemand?.for(last);
  let soundness = threads?.soundness(file);
  const isSound = (): boolean => {
    const answer = soundness?.();
    soundness = undefined;
    return answer ?? reader.isSound();
  };
  return {
    faults: () => [...(isLedger ? [] : ['schema_differs' as const]), ...(isSound() ? [] : ['index_damaged' as const])],
    sealRows: () => reader.sealRows(),
    rows: (first, end) => reader.rows(first, end),
    blocks:
      last === undefined
        ? undefined
        : (partitions, first) =>
            threads?.inspect({ file, ledger, partitions, first, last }) ??
            inspectBlocks(reader.blocks(), new BlockInspector(ledger, partitions), first, last),
    pruned: () => reader.pruned(),
    witnesses: () => reader.valuesOfType('admin', witnessTypes),
    ofTypes: (types) => reader.valuesOfTypes(types),
    close() {
      soundness?.(); // the thread's next answer is to somebody else
      reader.close();
    },
  };
}
