/** Records on their way from the main thread to the one that writes: serialised once, moved as one buffer, never parsed again. */
import { canonicalJson } from '@countersign/core/ledger/canonical.ts';
import type { LedgerError, RecordDraft, RecordType } from '@countersign/core/ledger/record.ts';
import { isRecordTime } from '@countersign/core/ledger/time.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';

/** A record without its place. */
export interface BatchEntry {
  readonly type: RecordType;
  readonly session: string | undefined;
  readonly time: string;
  /** The stored value after its `chain` member: `"data":{…},"session":…,"time":…,"type":…,"v":1}`. */
  readonly rest: string;
  readonly bytes: number;
}

/** Entries back to back in `buffer`, which is transferred, not copied. All arrays have one element per record. */
export interface Batch {
  readonly buffer: ArrayBuffer;
  readonly lengths: readonly number[];
  readonly types: readonly RecordType[];
  readonly sessions: readonly (string | undefined)[];
  readonly times: readonly string[];
}

/** Kafka brokers refuse messages above 1 MiB by default; a record with its headers must stay below. */
export const maxRecordBytes = 900_000;

export function toBatchEntry({ type, session, time, data }: RecordDraft): Result<BatchEntry, LedgerError> {
  if (!isRecordTime(time)) return err({ code: 'ERR_LEDGER_RECORD', reason: 'time_not_rfc3339_utc_ms' });
  const json = canonicalJson({ data, session, time, type, v: 1 });
  if (!json.ok) return json;
  const rest = json.value.slice(1);
  const bytes = Buffer.byteLength(rest);
  if (bytes > maxRecordBytes) return err({ code: 'ERR_LEDGER_RECORD', reason: 'record_too_large' });
  return ok({ type, session, time, rest, bytes });
}

export function toBatch(entries: readonly BatchEntry[]): Batch {
  const bytes = Buffer.from(new ArrayBuffer(entries.reduce((sum, entry) => sum + entry.bytes, 0)));
  let offset = 0;
  for (const { rest } of entries) offset += bytes.write(rest, offset);
  return {
    buffer: bytes.buffer,
    lengths: entries.map((entry) => entry.bytes),
    types: entries.map((entry) => entry.type),
    sessions: entries.map((entry) => entry.session),
    times: entries.map((entry) => entry.time),
  };
}
