/** What one message of the trail's topics is. Nothing but its value counts: keys and headers are copies for routing. */
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { FindingList } from '@countersign/core/ledger/finding-list.ts';
import type { Finding, FindingReason } from '@countersign/core/ledger/findings.ts';
import { isLedgerId } from '@countersign/core/ledger/ledger-id.ts';
import { parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { type Note, parseNote } from '@countersign/core/ledger/notes/note.ts';
import { parseStoredRecord } from '@countersign/core/ledger/stored-record.ts';
import { type NoteTopic, partitionOf, type Topic, topicOf } from '@countersign/core/ledger/topics.ts';
import { oneShotHash } from '../sqlite/one-shot-hash.ts';
import type { MessagePlace, TrailStore } from '../sqlite/trail-store.ts';
import { topicName } from './topics.ts';

export interface TrailMessage extends MessagePlace {
  readonly topic: Topic | NoteTopic;
  readonly value: Uint8Array | undefined;
  /** When the broker took it, by its own clock. */
  readonly atMs: number;
}

export interface TrailIntake {
  take(message: TrailMessage): void;
  /** Says of a message that nobody of us put it there. */
  report(place: Pick<TrailMessage, 'topic' | 'partition' | 'offset'>, reason: FindingReason, detail: string): void;
  /** Of messages that are nothing of ours: `ledger` is `<topic>/<partition>`, `seq` the offset. */
  findings(): { readonly found: readonly Finding[]; readonly more: number };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function createTrailIntake(store: TrailStore, topicPrefix: string): TrailIntake {
  const strays = new Map<string, FindingList>();
  const report: TrailIntake['report'] = ({ topic, partition, offset }, reason, detail) => {
    const place = `${topicName(topicPrefix, topic)}/${partition}`;
    const list = strays.get(place) ?? new FindingList(place);
    strays.set(place, list);
    list.report(reason, offset, detail);
  };
  return {
    report,
    take(message) {
      const { topic } = message;
      const fault =
        topic === 'keys' || topic === 'checkpoints'
          ? takeNote(store, topic, message)
          : takeRecord(store, topic, message);
      if (fault !== undefined) report(message, ...fault);
    },
    findings: () => ({
      found: [...strays.values()].flatMap(({ found }) => found),
      more: [...strays.values()].reduce((sum, { more }) => sum + more, 0),
    }),
  };
}

type Fault = readonly [FindingReason, string];

function takeRecord(store: TrailStore, topic: Topic, { partition, offset, value }: TrailMessage): Fault | undefined {
  if (value === undefined) return ['not_a_record', 'it has no value'];
  const parsed = parseStoredRecord(value);
  if (!parsed.ok) return [parsed.error, 'it belongs to no ledger'];
  const { type, chain } = parsed.value;
  if (!isLedgerId(chain.ledger)) return ['not_a_record', 'it names no ledger'];
  if (topicOf(type) !== topic) return ['not_a_record', `${type} belongs into ${topicOf(type)}`];
  // Of a topic that is not spread any number of partitions gives the one; the others are known when the ledger is.
  const only = partitionOf(chain.ledger, topic, 1);
  const isSpread = topic === 'events' || topic === 'payloads';
  if (!isSpread && partition !== only) return ['not_a_record', `a record of ${topic} belongs into partition ${only}`];
  const { ledger, seq } = chain;
  store.addRecord({ ledger, topic, partition, offset, seq, type, leaf: leafOf(oneShotHash, value), value });
  return undefined;
}

function takeNote(
  store: TrailStore,
  topic: NoteTopic,
  { partition, offset, value, atMs }: TrailMessage,
): Fault | undefined {
  const text = value && textOf(value);
  const note = parseNote(text);
  if (text === undefined || note === undefined) return ['not_a_record', 'it is no signed note'];
  if (partition !== 0) return ['not_a_record', 'a note belongs into partition 0'];
  if (topic === 'keys') return takeCertificate(store, text, note);
  const checkpoint = parseCheckpoint(note);
  if (checkpoint === undefined || !isLedgerId(checkpoint.ledger)) return ['not_a_record', 'it is no checkpoint'];
  store.addCheckpoint({ ledger: checkpoint.ledger, size: checkpoint.size, note: text, offset, atMs });
  return undefined;
}

function takeCertificate(store: TrailStore, text: string, note: Note): Fault | undefined {
  const certificate = parseCertificate(oneShotHash, note);
  if (certificate === undefined || !isLedgerId(certificate.ledger)) return ['not_a_record', 'it is no certificate'];
  store.addCertificate(certificate.ledger, text);
  return undefined;
}

function textOf(value: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(value);
  } catch {
    return undefined;
  }
}
