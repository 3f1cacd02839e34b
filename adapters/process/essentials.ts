/** What both services on the data path need before they can serve: configuration, policy, keys, ledger, and a sink if asked for. */

import { existsSync } from 'node:fs';
import type { PeerNotes } from '@countersign/core/ledger/witness.ts';
import {
  type Configuration,
  type Diagnostic,
  defaultPartitions,
  type KafkaConfig,
} from '@countersign/core/policy/config.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import type { Ledger, Replication } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';
import { anchoredPeers } from '../anchor/anchored-peers.ts';
import { openAnchors } from '../anchor/open.ts';
import { openConfigDirectory, type PolicySource } from '../files/config-directory.ts';
import { createSecurity } from '../kafka/security.ts';
import { createKafkaSink } from '../kafka/sink.ts';
import type { SinkStatus } from '../kafka/status.ts';
import { type KeyFile, loadKey } from '../keys/key-file.ts';
import { createLedgerKey } from '../keys/ledger-key.ts';
import { type LedgerState, openLedger } from '../sqlite/ledger.ts';
import { peerCheckpoints } from '../sqlite/peer-checkpoints.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { deliveryMetrics, ledgerMetrics, type PolicyMetrics, policyMetrics } from '../telemetry/process-metrics.ts';
import { startClosingDead } from './close-dead.ts';
import { measured } from './measured-ledger.ts';
import { createPolicyPorts } from './policy-ports.ts';
import { startPruning } from './prune.ts';
import { recordDrift } from './record-drift.ts';
import { recordPolicies } from './record-policy.ts';
import type { ServiceArguments } from './service-arguments.ts';
import { createIds, systemClock, systemTimers } from './system.ts';
import { version } from './version.ts';
import { startWitness } from './witness.ts';

export interface Essentials {
  readonly source: PolicySource;
  readonly ledger: Ledger;
  /** Without Kafka nothing is ever there: a policy that asks for it does not load, and would refuse every call. */
  readonly replication: Replication;
  readonly ledgerState: () => LedgerState;
  readonly keys: {
    readonly handOff: KeyFile;
    readonly digest: KeyFile;
    /** Absent where no profile needs it: one that does would not have loaded. */
    readonly masking: KeyFile | undefined;
  };
  /** Sink flushed, ledger closed, watcher ended. */
  close(reason: string): Promise<void>;
}

const sinkFlushMs = 5_000;

