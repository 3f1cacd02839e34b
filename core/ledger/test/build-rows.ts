/** A ledger in memory, as a writer would have written it. */

import { toBase64Url } from '../../base64.ts';
import type { Hash } from '../../ports.ts';
import { canonicalJson } from '../canonical.ts';
import { chainHead, firstPrev, leafOf, type Place } from '../chain.ts';
import { openingData, type PreviousLedger } from '../opening.ts';
import type { JsonObject, RecordDraft } from '../record.ts';
import type { LedgerRow } from '../row.ts';
import { partitionOf, topicOf } from '../topics.ts';

export type BuiltRow = LedgerRow & { readonly seq: number; readonly value: Uint8Array; readonly leaf: Uint8Array };

export const time = '2026-01-02T03:04:05.678Z';
export const partitions = 4;

export function opened(previous: PreviousLedger | null): RecordDraft {
  const writer = { service: 'proc-service', replica: 'p1', version: '0.1.0', pid: 1 };
  return { type: 'ledger.opened', time, data: openingData({ previous, partitions }, writer) };
}

export const closed: RecordDraft = { type: 'ledger.closed', time, data: { reason: 'sigterm' } };

export function session(type: RecordDraft['type'], id: string, data: JsonObject = {}): RecordDraft {
  return { type, session: id, time, data };
}

export function buildRows(hash: Hash, ledger: string, drafts: readonly RecordDraft[]): readonly BuiltRow[] {
  const lanes = new Map<string, number>();
  let prev = firstPrev;
  return drafts.map((draft, seq) => {
    const topic = topicOf(draft.type);
    const pseq = lanes.get(topic) ?? 0;
    lanes.set(topic, pseq + 1);
    const row = buildRow(hash, { ledger, prev, pseq, seq }, draft);
    prev = toBase64Url(row.leaf);
    return row;
  });
}

/** One row whose columns all agree with its value, wherever it claims to be. */
export function buildRow(hash: Hash, place: Place, draft: RecordDraft): BuiltRow {
  const { type, session: id, time: at, data } = draft;
  const json = canonicalJson({ data, session: id, time: at, type, v: 1 });
  if (!json.ok) throw new Error(json.error.reason);
  const value = new TextEncoder().encode(chainHead(place) + json.value.slice(1));
  const topic = topicOf(type);
  const partition = partitionOf(place.ledger, topic, partitions);
  const leaf = leafOf(hash, value);
  return { seq: place.seq, type, session: id ?? null, time: at, topic, partition, pseq: place.pseq, value, leaf };
}
