import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { SpoolMessage, SpoolRecord } from '@countersign/core/ports.ts';

/** A Kafka message as kafkajs takes it; the partition is always explicit, never left to a hash of the key. */
export interface SinkMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
  readonly headers: Record<string, string>;
}

/**
 * A record or a note as a message: the value is the stored bytes, untouched, because they are what was hashed or signed. Headers follow
 * the CloudEvents Kafka binding, binary content mode, text only (common tools print binary headers as nothing). They are copies for
 * routing and for people; whoever checks integrity reads the value.
 */
export function toMessage(message: SpoolMessage): SinkMessage {
  const { key, value, partition } = message;
  return {
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    partition,
    headers: 'leaf' in message ? recordHeaders(message) : noteHeaders(message),
  };
}

function recordHeaders({ ledger, seq, type, time, key, leaf }: SpoolRecord): Record<string, string> {
  return {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: `${ledger}/${seq}`,
    ce_type: `countersign.${type}`,
    ce_source: ledger,
    ce_time: time,
    'countersign-leaf': Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('base64url'),
    ...(key === ledger ? {} : { ce_subject: key }),
  };
}

/** No `ce_time`: a checkpoint says nothing of time, and the broker's own is beside it. */
function noteHeaders({ ledger, topic, size }: SpoolNote): Record<string, string> {
  const isCertificate = topic === 'keys';
  return {
    'content-type': 'text/plain; charset=utf-8',
    ce_specversion: '1.0',
    ce_id: isCertificate ? `${ledger}/certificate` : `${ledger}/checkpoint/${size}`,
    ce_type: `countersign.${isCertificate ? 'certificate' : 'checkpoint'}`,
    ce_source: ledger,
  };
}
