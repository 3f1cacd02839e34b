/** A trail of two closed ledgers of one replica, as the sink delivered it to a real broker, and changed copies of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exitCodeOf } from '@countersign/core/ledger/findings.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { noTrust } from '../../sqlite/ledger-audit.ts';
import { draft, open, replica, service } from '../../sqlite/test/ledgers.ts';
import { readTrail } from '../trail.ts';
import { auditTrail } from '../trail-audit.ts';
import { authorizer, type Broker, startBroker } from './broker.ts';
import { createTestSink, kafkaConfig } from './replica.ts';
import { messagesOf, type TrailMessage, type TrailTopic, writeTrail } from './trail-copy.ts';

export interface DeliveredTrail {
  readonly broker: Broker;
  readonly messages: readonly TrailMessage[];
  /** The older one of the two. */
  readonly firstLedger: string;
  close(): Promise<void>;
}

export const trailConfig = (broker: Broker, topicPrefix: string, own: Partial<KafkaConfig> = {}): KafkaConfig =>
  kafkaConfig({ brokers: [broker.address], topicPrefix, partitions: 3, ...own });

export async function startDeliveredTrail(): Promise<DeliveredTrail> {
  const broker = await startBroker({ properties: authorizer });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-trail-'));
  const ids: string[] = [];
  for (const run of ['a', 'b']) {
    const ledger = await open(folder, { partitions: 3 });
    ids.push(ledger.id);
    for (let n = 0; n < 20; n++) {
      const session = `${run}${n}`;
      const rest = (['payload.part', 'approval.requested', 'session.closed'] as const).map((type) =>
        draft(type, session),
      );
      await ledger.append([draft('session.opened', session)]);
      await ledger.append(rest);
    }
    await ledger.close('done');
  }
  await deliver(broker, folder, 'whole');
  const messages = await messagesOf(broker, 'whole');
  return {
    broker,
    messages,
    firstLedger: ids[0] ?? '',
    async close() {
      await broker.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** All there is, with its notes. */
export async function deliver(broker: Broker, directory: string, topicPrefix: string): Promise<void> {
  const sink = createTestSink(trailConfig(broker, topicPrefix), { directory, service, replica });
  await sink.start();
  await sink.until(({ state, backlog, notes }) => state === 'connected' && backlog.records + notes.waiting === 0);
  await sink.close(10_000);
}

export async function auditPrefix(broker: Broker, topicPrefix: string, own: Partial<KafkaConfig> = {}) {
  const trail = await readTrail(trailConfig(broker, topicPrefix, own), { onProgress: () => undefined });
  assert.ok(trail.ok, trail.ok ? '' : trail.error.detail);
  const { topics, duplicates, ledgers, expired, close } = trail.value;
  const audit = auditTrail(trail.value, () => undefined, noTrust);
  const uncovered = ledgers.map((ledger) => ledger.uncovered());
  close();
  assert.equal(audit.exitCode, exitCodeOf(audit.findings));
  const reasons = [...new Set(audit.findings.map(({ reason }) => reason))].toSorted();
  return { ...audit, topics, duplicates, uncovered, expired, reasons };
}

let copies = 0;

/** Verifies a changed copy of the whole trail. */
export async function auditCopy(
  { broker, messages }: DeliveredTrail,
  change: (messages: readonly TrailMessage[]) => readonly TrailMessage[],
  topics?: readonly TrailTopic[],
) {
  const prefix = `copy${copies++}`;
  await writeTrail(broker, prefix, change(messages), topics);
  return { prefix, ...(await auditPrefix(broker, prefix)) };
}

export const isRecord = ({ topic }: TrailMessage): boolean => topic !== 'checkpoints' && topic !== 'keys';
export const textOf = ({ value }: TrailMessage): string => value?.toString() ?? '';
