import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitsSocketPath } from '@countersign/core/policy/listen-address.ts';

export interface RunFolder {
  /** `unix:/path` of a service's socket. */
  address(name: string): string;
  remove(): void;
}

const longestName = 'proc-service-64.sock';

/**
 * Where Envoy and the services meet: sockets in a folder of ours alone. Not free ports of loopback: any user of the host may connect
 * to those, and take one while its process is being restarted, to be given what Envoy sends.
 */
export function makeRunFolder(state: string): RunFolder {
  const beside = join(state, 'run');
  const fits = fitsSocketPath(join(beside, longestName));
  if (fits) mkdirSync(beside, { recursive: true, mode: 0o700 });
  // A deep state folder: the kernel takes 107 bytes.
  const folder = fits ? beside : mkdtempSync(join(tmpdir(), 'countersign-'));
  return {
    address: (name) => `unix:${join(folder, `${name}.sock`)}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
