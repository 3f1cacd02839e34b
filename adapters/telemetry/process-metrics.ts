/** What every process on the data path counts besides its own work: policy, ledger, delivery, TLS. */
import { statSync } from 'node:fs';
import type { SinkStatus } from '../kafka/status.ts';
import type { PeerFault } from '../listen/refused-peers.ts';
import type { LedgerState } from '../sqlite/ledger.ts';
import type { HistogramCell } from './histogram.ts';
import { type Metrics, secondsBuckets } from './metrics.ts';

export interface PolicyMetrics {
  /** The revision now in force, and its number of rules. */
  inForce(revision: string, rules: number): void;
  reloaded(ok: boolean): void;
}

export function policyMetrics(metrics: Metrics): PolicyMetrics {
  const info = metrics.gauge('countersign_policy_info', 'Revision of the policy in force, always 1', ['revision']);
  const rules = metrics.gauge('countersign_policy_rules', 'Rules of the policy in force');
  const reloads = metrics.counter('countersign_policy_reloads_total', 'Changed policies, by result', ['result']);
  for (const result of ['loaded', 'rejected']) reloads.inc({ result }, 0);
  return {
    inForce(revision, count) {
      info.reset();
      info.set({ revision }, 1);
      rules.set(count);
    },
    reloaded: (ok) => reloads.inc({ result: ok ? 'loaded' : 'rejected' }),
  };
}

export interface LedgerMetrics {
  readonly appendSeconds: HistogramCell;
  readonly batchRecords: HistogramCell;
  readonly waiting: { inc(records: number): void; dec(records: number): void };
  readonly refused: { inc(): void };
  /** A checkpoint went to every anchor, or not to all of them. */
  anchored(ok: boolean): void;
  /** Records went that Kafka has. */
  pruned(slice: { readonly records: number; readonly bytes: number }): void;
  /** Once it is open. */
  watch(ledger: { readonly file: string; state(): LedgerState }): void;
}

export function ledgerMetrics(metrics: Metrics): LedgerMetrics {
  const anchored = metrics.counter('countersign_ledger_anchored_total', 'Checkpoints sent to anchors, by result', [
    'result',
  ]);
  const prunedRecords = metrics.counter(
    'countersign_ledger_pruned_records_total',
    'Records removed here that Kafka has',
  );
  const prunedBytes = metrics.counter('countersign_ledger_pruned_bytes_total', 'Bytes of those records');
  return {
    pruned({ records, bytes }) {
      prunedRecords.inc(records);
      prunedBytes.inc(bytes);
    },
    anchored: (ok) => anchored.inc({ result: ok ? 'kept' : 'failed' }),
    appendSeconds: metrics
      .histogram({
        name: 'countersign_ledger_append_duration_seconds',
        help: 'From the append of records to their being durable',
        labels: [],
        buckets: secondsBuckets,
      })
      .cell(),
    batchRecords: metrics
      .histogram({
        name: 'countersign_ledger_batch_records',
        help: 'Records of one durable commit',
        labels: [],
        buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024],
      })
      .cell(),
    waiting: metrics.gauge('countersign_ledger_waiting_records', 'Records that are not durable yet'),
    refused: metrics.counter('countersign_ledger_refused_appends_total', 'Appends that were refused'),
    watch(ledger) {
      metrics.gauge('countersign_ledger_state', 'State of the ledger: 1 at the one it is in', ['state'], (gauge) => {
        for (const state of ['writing', 'full', 'closed'] as const)
          gauge.set({ state }, ledger.state() === state ? 1 : 0);
      });
      metrics.gauge('countersign_ledger_file_bytes', 'Size of the file of this run, with its WAL', [], (gauge) =>
        gauge.set(sizeOf(ledger.file) + sizeOf(`${ledger.file}-wal`)),
      );
    },
  };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** For a process that delivers to Kafka. */
export function deliveryMetrics(metrics: Metrics, now: () => number): (status: SinkStatus) => void {
  let latest: SinkStatus | undefined;
  const states = ['connecting', 'connected', 'retrying', 'blocked', 'closed'] as const;
  metrics.gauge('countersign_kafka_state', 'State of delivery: 1 at the one it is in', ['state'], (gauge) => {
    for (const state of states) gauge.set({ state }, latest?.state === state ? 1 : 0);
  });
  metrics.gauge('countersign_kafka_backlog_records', 'Records that no broker has acknowledged', [], (gauge) =>
    gauge.set(latest?.backlog.records ?? 0),
  );
  metrics.gauge(
    'countersign_kafka_oldest_record_age_seconds',
    'Age of the oldest of them; 0: there is none',
    [],
    (gauge) => {
      const oldest = latest?.backlog.oldest;
      gauge.set(oldest === undefined ? 0 : Math.max(0, (now() - Date.parse(oldest)) / 1000));
    },
  );
  metrics.gauge(
    'countersign_kafka_acknowledged_records',
    'Records acknowledged since this process began',
    [],
    (gauge) => gauge.set(latest?.acknowledged.records ?? 0),
  );
  metrics.gauge(
    'countersign_kafka_waiting_notes',
    'Certificates and checkpoints that no broker has acknowledged',
    [],
    (gauge) => gauge.set(latest?.notes.waiting ?? 0),
  );
  return (status) => {
    latest = status;
  };
}

export interface TlsMetrics {
  refused(fault: PeerFault): void;
  reloaded(ok: boolean): void;
  /** When the certificate in use ends, in milliseconds since the epoch. */
  expires(notAfterMs: number): void;
}

export function tlsMetrics(metrics: Metrics): TlsMetrics {
  const refused = metrics.counter('countersign_tls_refused_total', 'Connections that were not taken, by reason', [
    'reason',
  ]);
  const reloads = metrics.counter('countersign_tls_reloads_total', 'Changed TLS files, by result', ['result']);
  for (const result of ['loaded', 'rejected']) reloads.inc({ result }, 0);
  const expiry = metrics.gauge(
    'countersign_tls_certificate_expiry_timestamp_seconds',
    'When the certificate in use ends; 0: no TLS',
  );
  return {
    refused: (reason) => refused.inc({ reason }),
    reloaded: (ok) => reloads.inc({ result: ok ? 'loaded' : 'rejected' }),
    expires: (notAfterMs) => expiry.set(notAfterMs / 1000),
  };
}
