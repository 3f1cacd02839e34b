/** From when on a ledger is whole, where its oldest records were pruned. */
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { epochMsOf } from '@countersign/core/ledger/time.ts';
import type { LedgerSource } from './ledger-sources.ts';

/** When the first record was written that is left behind pruned ones, there or in the ledger after it. */
export function prunedUntil(source: LedgerSource, next: LedgerSource | undefined): number | undefined {
  const opened = source.open();
  try {
    if (opened.pruned() === undefined) return undefined;
    return timeOf(opened.rows(1), 1) ?? (next && openingTime(next)) ?? Infinity;
  } finally {
    opened.close();
  }
}

function openingTime(source: LedgerSource): number | undefined {
  const opened = source.open();
  try {
    return timeOf(opened.rows(0, 0), 0);
  } finally {
    opened.close();
  }
}

/** Of the first record from that number on. */
function timeOf(rows: Iterable<{ readonly value: unknown }>, from: number): number | undefined {
  for (const { value } of rows) {
    const record = value instanceof Uint8Array ? parseStoredRecord(value) : undefined;
    if (record?.ok === true && record.value.chain.seq >= from) return epochMsOf(record.value.time);
  }
  return undefined;
}
