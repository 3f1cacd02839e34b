/** One replica of a service in a test: its real ledger in a folder of its own, and sinks that deliver it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Receipt, RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import type { AuditSink } from '@countersign/core/ports.ts';
import { ulid } from 'ulid';
import { ledgerKeyForTests } from '../../keys/test/ledger-key.ts';
import { type OpenLedger, openLedger } from '../../sqlite/ledger.ts';
import { createKafkaSink } from '../sink.ts';
import { initialStatus, type SinkStatus } from '../status.ts';
import type { Broker } from './broker.ts';

const inClear = { tls: undefined, sasl: undefined };

/** The section `kafka` as an operator who writes only this would have it. */
export function kafkaConfig(own: Partial<KafkaConfig>): KafkaConfig {
  return {
    client: 'kafkajs',
    brokers: [],
    clientId: 'countersign',
    topicPrefix: 'countersign',
    partitions: 1,
    retentionMs: 86_400_000,
    acknowledgeWithinMs: 10_000,
    ...inClear,
    ...own,
  };
}

const silent = { info() {}, warn() {}, error() {} };

export interface TestSink extends AuditSink {
  readonly statuses: readonly SinkStatus[];
  status(): SinkStatus;
  /** Resolves with the first status, past ones included, for which `holds` is true. */
  until(holds: (status: SinkStatus) => boolean): Promise<SinkStatus>;
}

export interface Replica {
  readonly ledger: OpenLedger;
  readonly config: KafkaConfig;
  readonly spool: { readonly directory: string; readonly service: string; readonly replica: string };
  append(count: number): Promise<void>;
  /** One record; where it is. */
  appendOne(): Promise<Receipt>;
  appendDrafts(drafts: readonly RecordDraft[]): Promise<void>;
  /** A running sink; records appended from now on wake it. */
  startSink(): Promise<TestSink>;
  /** Whether the ledger is wholly in Kafka, in order; see `compare`. @returns how many records came twice */
  verifyDelivery(broker: Pick<Broker, 'readAll'>): Promise<number>;
}

/** @param prefix of the topics, so that tests that share a broker do not meet */
export async function createReplica(
  t: { after(cleanUp: () => Promise<void>): void },
  broker: Pick<Broker, 'address'>,
  prefix: string,
  own: Partial<KafkaConfig> = {},
): Promise<Replica> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-sink-'));
  const spool = { directory, service: 'proc-service', replica: 'replica-0' };
  const config = kafkaConfig({ brokers: [broker.address], topicPrefix: prefix, partitions: 3, ...own });
  const sinks: TestSink[] = [];
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const ledger = await openLedger({
    ...spool,
    clock,
    ids: { ulid: () => ulid() },
    partitions: config.partitions,
    version: 'test',
    keys: ledgerKeyForTests,
    onFatal: (error) => assert.fail(error),
    onDurable: () => sinks.at(-1)?.wake(),
    log: silent,
  });
  t.after(async () => {
    for (const sink of sinks) await sink.close(0);
    await ledger.close('test');
    rmSync(directory, { recursive: true, force: true });
  });

  const appendDrafts = async (drafts: readonly RecordDraft[]) => {
    const receipts = await ledger.append(drafts);
    assert.equal(receipts.ok, true);
  };
  return {
    ledger,
    config,
    spool,
    appendDrafts,
    append: (count) => appendDrafts(Array.from({ length: count }, (_, index) => draftOf(index))),
    async appendOne() {
      const receipts = await ledger.append([draftOf(0)]);
      const [receipt] = receipts.ok ? receipts.value : [];
      assert.ok(receipt);
      return receipt;
    },
    async startSink() {
      const sink = createTestSink(config, spool);
      sinks.push(sink);
      await sink.start();
      return sink;
    },
    verifyDelivery: (from) => compare(ledger.file, from, prefix),
  };
}

/** As `verifyDelivery`; a broker that is too busy to answer in time is asked again, and what it had written then is there twice. */
export async function deliveredOnce(replica: Replica, { statuses }: TestSink, broker: Broker): Promise<void> {
  const duplicates = await replica.verifyDelivery(broker);
  if (!statuses.some(({ state }) => state === 'retrying')) assert.equal(duplicates, 0);
}

export function createTestSink(config: KafkaConfig, spool: Replica['spool']): TestSink {
  const statuses: SinkStatus[] = [];
  const waiting = new Set<() => void>();
  const onStatus = (status: SinkStatus) => {
    statuses.push(status);
    for (const look of waiting) look();
  };
  const sink = createKafkaSink({ config, spool, version: 'test', onStatus, log: silent });
  return {
    ...sink,
    statuses,
    status: () => statuses.at(-1) ?? initialStatus,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          const found = statuses.find(holds);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

const draftTypes = ['session.opened', 'payload.part', 'session.closed', 'approval.requested', 'policy.loaded'] as const;

function draftOf(index: number): RecordDraft {
  const type = draftTypes[index % draftTypes.length] ?? 'session.closed';
  const data = { note: `record ${index} · Zoë`, pad: 'x'.repeat(100 + (index % 7) * 150) };
  const draft = { type, time: isoTime(Date.now()), data };
  return type === 'policy.loaded' ? draft : { ...draft, session: ulid() };
}

/**
 * Compares every stored record with what a reader of one partition sees. Asserts: bytes, key and headers are exact; first
 * occurrences are in order and without a gap, per topic and partition; what comes again is the same whole record.
 */
async function compare(file: string, broker: Pick<Broker, 'readAll'>, prefix: string): Promise<number> {
  const stored = readStored(file);
  let duplicates = 0;
  for (const topic of new Set(stored.map((row) => row.topic))) {
    const expected = stored.filter((row) => row.topic === topic);
    const firsts = new Map<string, unknown>();
    for (const { partition, key, value, headers } of await broker.readAll(`${prefix}.${topic}.v1`)) {
      const seen = { partition, key, value: value.toString(), headers };
      const id = headers['ce_id'] ?? '';
      if (firsts.has(id)) {
        assert.deepEqual(seen, firsts.get(id), `${id} came twice, and differently`);
        duplicates += 1;
      } else firsts.set(id, seen);
    }
    assert.deepEqual(
      [...firsts.values()],
      expected.map((row) => row.seen),
      `topic ${topic}: all records, once, in order`,
    );
    assert.deepEqual(
      expected.map((row) => row.pseq),
      expected.map((_, index) => index),
      `topic ${topic}: pseq counts from 0 without a gap`,
    );
  }
  return duplicates;
}

/** The ledger file as it lies on disk, read without our own code, in the shape a Kafka reader should see. */
function readStored(file: string) {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db
    .prepare('SELECT topic, "partition", pseq, leaf, CAST(value AS TEXT) AS value FROM record ORDER BY seq')
    .all();
  db.close();
  return rows.map(({ topic, partition, leaf, value, pseq }) => {
    assert.ok(typeof topic === 'string' && typeof value === 'string' && leaf instanceof Uint8Array);
    const { type, session, time, chain } = JSON.parse(value);
    assert.equal(chain.pseq, pseq);
    const headers = {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: `${chain.ledger}/${chain.seq}`,
      ce_type: `countersign.${type}`,
      ce_source: chain.ledger,
      ce_time: time,
      'countersign-leaf': Buffer.from(leaf).toString('base64url'),
      ...(session === undefined ? {} : { ce_subject: session }),
    };
    return { topic, pseq, seen: { partition, key: session ?? chain.ledger, value, headers } };
  });
}
