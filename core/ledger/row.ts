import type { StoredRecord } from './record.ts';
import { partitionOf, topicOf } from './topics.ts';

/**
 * A row of a ledger file as it was found. `value` is the record; the others are copies for searching. All of them may be
 * anything at all in a file that was tampered with.
 */
export interface LedgerRow {
  readonly seq: unknown;
  readonly type: unknown;
  readonly session: unknown;
  readonly time: unknown;
  readonly topic: unknown;
  readonly partition: unknown;
  readonly pseq: unknown;
  readonly value: unknown;
  readonly leaf: unknown;
}

/** A row of a bundle, which has no copies and no leaf beside the record. */
export interface BareRow {
  readonly value: unknown;
}

/** The names of the columns that do not say what the record says. `leaf` is not among them: the chain looks at it. */
export function differingColumns(
  row: LedgerRow,
  record: StoredRecord,
  writer: { readonly ledger: string; readonly partitions: number | undefined },
): readonly string[] {
  const { type, session, time, chain } = record;
  const { ledger, partitions } = writer;
  const topic = topicOf(type);
  const partition = partitions === undefined ? row.partition : partitionOf(ledger, topic, partitions);
  const same = {
    seq: row.seq === chain.seq,
    type: row.type === type,
    session: row.session === (session ?? null),
    time: row.time === time,
    topic: row.topic === topic,
    partition: row.partition === partition,
    pseq: row.pseq === chain.pseq,
  } satisfies Partial<Record<keyof LedgerRow, boolean>>;
  return Object.entries(same).flatMap(([name, isSame]) => (isSame ? [] : [name]));
}
