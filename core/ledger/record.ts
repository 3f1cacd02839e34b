/** JSON as records may hold it: strings, safe integers, booleans, null, arrays, objects. No floats, so no two spellings. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

export const recordTypes = [
  'ledger.opened',
  'ledger.closed',
  'ledger.degraded',
  'ledger.gap_declared',
  'ledger.witnessed',
  'ledger.pruned',
  'session.opened',
  'session.received',
  'session.held',
  'session.closed',
  'session.denied',
  'session.aborted',
  'refusals.counted',
  'payload.part',
  'payload.revealed',
  'payload.reveal_refused',
  'evidence.exported',
  'approval.requested',
  'approval.decided',
  'approval.consumed',
  'approval.expired',
  'approval.withdrawn',
  'policy.loaded',
  'policy.rejected',
  'kafka.topics_drifted',
  'key.loaded',
  'key.rejected',
  'key.rotated',
  'key.shredded',
  'key.held',
  'key.released',
] as const;
export type RecordType = (typeof recordTypes)[number];

/** A record on its way in. The ledger adds its place: ledger id, seq, prev, pseq. */
export interface RecordDraft {
  readonly type: RecordType;
  /** ULID of the exchange it belongs to. */
  readonly session?: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly data: JsonObject;
}

/** Proof that one record is durable. */
export interface Receipt {
  readonly ledger: string;
  readonly seq: number;
}

export interface LedgerError {
  /** FULL: the disk, recovers by itself. CLOSED: this run has ended. RECORD: not canonical JSON, a bug of ours. */
  readonly code: 'ERR_LEDGER_FULL' | 'ERR_LEDGER_CLOSED' | 'ERR_LEDGER_RECORD';
  readonly reason: string;
}

/** A record as stored: the exact bytes that are hashed and sent to Kafka. */
export interface StoredRecord {
  readonly type: RecordType;
  readonly session?: string;
  readonly time: string;
  readonly data: JsonObject;
  readonly chain: { readonly ledger: string; readonly prev: string; readonly pseq: number; readonly seq: number };
  readonly v: 1;
}
