import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { readPolicyFiles } from '@countersign/adapters/files/config-files.ts';
import { makeFirstKeys } from '@countersign/adapters/keys/first-keys.ts';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';

/** Wrong usage or unreadable input: its message is all a person needs, and the exit code is 2. */
export class UsageError extends Error {}

export const configurationFile = (directory: string): string => join(directory, 'countersign.yaml');

/** Throws UsageError with every fault of the file, each at its line and column. */
export function readConfiguration(directory: string): Configuration {
  const path = configurationFile(directory);
  if (!existsSync(path)) throw new UsageError(`${path} does not exist`);
  const loaded = loadConfiguration({ name: path, text: readFileSync(path, 'utf8') }, resolve(directory));
  if (!loaded.ok) throw new UsageError(loaded.error.map(formatDiagnostic).join('\n'));
  return loaded.value;
}

/** Throws UsageError with every fault of the policy: better here, once, than in the log of each process that will not start. */
export async function assertPolicyLoads(directory: string, { credentials }: Configuration): Promise<void> {
  const files = await readPolicyFiles(join(directory, 'policy'));
  if (!files.ok) throw new UsageError(`${files.error.file} ${files.error.reason}`);
  const loaded = loadPolicy(files.value, { credentials: credentials.map(({ name }) => name) }, createPolicyPorts());
  if (!loaded.ok) throw new UsageError(loaded.error.map(formatDiagnostic).join('\n'));
}

/** Makes the gateway's own keys where there are none yet. Returns the files it made. */
export function createMissingKeys({ keys }: Configuration): readonly string[] {
  const missing = [keys.handOff, keys.digest, keys.masking, keys.ledger].filter((path) => !existsSync(path));
  for (const path of missing) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createKey(path);
  }
  if (existsSync(keys.payload)) return missing;
  makeFirstKeys(keys);
  return [...missing, keys.payload];
}

/** A port that was free a moment ago: for a configuration that has to name one before anybody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port');
  return address.port;
}
