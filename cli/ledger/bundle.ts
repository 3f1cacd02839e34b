import { closeSync, fsyncSync, openSync, statSync, writeFileSync } from 'node:fs';
import { BundleError, bundleSources } from '@countersign/adapters/sqlite/bundle-sources.ts';
import { bundleLines } from '@countersign/adapters/sqlite/ledger-bundle.ts';
import { directorySources, type ReplicaSource } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { UsageError } from '../up/configuration.ts';

/** A folder of ledgers, or a bundle of them. @throws UsageError */
export function readSources(place: string): readonly ReplicaSource[] {
  try {
    return statSync(place).isDirectory() ? directorySources(place) : bundleSources(place);
  } catch (error) {
    throw error instanceof BundleError ? new UsageError(error.message) : error;
  }
}

/** Written together: a line at a time would be a system call for each record. */
const flushAtLength = 1024 * 1024;

/** Owner alone, like the ledgers themselves. @throws UsageError when the file is there already */
export function writeBundle(replicas: readonly ReplicaSource[], file: string): void {
  const descriptor = create(file);
  try {
    let waiting = '';
    for (const line of bundleLines(replicas)) {
      waiting += line;
      if (waiting.length < flushAtLength) continue;
      writeFileSync(descriptor, waiting);
      waiting = '';
    }
    writeFileSync(descriptor, waiting);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function create(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    throw new UsageError(`${file} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}
