import { parsePayloadPart } from '@countersign/core/ledger/payload.ts';
import type { JsonObject, StoredRecord } from '@countersign/core/ledger/record.ts';
import type { PlacedRecord, SessionDocument } from '@countersign/core/ledger/session-document.ts';
import type { OpenedPayload } from './payload.ts';

/** One document per session. */
export function sessionJson({ session, state, facts, digests, approvals, records }: SessionDocument): JsonObject {
  return {
    session,
    state,
    ...facts,
    digests,
    approvals: approvals.map(recordJson),
    records: records.map(recordJson),
  };
}

/** Text where the bytes are UTF-8, base64 where not. */
export function payloadJson(payloads: readonly OpenedPayload[]): JsonObject {
  return Object.fromEntries(
    payloads.map(({ direction, bytes, faults }) => [
      direction,
      { ...textOrBase64(bytes), bytes: bytes.length, faults },
    ]),
  );
}

function textOrBase64(bytes: Uint8Array): JsonObject {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

function recordJson({ ledger, seq, record }: PlacedRecord): JsonObject {
  const { time, type } = record;
  return { ledger, seq, time, type, data: shownData(record) };
}

/** A sealed box says nothing to a reader; its size does. */
function shownData(record: StoredRecord): JsonObject {
  const part = parsePayloadPart(record);
  return part === undefined ? record.data : { ...record.data, sealed: `${part.box.length} bytes` };
}
