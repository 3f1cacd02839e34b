/** `data` of `ledger.pruned`: written before records are removed, so that what is gone without a word is a gap. ADR 0035. */
import { fromBase64Url } from '../base64.ts';
import { replicaOf } from './ledger-id.ts';
import type { JsonObject, StoredRecord } from './record.ts';

/** Up to where a ledger may be pruned: the size and root of one of its checkpoints. */
export interface Pruning {
  readonly ledger: string;
  readonly size: number;
  /** Base64url. */
  readonly root: string;
}

const rootBytes = 32;

export const pruningData = ({ ledger, size, root }: Pruning): JsonObject => ({ ledger, root, size });

/** @returns undefined when the record is of another type, or cannot be read */
export function parsePruning({ type, data }: Pick<StoredRecord, 'type' | 'data'>): Pruning | undefined {
  const { ledger, size, root } = data;
  if (type !== 'ledger.pruned' || typeof ledger !== 'string' || typeof size !== 'number') return undefined;
  if (size < 1 || typeof root !== 'string' || fromBase64Url(root)?.length !== rootBytes) return undefined;
  return { ledger, size, root };
}

/**
 * Whether what a record of `by` says of `ledger` counts: a replica prunes its own ledgers only, those of before and the one that it writes.
 */
export function mayPrune(by: string, ledger: string): boolean {
  return replicaOf(by) === replicaOf(ledger) && by >= ledger;
}
