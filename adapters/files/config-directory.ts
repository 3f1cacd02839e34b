import { resolve } from 'node:path';
import type { Configuration, Diagnostic } from '@countersign/core/policy/config.ts';
import { loadPolicy, type PolicyPorts } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import type { Policy } from '@countersign/core/policy/policy.ts';
import type { KnownNames } from '@countersign/core/policy/references.ts';
import type { Clock, Hash } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { Logger } from 'pino';
import { loadKey } from '../keys/key-file.ts';
import { type ConfigFiles, readConfigFiles, type TextFile, type UnreadableFile } from './config-files.ts';
import { watchDirectories } from './directory-watch.ts';

export type PolicyChange =
  | { readonly kind: 'loaded'; readonly policy: Policy }
  | { readonly kind: 'rejected'; readonly diagnostics: readonly Diagnostic[] };

export interface PolicySource {
  /** As it was at the start; a change of countersign.yaml needs a restart. */
  readonly configuration: Configuration;
  /** The last good policy, swapped whole. */
  current(): Policy;
  /** After every change of the policy files, good or bad. The policy of the start is not an event. */
  onChange(listener: (event: PolicyChange) => void): void;
  close(): void;
}

export interface ConfigDirectoryOptions {
  readonly clock: Clock;
  readonly policyPorts: PolicyPorts;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The net under the watch; default 10 s. */
  readonly pollMs?: number;
}

const debounceMs = 200;

/** Reads, validates and watches a directory. At the start everything must be right; later the last good policy stays. */
export async function openConfigDirectory(
  directory: string,
  options: ConfigDirectoryOptions,
): Promise<Result<PolicySource, readonly Diagnostic[]>> {
  const root = resolve(directory);
  const files = await readConfigFiles(root);
  if (!files.ok) return err([toDiagnostic(files.error)]);
  const loaded = load(files.value, root, options.policyPorts);
  return loaded.ok ? ok(watchPolicy(root, loaded.value, files.value, options)) : loaded;
}

interface Loaded {
  readonly configuration: Configuration;
  readonly policy: Policy;
  /** As it was at the start: a key or a credential that comes later is not read. */
  readonly known: KnownNames;
}

const knownNames = ({ credentials, kafka, keys }: Configuration): KnownNames => ({
  credentials: credentials.map(({ name }) => name),
  kafka: kafka !== undefined,
  maskingKey: loadKey(keys.masking).ok,
});

/** Both halves are looked at, so that one start shows every fault. */
function load(files: ConfigFiles, root: string, on: PolicyPorts): Result<Loaded, readonly Diagnostic[]> {
  const configuration = loadConfiguration(files.configuration, root);
  const known = configuration.ok ? knownNames(configuration.value) : { credentials: undefined };
  const policy = loadPolicy(files.policy, known, on);
  if (configuration.ok && policy.ok) return ok({ configuration: configuration.value, policy: policy.value, known });
  return err([...(configuration.ok ? [] : configuration.error), ...(policy.ok ? [] : policy.error)]);
}

function watchPolicy(root: string, start: Loaded, files: ConfigFiles, options: ConfigDirectoryOptions): PolicySource {
  const { policyPorts, log, clock } = options;
  const { hash } = policyPorts;
  const listeners: ((event: PolicyChange) => void)[] = [];
  let policy = start.policy;
  let seenPolicy = fingerprint(files.policy, hash);
  let seenConfiguration = fingerprint([files.configuration], hash);
  let closed = false;

  const emit = (event: PolicyChange) => {
    for (const listener of listeners) listener(event);
  };
  const reload = async () => {
    const startedAt = clock.monotonic();
    const read = await readConfigFiles(root);
    if (closed) return;
    const seen = read.ok ? fingerprint(read.value.policy, hash) : `${read.error.file}: ${read.error.reason}`;
    if (read.ok && seenConfiguration !== fingerprint([read.value.configuration], hash)) {
      seenConfiguration = fingerprint([read.value.configuration], hash);
      log.warn({ file: read.value.configuration.name }, 'configuration_changed_needs_restart');
    }
    if (seen === seenPolicy) return;
    seenPolicy = seen;
    const next = read.ok ? loadPolicy(read.value.policy, start.known, policyPorts) : err([toDiagnostic(read.error)]);
    if (next.ok) policy = next.value;
    const tookMs = Math.round(clock.monotonic() - startedAt);
    log.info({ ok: next.ok, revision: policy.revision, rules: policy.rules.length, tookMs }, 'policy_reload');
    emit(next.ok ? { kind: 'loaded', policy } : { kind: 'rejected', diagnostics: next.error });
  };

  // One reload at a time, in order: two that overlap could end with the older files on top.
  let queue = Promise.resolve();
  const watch = watchDirectories([root, `${root}/policy`], { debounceMs, pollMs: options.pollMs ?? 10_000 }, () => {
    queue = queue.then(reload);
  });
  return {
    configuration: start.configuration,
    current: () => policy,
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      closed = true;
      watch.close();
    },
  };
}

function fingerprint(files: readonly TextFile[], hash: Hash): string {
  return Buffer.from(hash.sha256(Buffer.from(JSON.stringify(files)))).toString('hex');
}

function toDiagnostic({ file, reason }: UnreadableFile): Diagnostic {
  return { file, line: 1, column: 1, message: reason };
}
