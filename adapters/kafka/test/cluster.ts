/** Three nodes that are brokers and controllers, as a real cluster would lose one of them at a time. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafkaLibDirectory } from '../../../setup/paths.mjs';
import { type ConsumedRecord, readTopic } from './consume.ts';
import { createNode, type KafkaNode, randomId, writeNodeFiles } from './node.ts';
import { freePort } from './ports.ts';

export interface Cluster {
  readonly addresses: readonly string[];
  /** SIGKILL to one node, and another process in its place; resolves when every partition of every topic is whole again. */
  killAndReplace(index: number): Promise<void>;
  readAll(topic: string): Promise<readonly ConsumedRecord[]>;
  close(): Promise<void>;
}

const size = 3;
const wholeWithinMs = 120_000;

export async function startCluster(): Promise<Cluster> {
  const lib = kafkaLibDirectory();
  if (lib === undefined) throw new Error('a test that is not skipped without Kafka');
  const directory = mkdtempSync(join(tmpdir(), 'countersign-cluster-'));
  const ports: number[] = [];
  for (let count = 0; count < 2 * size; count++) ports.push(await freePort(...ports));
  const [brokers, controllers] = [ports.slice(0, size), ports.slice(size)];
  const addresses = brokers.map((port) => `127.0.0.1:${port}`);
  // Random: hand-made ids may fall into a range that Kafka reserves, which formats and then does not start.
  const initial = controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}:${randomId()}`).join(',');
  const clusterId = randomId();
  const nodes: KafkaNode[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.end('SIGKILL')));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    for (const [index, port] of brokers.entries()) {
      const folder = join(directory, String(index + 1));
      mkdirSync(folder);
      writeNodeFiles(folder, propertiesOf(index + 1, folder, port, controllers));
      const node = createNode(folder, lib, port, []);
      nodes.push(node);
      const properties = ['-c', join(folder, 'server.properties')];
      await node.runToEnd('kafka.tools.StorageTool', [
        ...['format', '-g', '-t', clusterId, '--initial-controllers', initial],
        ...properties,
      ]);
    }
    // A node serves when there is a quorum, so none of them alone.
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses,
    async killAndReplace(index) {
      const node = nodes[index];
      if (node === undefined) throw new Error(`no node ${index}`);
      await node.end('SIGKILL');
      await node.start();
      await untilWhole(addresses);
    },
    readAll: (topic) => readTopic(addresses, topic),
    close,
  };
}

function propertiesOf(id: number, folder: string, port: number, controllers: readonly number[]) {
  const bootstrap = controllers.map((each) => `127.0.0.1:${each}`);
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.bootstrap.servers': bootstrap,
    listeners: [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://${bootstrap[id - 1] ?? ''}`],
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', 'PLAINTEXT:PLAINTEXT'],
    'log.dirs': join(folder, 'data'),
    'default.replication.factor': size,
    'min.insync.replicas': 2,
    'offsets.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'controller.quorum.election.timeout.ms': 1000,
  };
}

/** Every copy in sync: killing the next node before that could take the last one. */
async function untilWhole(addresses: readonly string[]): Promise<void> {
  const { NOTHING } = kafkajs.logLevel;
  const giveUpAt = performance.now() + wholeWithinMs;
  for (;;) {
    const admin = new kafkajs.Kafka({ clientId: 'test', brokers: [...addresses], logLevel: NOTHING }).admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata();
      if (topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length)))
        return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    } finally {
      await admin.disconnect();
    }
    if (performance.now() > giveUpAt) throw new Error(`the cluster was not whole within ${wholeWithinMs} ms`);
    await sleep(200);
  }
}
