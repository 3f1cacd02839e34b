/** `data` of `ledger.opened`: who writes, and after which ledger of the same replica. */
import type { Json, JsonObject, StoredRecord } from './record.ts';
import { isObject } from './stored-record.ts';

export interface PreviousLedger {
  readonly ledger: string;
  readonly records: number;
  /** Base64url of the root of its tree: it fixes every record. */
  readonly root: string;
}

export interface Opening {
  /** Null: this is the first ledger of its replica. */
  readonly previous: PreviousLedger | null;
  /** Partitions of a spread topic. */
  readonly partitions: number;
}

/** `ledger.opened` as a writer puts it: no host name and no path, which say nothing to an auditor and something to an attacker. */
export function openingData(
  opening: Opening,
  writer: { readonly service: string; readonly replica: string; readonly version: string; readonly pid: number },
): JsonObject {
  const { previous, partitions } = opening;
  return { ...writer, partitions, previous: previous && { ...previous } };
}

/** @returns undefined when the record is not a `ledger.opened` with the members of one */
export function parseOpening({ type, data }: Pick<StoredRecord, 'type' | 'data'>): Opening | undefined {
  const { previous, partitions } = data;
  if (type !== 'ledger.opened' || typeof partitions !== 'number' || partitions < 1) return undefined;
  if (previous === null) return { previous, partitions };
  const named = parsePrevious(previous);
  return named && { previous: named, partitions };
}

function parsePrevious(previous: Json | undefined): PreviousLedger | undefined {
  if (!isObject(previous)) return undefined;
  const { ledger, records, root } = previous;
  if (typeof ledger !== 'string' || typeof records !== 'number' || typeof root !== 'string') return undefined;
  return { ledger, records, root };
}
