import { parsePayloadPart } from '@countersign/core/ledger/payload.ts';
import type { JsonObject, StoredRecord } from '@countersign/core/ledger/record.ts';
import type { PlacedRecord, SessionDocument } from '@countersign/core/ledger/session-document.ts';
import type { SealedBox } from '@countersign/core/ports.ts';

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

function recordJson({ ledger, seq, record }: PlacedRecord): JsonObject {
  const { time, type } = record;
  return { ledger, seq, time, type, data: shownData(record) };
}

/** A sealed box says nothing to a reader; its size does. */
function shownData(record: StoredRecord): JsonObject {
  const part = parsePayloadPart(record);
  if (part === undefined) return record.data;
  const shown = ({ key, box }: SealedBox): JsonObject => ({
    key,
    sealed: `${Buffer.byteLength(box, 'base64url')} bytes`,
  });
  return { ...record.data, copy: shown(part.copy), patch: part.patch && shown(part.patch) };
}
