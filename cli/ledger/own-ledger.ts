/**
 * What commands do is recorded in a ledger of this host, `cli/<host>/…`, beside those of the services: their sinks deliver it
 * (adapters/sqlite/host-spool.ts). One command at a time holds it, and with it the right to change the ring of keys.
 */
import { statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { type KeyFile, loadKey } from '@countersign/adapters/keys/key-file.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { openLedger } from '@countersign/adapters/sqlite/ledger.ts';
import { commandService } from '@countersign/adapters/sqlite/ledger-directory.ts';
import { LedgerOpenError } from '@countersign/adapters/sqlite/ledger-open-error.ts';
import { isWriterName } from '@countersign/core/ledger/ledger-id.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { type Configuration, defaultPartitions } from '@countersign/core/policy/config.ts';
import { UsageError } from '../up/configuration.ts';

/** @throws UsageError: it is not on disk, so what was to be recorded must not be done */
export type Record = (...drafts: readonly RecordDraft[]) => Promise<void>;

/** For what takes long before it records. @throws UsageError */
export function assertRecordable({ ledger: { directory } }: Configuration): void {
  const folder = statSync(directory, { throwIfNoEntry: false });
  if (folder === undefined) throw new UsageError(`${directory} does not exist: what is in no ledger is not done`);
  // The services could not read what another user records, so it would never be delivered.
  if (folder.uid !== process.geteuid?.()) {
    throw new UsageError(`${directory} belongs to user ${folder.uid}: run this as the user that the services run as`);
  }
}

/** @throws UsageError when there is no ledger to record in; nothing was done then */
export async function withOwnLedger<T>(configuration: Configuration, work: (record: Record) => Promise<T>): Promise<T> {
  assertRecordable(configuration);
  const { ledger: place, keys, kafka } = configuration;
  const silent = (): void => undefined;
  const ledger = await openLedger({
    directory: place.directory,
    service: commandService,
    replica: replicaName(hostname()),
    clock: systemClock,
    ids: createIds(),
    partitions: kafka?.partitions ?? defaultPartitions,
    version,
    keys: createLedgerKey(readKey(keys.ledger)),
    log: { info: silent, warn: silent, error: silent },
    // The append that is waited for fails with it.
    onFatal: silent,
  }).catch((error: unknown) => {
    throw error instanceof LedgerOpenError ? new UsageError(`${error.message}; nothing was done`) : error;
  });
  try {
    return await work(async (...drafts) => {
      const written = await ledger.append(drafts);
      if (!written.ok) throw new UsageError(`not recorded (${written.error.reason}), so not done`);
    });
  } finally {
    await ledger.close('command ended');
  }
}

/** Of this host alone: two hosts that wrote as one replica would look like a fork of its ledgers. */
export function replicaName(host: string): string {
  const name = host.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 60);
  return isWriterName(name) ? name : `host${name}`;
}

/** Who asked the machine; who they are for the bank a token says, where one is asked for. */
export function operator(): { readonly user: string; readonly uid: number } {
  const { username, uid } = userInfo();
  return { user: username, uid };
}

/** @throws UsageError */
export function readKey(file: string): KeyFile {
  const key = loadKey(file);
  if (!key.ok) throw new UsageError(`${file}: ${key.error.reason}`);
  return key.value;
}
