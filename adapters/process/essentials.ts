/** What both services on the data path need before they can serve: configuration, policy, keys, ledger, and a sink if asked for. */

import { type Diagnostic, defaultPartitions } from '@countersign/core/policy/config.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import type { Ledger } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';
import { openConfigDirectory, type PolicySource } from '../files/config-directory.ts';
import { createKafkaSink } from '../kafka/sink.ts';
import type { SinkStatus } from '../kafka/status.ts';
import { type KeyFile, loadKey } from '../keys/key-file.ts';
import { openLedger } from '../sqlite/ledger.ts';
import { recordPolicies } from './record-policy.ts';
import type { ServiceArguments } from './service-arguments.ts';
import { createIds, systemClock, systemHash } from './system.ts';
import { version } from './version.ts';

export interface Essentials {
  readonly source: PolicySource;
  readonly ledger: Ledger;
  readonly keys: { readonly handOff: KeyFile; readonly digest: KeyFile; readonly payload: KeyFile };
  /** Sink flushed, ledger closed, watcher ended. */
  close(reason: string): Promise<void>;
}

const sinkFlushMs = 5_000;

export async function openEssentials(service: string, options: ServiceArguments, log: Logger): Promise<Essentials> {
  const opened = await openConfigDirectory(options.config, { clock: systemClock, hash: systemHash, log });
  if (!opened.ok) throw new Error(describe(opened.error));
  const source = opened.value;
  const { configuration } = source;
  const keys = {
    handOff: readKey(configuration.keys.handOff),
    digest: readKey(configuration.keys.digest),
    payload: readKey(configuration.keys.payload),
  };
  const { kafka } = configuration;
  const place = { directory: configuration.ledger.directory, service, replica: options.replica };
  const sink =
    kafka === undefined
      ? undefined
      : createKafkaSink({
          config: kafka,
          spool: place,
          version,
          onStatus: logChanges(log),
          log,
        });
  const ledger = await openLedger({
    ...place,
    clock: systemClock,
    ids: createIds(),
    partitions: kafka?.partitions ?? defaultPartitions,
    version,
    log,
    onDurable: () => sink?.wake(),
    onFatal: (error) => {
      // A disk that lied once about fsync cannot be asked again: what was acknowledged would be a guess.
      log.fatal({ err: error }, 'ledger failed');
      process.exit(1);
    },
  });
  await recordPolicies(source, ledger, systemClock, log);
  await sink?.start();
  return {
    source,
    ledger,
    keys,
    async close(reason) {
      source.close();
      await ledger.close(reason);
      await sink?.close(sinkFlushMs);
    },
  };
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

function readKey(path: string): KeyFile {
  const key = loadKey(path);
  if (!key.ok) throw new Error(`${path}: ${key.error.reason}`);
  return key.value;
}

const describe = (diagnostics: readonly Diagnostic[]): string => diagnostics.map(formatDiagnostic).join('\n');
