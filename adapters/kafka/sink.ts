import { Worker } from 'node:worker_threads';
import type { KafkaConfig } from '@countersign/core/policy/config.ts';
import type { AuditSink } from '@countersign/core/ports.ts';
import type { BaseLogger } from 'pino';
import { backoffMs } from './backoff.ts';
import { createConfirmations } from './confirmations.ts';
import type { FromSinkWorker, SinkWorkerInput, ToSinkWorker } from './sink-worker.ts';
import { initialStatus, type SinkStatus } from './status.ts';

export interface KafkaSinkOptions {
  readonly config: KafkaConfig;
  /** Whose ledgers to deliver: all runs of this replica, old ones included. */
  readonly spool: SinkWorkerInput['spool'];
  readonly version: string;
  readonly onStatus: (status: SinkStatus) => void;
  readonly log: Pick<BaseLogger, 'info' | 'warn' | 'error'>;
}

/** What the worker needs after its deadline to write down where it is. */
const largestReserveMs = 500;

/**
 * Delivers the local ledgers to Kafka, in its own thread. A cluster that is down is no error here: the ledger is the durable
 * place, and delivery goes on when the cluster is back. Without a `kafka` section in the configuration nobody calls this.
 */
export function createKafkaSink(options: KafkaSinkOptions): AuditSink {
  const { log, onStatus } = options;
  const wakeFlag = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | undefined;
  let relaunch: NodeJS.Timeout | undefined;
  let crashes = 0;
  let closing = false;
  let status: SinkStatus = initialStatus;
  /** What senders that died had delivered: the count of a process never goes back. */
  let before = initialStatus.acknowledged;

  /** The ledger of the call that waits: this run's, as calls write to no other. */
  let watched: string | undefined;
  const watch = () => {
    if (worker !== undefined && watched !== undefined) post(worker, { watch: watched });
  };
  const confirmations = createConfirmations(options.config.acknowledgeWithinMs, watch);

  const post = (to: Worker, message: ToSinkWorker) => to.postMessage(message);
  const tell = (next: SinkStatus) => {
    status = next;
    onStatus(status);
  };
  const counts = () => {
    const { backlog, acknowledged, notes, drift } = status;
    return { backlog, acknowledged, notes, drift };
  };

  function launch(): Worker {
    const workerData: SinkWorkerInput = { config: options.config, spool: options.spool, wakeFlag };
    Atomics.store(wakeFlag, 0, 0);
    const started = new Worker(new URL('./sink-worker.ts', import.meta.url), {
      name: 'kafka-sink',
      workerData,
      // kafkajs computes a timeout from a time that was never set; Node takes it as 1 ms and says so on every connection.
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    });
    started.on('message', (message: FromSinkWorker) => {
      if ('log' in message) log[message.log.level](message.log.fields, message.log.message);
      else if ('mark' in message) confirmations.take(message.mark);
      else {
        if (message.status.state === 'connected') crashes = 0;
        const { records, last } = message.status.acknowledged;
        tell({ ...message.status, acknowledged: { records: before.records + records, last: last ?? before.last } });
      }
    });
    started.on('error', (error) => log.error({ err: error }, 'kafka_sender_failed'));
    started.on('exit', () => {
      worker = undefined;
      if (!closing) restartLater();
    });
    worker = started;
    watch();
    return started;
  }

  /** A sender that died has acknowledged nothing it did not verify, so a new one simply goes on where it was. */
  function restartLater(): void {
    crashes += 1;
    before = status.acknowledged;
    const detail = 'the sender thread ended by itself; it is started again';
    tell({ ...counts(), state: 'retrying', reason: 'sender_failed', detail, attempts: crashes });
    relaunch = setTimeout(launch, backoffMs(crashes, Math.random));
  }

  return {
    async start() {
      if (worker !== undefined || closing) return;
      log.info({ version: options.version, brokers: options.config.brokers }, 'kafka_sink_started');
      const started = launch();
      await new Promise<void>((resolve) => {
        started.once('online', resolve);
        started.once('exit', () => resolve());
      });
    },

    wake() {
      // Only the first call since the sender last looked costs a message; the others cost an atomic exchange.
      if (worker !== undefined && Atomics.exchange(wakeFlag, 0, 1) === 0) post(worker, 'wake');
    },

    reached(receipt) {
      // It waits for people, who do not come within seconds.
      if (status.state === 'blocked') return Promise.resolve(false);
      watched = receipt.ledger;
      return confirmations.reached(receipt);
    },

    async close(timeoutMs) {
      closing = true;
      clearTimeout(relaunch);
      const running = worker;
      if (running !== undefined) {
        const exited = new Promise<void>((resolve) => running.once('exit', () => resolve()));
        post(running, { closeWithinMs: Math.max(0, timeoutMs - Math.min(largestReserveMs, timeoutMs / 4)) });
        const deadline = setTimeout(() => void running.terminate(), timeoutMs);
        await exited;
        clearTimeout(deadline);
      }
      confirmations.close();
      tell({ ...counts(), state: 'closed' });
      log.info({ backlog: status.backlog.records }, 'kafka_sink_closed');
    },
  };
}
