/**
 * A real Kafka for tests: one KRaft node from the jars that set-up installs, in its own folder, on its own ports, ended by its own
 * process handle. Usable by any test: `const broker = await startBroker()`, and `kafkaMissing()` for the reason to skip.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaLibDirectory } from '../../../setup/paths.mjs';
import { type ConsumedRecord, readTopic } from './consume.ts';
import { createNode, javaPath, randomId, writeNodeFiles } from './node.ts';
import { freePort } from './ports.ts';

export interface Broker {
  /** `127.0.0.1:PORT`; stays the same over restarts. */
  readonly address: string;
  /** A second listener that sends clients on to `proxy.port`, where a test puts a proxy in front of `proxy.target`. */
  readonly proxy: { readonly port: number; readonly target: number };
  readonly pid: number | undefined;
  /** SIGTERM, and waits for the end. Safe when it has ended already. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data. Resolves when it answers. */
  restart(): Promise<void>;
  /** Everything in the topic, partition by partition in offset order. */
  readAll(topic: string): Promise<readonly ConsumedRecord[]>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

export interface BrokerOptions {
  /** Lines of server.properties, over those of the harness. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** Beside those of the harness, which speak plaintext. */
  readonly listeners?: readonly {
    readonly name: string;
    readonly protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT';
    readonly port: number;
  }[];
  /** As `kafka-storage format --add-scram` takes them. */
  readonly scramUsers?: readonly string[];
  readonly jvm?: readonly string[];
}

/** Properties of a broker with access rules. What none of them names stays open to everyone. */
export const authorizer = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
};

/** Why no broker can be started here, with what to install; undefined when one can. */
export function kafkaMissing(): string | undefined {
  if (spawnSync(javaPath(), ['-version']).status !== 0) return 'no Java: install Java 17 and Maven';
  if (kafkaLibDirectory() !== undefined) return undefined;
  return 'no Kafka jars: install Java 17 and Maven; `npm test` then fetches them';
}

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const lib = kafkaLibDirectory();
  if (lib === undefined) throw new Error(kafkaMissing());
  const directory = mkdtempSync(join(tmpdir(), 'countersign-kafka-'));
  const ports = await choosePorts();
  const { port, proxy, target } = ports;
  const node = createNode(directory, lib, port, options.jvm ?? []);
  writeFiles(directory, ports, options);
  // Formatting gives the log directory a random id; hand-made ones may fall into a range that Kafka reserves.
  const users = (options.scramUsers ?? []).flatMap((user) => ['-S', user]);
  const properties = ['-c', join(directory, 'server.properties')];
  const format = ['format', '--standalone', '-g', '-t', randomId(), ...users, ...properties];
  try {
    await node.runToEnd('kafka.tools.StorageTool', format);
    await node.start();
  } catch (error) {
    await node.end('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  const address = `127.0.0.1:${port}`;
  return {
    address,
    proxy: { port: proxy, target },
    get pid() {
      return node.pid();
    },
    stop: () => node.end('SIGTERM'),
    kill: () => node.end('SIGKILL'),
    restart: () => node.start(),
    readAll: (topic) => readTopic([address], topic),
    async close() {
      await node.end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Ports {
  readonly port: number;
  readonly controller: number;
  readonly target: number;
  readonly proxy: number;
}

async function choosePorts(): Promise<Ports> {
  const port = await freePort();
  const controller = await freePort(port);
  const target = await freePort(port, controller);
  return { port, controller, target, proxy: await freePort(port, controller, target) };
}

function writeFiles(
  directory: string,
  { port, controller, target, proxy }: Ports,
  { listeners = [], properties: overrides = {} }: BrokerOptions,
): void {
  const others = listeners.map(({ name, port: at }) => `${name}://127.0.0.1:${at}`);
  const protocols = ['CONTROLLER:PLAINTEXT', 'PLAINTEXT:PLAINTEXT', 'PROXIED:PLAINTEXT'];
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      `PROXIED://127.0.0.1:${target}`,
      `CONTROLLER://127.0.0.1:${controller}`,
      ...others,
    ],
    'advertised.listeners': [`PLAINTEXT://127.0.0.1:${port}`, `PROXIED://127.0.0.1:${proxy}`, ...others],
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': [...protocols, ...listeners.map(({ name, protocol }) => `${name}:${protocol}`)],
    'log.dirs': join(directory, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    // After SIGKILL the new process waits until the session of the dead one has run out.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    ...overrides,
  };
  writeNodeFiles(directory, properties);
}
