/** The reference consumer as an operator runs it, and somebody who writes into its topic on purpose. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Broker } from '@countersign/adapters/kafka/test/broker.ts';
import kafkajs from 'kafkajs';
import { consumerPythonPath } from '../../setup/paths.mjs';

export const skipWithoutConsumer =
  consumerPythonPath() === undefined
    ? 'the Python consumer is not installed: npm run test:clients does it, with Python 3 and pip'
    : false;

export interface Asked {
  readonly topic: string;
  readonly group: string;
  readonly state: string;
  readonly partition?: number;
  readonly remember?: number;
}

/** One line that it said on stderr. */
export interface Said {
  readonly finding?: string;
  readonly pseq?: number;
  readonly first_pseq?: number;
  readonly last_pseq?: number;
  readonly error?: string;
  readonly detail?: string;
  readonly summary?: Readonly<Record<string, number>>;
}

export interface Reading {
  readonly exit: number | null;
  /** Values as they were passed on. */
  readonly records: readonly string[];
  readonly findings: readonly Said[];
  readonly summary: Readonly<Record<string, number>>;
  readonly error: Said | undefined;
}

const script = fileURLToPath(new URL('countersign_consumer.py', import.meta.url));

function start(broker: Pick<Broker, 'address'>, asked: Asked, ...more: readonly string[]) {
  const python = consumerPythonPath();
  if (python === undefined) throw new Error('a test that is not skipped without the consumer');
  const { topic, group, state, partition, remember } = asked;
  const options = ['--brokers', broker.address, '--topic', topic, '--group', group, '--state', state, ...more];
  if (partition !== undefined) options.push('--partition', String(partition));
  if (remember !== undefined) options.push('--remember', String(remember));
  return spawn(python, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Reads to the end of the topic. */
export async function readToEnd(broker: Pick<Broker, 'address'>, asked: Asked): Promise<Reading> {
  const child = start(broker, asked, '--until-end');
  const [out, log, [exit]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const lines = log.split('\n').filter((line) => line !== '');
  const stray = lines.filter((line) => !line.startsWith('{'));
  if (stray.length > 0) throw new Error(stray.join('\n'));
  const said = lines.map((line): Said => JSON.parse(line));
  return {
    exit: typeof exit === 'number' ? exit : null,
    records: out.split('\n').filter((line) => line !== ''),
    findings: said.filter(({ finding }) => finding !== undefined),
    summary: said.find(({ summary }) => summary !== undefined)?.summary ?? {},
    error: said.find(({ error }) => error !== undefined),
  };
}

/** Reads until it has passed on at least so many records, and is killed there. @returns what it passed on */
export async function readAndKill(
  broker: Pick<Broker, 'address'>,
  asked: Asked,
  count: number,
): Promise<readonly string[]> {
  const child = start(broker, asked);
  const exited = once(child, 'exit');
  const records: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    records.push(line);
    if (records.length === count) child.kill('SIGKILL');
  });
  child.stderr.resume();
  await exited;
  return records;
}

export interface Message {
  readonly value: string | Buffer;
  readonly partition: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** In the order in which they are given. */
export async function write(
  broker: Pick<Broker, 'address'>,
  topic: string,
  messages: readonly Message[],
): Promise<void> {
  const { NOTHING } = kafkajs.logLevel;
  const producer = new kafkajs.Kafka({ clientId: 'test', brokers: [broker.address], logLevel: NOTHING }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    await producer.send({
      topic,
      messages: messages.map(({ headers = {}, ...one }) => ({ ...one, headers: { ...headers } })),
    });
  } finally {
    await producer.disconnect();
  }
}

/** A message as the gateway would send it. */
export function recordOf(ledger: string, pseq: number, note = ''): Message {
  const value = JSON.stringify({
    chain: { ledger, prev: '', pseq, seq: pseq + 1 },
    data: { note },
    type: 'session.closed',
  });
  const leaf = createHash('sha256').update(Uint8Array.of(0)).update(value).digest('base64url');
  return { value, partition: 0, headers: { 'countersign-leaf': leaf } };
}
