/** What a result was measured on, without names of hosts, people or folders. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { envoyPin, root } from '../../setup/paths.mjs';

export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryMiB: number;
  readonly kernel: string;
  /** Where the ledgers lie; durable commits on a tmpfs would be no commits. */
  readonly filesystem: string;
  readonly node: string;
  readonly envoy: string;
  /** Commit, with `-dirty` when the working tree differs. */
  readonly commit: string;
}

/** f_type of statfs(2). */
const filesystems = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
]);

export function describeMachine(): Machine {
  const type = statfsSync(tmpdir()).type;
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryMiB: Math.round(totalmem() / (1 << 20)),
    kernel: release(),
    filesystem: filesystems.get(type) ?? `0x${type.toString(16)}`,
    node: process.versions.node,
    envoy: envoyPin()?.version ?? 'unknown',
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=8', '--exclude=*'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unversioned';
  }
}