export async function openEssentials(
  service: string,
  options: ServiceArguments,
  log: Logger,
  metrics: Metrics,
): Promise<Essentials> {
  const opened = await openConfigDirectory(options.config, {
    clock: systemClock,
    policyPorts: createPolicyPorts(),
    log,
  });
  if (!opened.ok) throw new Error(describe(opened.error));
  const source = opened.value;
  watchPolicy(source, policyMetrics(metrics));
  const { configuration } = source;
  const keys = {
    handOff: readKey(configuration.keys.handOff),
    digest: readKey(configuration.keys.digest),
    masking: existsSync(configuration.keys.masking) ? readKey(configuration.keys.masking) : undefined,
  };
  const { kafka } = configuration;
  const { directory, keepMs } = configuration.ledger;
  const place = { directory, service, replica: options.replica };
  const unreadable = kafka === undefined ? undefined : whyUnreadable(kafka);
  if (unreadable !== undefined) throw new Error(unreadable);
  let latest: SinkStatus | undefined;
  const keepStatus = (status: SinkStatus): void => {
    latest = status;
  };
  const onStatus = [keepStatus, logChanges(log), deliveryMetrics(metrics, systemClock.now)];
  const sink =
    kafka === undefined
      ? undefined
      : createKafkaSink({
          config: kafka,
          spool: place,
          version,
          onStatus: (status) => {
            for (const tell of onStatus) tell(status);
          },
          log,
        });
  const counts = ledgerMetrics(metrics);
  const ledgerKey = createLedgerKey(readKey(configuration.keys.ledger));
  // One for each ledger: what of it was not anchored yet is covered by what comes after it.
  const anchorsOfOne = () => openAnchors(configuration.ledger.anchor, { onSent: counts.anchored, log });
  const anchors = await anchorsOfOne();
  const common = {
    directory: place.directory,
    clock: systemClock,
    ids: createIds(),
    partitions: kafka?.partitions ?? defaultPartitions,
    version,
    keys: ledgerKey,
    log,
    onFatal: (error: Error) => {
      // A disk that lied once about fsync cannot be asked again: what was acknowledged would be a guess.
      log.fatal({ err: error }, 'ledger failed');
      process.exit(1);
    },
  };
  const opening = await openLedger({
    ...common,
    ...place,
    // Without Kafka the ledger is the only store.
    ...(kafka !== undefined && keepMs !== undefined && { keepMs }),
    onPublished: (publication) => anchors?.offer(publication),
    onDurable(records) {
      counts.batchRecords.observe(records);
      sink?.wake();
    },
  });
  counts.watch(opening);
  const ledger = measured(opening, systemClock, counts);
  await recordPolicies(source, ledger, systemClock, log);
  onStatus.push(recordDrift(ledger, systemClock));
  await sink?.start();
  const stopWitness = startWitness({
    ledger,
    issuer: ledgerKey.key,
    peers: () => peersOf(configuration, ledger.id),
    clock: systemClock,
    timers: systemTimers,
    log,
  });
  const stopPruning = startPruning({
    ledger,
    pruning: opening.pruning,
    isKafkaSound: () => latest?.state === 'connected' && latest.drift.length === 0,
    clock: systemClock,
    timers: systemTimers,
    onPruned: counts.pruned,
    log,
  });
  const stopClosingDead = startClosingDead({
    directory: place.directory,
    own: ledger.id,
    issuer: ledgerKey.key,
    async open(replica) {
      const kept = await anchorsOfOne();
      const run = await openLedger({ ...common, ...replica, onPublished: (publication) => kept?.offer(publication) });
      return { id: run.id, close: (reason) => run.close(reason).then(() => kept?.close()) };
    },
    timers: systemTimers,
    log,
  });
  return {
    source,
    ledger,
    replication: sink ?? { reached: () => Promise.resolve(false) },
    ledgerState: () => opening.state(),
    keys,
    async close(reason) {
      source.close();
      await Promise.all([stopWitness(), stopPruning(), stopClosingDead()]);
      await ledger.close(reason);
      await anchors?.close();
      await sink?.close(sinkFlushMs);
    },
  };
}

/** A file or secret that is not there is known before the first record, not when the cluster asks for it. */
function whyUnreadable(kafka: KafkaConfig): string | undefined {
  const read = createSecurity(kafka, systemClock)();
  return read.ok ? undefined : `kafka: ${read.error.detail}`;
}

/** On this host all that share the folder of the ledgers, on others those that share the anchor. */
async function peersOf({ ledger: { directory, anchor } }: Configuration, own: string): Promise<readonly PeerNotes[]> {
  const here = peerCheckpoints(directory, own);
  const known = new Set(here.map(({ ledger }) => ledger));
  const elsewhere = anchor === undefined ? [] : await anchoredPeers(anchor.directory, own);
  return [...here, ...elsewhere.filter(({ ledger }) => !known.has(ledger))];
}

/** One line when delivery changes its state, not one for every batch. */
function logChanges(log: Logger): (status: SinkStatus) => void {
  let known: SinkStatus['state'] | undefined;
  return (status) => {
    if (status.state === known) return;
    known = status.state;
    log.info({ status }, 'kafka delivery');
  };
}

function watchPolicy(source: PolicySource, metrics: PolicyMetrics): void {
  const inForce = (): void => metrics.inForce(source.current().revision, source.current().rules.length);
  inForce();
  source.onChange(({ kind }) => {
    metrics.reloaded(kind === 'loaded');
    inForce();
  });
}

function readKey(path: string): KeyFile {
  const key = loadKey(path);
  if (!key.ok) throw new Error(`${path}: ${key.error.reason}`);
  return key.value;
}

const describe = (diagnostics: readonly Diagnostic[]): string => diagnostics.map(formatDiagnostic).join('\n');
