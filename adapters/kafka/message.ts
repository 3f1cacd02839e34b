import type { SpoolRecord } from '@countersign/core/ports.ts';

/** A Kafka message as both clients take it; the partition is always explicit, never left to a hash of the key. */
export interface SinkMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly partition: number;
  readonly headers: Record<string, string>;
}

/**
 * One record as a message: the value is the stored bytes, untouched, because they are what was hashed. Headers follow the
 * CloudEvents Kafka binding, binary content mode, text only (common tools print binary headers as nothing). They are copies for
 * routing and for people; whoever checks integrity reads the value.
 */
export function toMessage(record: SpoolRecord): SinkMessage {
  const { value, leaf } = record;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: `${record.ledger}/${record.seq}`,
    ce_type: `countersign.${record.type}`,
    ce_source: record.ledger,
    ce_time: record.time,
    'countersign-leaf': Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('base64url'),
  };
  if (record.key !== record.ledger) headers['ce_subject'] = record.key;
  return {
    key: record.key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    partition: record.partition,
    headers,
  };
}
