/**
 * The sender's own thread: kafkajs checksums and copies every byte in JavaScript, and the spool is read synchronously. Neither
 * may hold up a call.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import { systemClock } from '../process/system.ts';
import { openHostSpool } from '../sqlite/host-spool.ts';
import { connectBroker } from './broker-link.ts';
import { clients } from './clients.ts';
import type { Mark } from './confirmations.ts';
import { deliver } from './deliver.ts';
import { createLifecycle } from './lifecycle.ts';
import { createReporter, type LogEntry } from './reporter.ts';
import { createSecurity } from './security.ts';
import type { SinkStatus } from './status.ts';

export interface SinkWorkerInput {
  readonly config: KafkaConfig;
  readonly spool: { readonly directory: string; readonly service: string; readonly replica: string };
  /** One shared 32-bit flag: 1 while a wake message is on its way, so that a busy service posts one, not thousands. */
  readonly wakeFlag: Int32Array<SharedArrayBuffer>;
}
/** `watch`: say from now on how far the newest ledger is acknowledged, beginning at once. */
export type ToSinkWorker = 'wake' | { readonly watch: string } | { readonly closeWithinMs: number };
export type FromSinkWorker = { readonly status: SinkStatus } | { readonly mark: Mark } | { readonly log: LogEntry };

if (parentPort === null) throw new Error('sink-worker.ts runs as a worker thread');
await run(parentPort, workerData);

async function run(port: NonNullable<typeof parentPort>, { config, spool: place, wakeFlag }: SinkWorkerInput) {
  const post = (message: FromSinkWorker) => port.postMessage(message);
  const spool = openHostSpool({
    place,
    clock: systemClock,
    onTrouble(replica, error) {
      const reason = error instanceof Error ? error.message : String(error);
      post({ log: { level: 'error', message: 'kafka_dead_replica_unreadable', fields: { replica, reason } } });
    },
  });
  const lifecycle = createLifecycle();
  const { report, flush } = createReporter({
    spool,
    topicPrefix: config.topicPrefix,
    onStatus: (status) => post({ status }),
    onLog: (log) => post({ log }),
  });
  let watched: string | undefined;
  const tellMark = () => {
    if (watched !== undefined) post({ mark: { ledger: watched, seq: spool.waitingFrom(watched) } });
  };
  port.on('message', (message: ToSinkWorker) => {
    if (message === 'wake') {
      // Before the spool is read: what becomes durable from here on sends a message of its own.
      Atomics.store(wakeFlag, 0, 0);
      lifecycle.wake();
      return;
    }
    if ('watch' in message) {
      watched = message.watch;
      tellMark();
      return;
    }
    spool.drain();
    lifecycle.drain();
    if (spool.backlog().records === 0 && spool.waitingNotes() === 0) lifecycle.stop();
    setTimeout(() => lifecycle.stop(), message.closeWithinMs).unref();
  });
  const readSecurity = createSecurity(config, systemClock);
  const open = await clients[config.client]();
  flush();
  await deliver({
    spool,
    lifecycle,
    report: {
      ...report,
      acknowledged(records, baseOffset) {
        report.acknowledged(records, baseOffset);
        tellMark();
      },
    },
    random: Math.random,
    connect: (onLost) => connectBroker(config, open, readSecurity, onLost),
  });
  flush();
  spool.close();
  // A client that was thrown away may still hold timers.
  process.exit(0);
}
