/** The TLS files of a process, kept up to date: new connections get the new certificate, and a bad file changes nothing. */
import { dirname } from 'node:path';
import { type PeerName, parsePeerName } from '@countersign/core/identity/peer-name.ts';
import type { ListenerTlsConfig } from '@countersign/core/policy/config.ts';
import type { Clock } from '@countersign/core/ports.ts';
import type { Logger } from 'pino';
import { watchDirectories } from '../files/directory-watch.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface TlsIdentity {
  readonly pinned: readonly PeerName[];
  current(): TlsFiles;
  /** After every change for the better; bad files are not an event. */
  onChange(listener: (files: TlsFiles) => void): void;
  close(): void;
}

export interface TlsIdentityOptions {
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** Each attempt to take new files. */
  readonly onReload?: (ok: boolean) => void;
  /** The net under the watch; default 10 s. */
  readonly pollMs?: number;
}

const debounceMs = 200;

/** Throws a sentence for people when the files are not good at the start. */
export function openTlsIdentity(config: ListenerTlsConfig, options: TlsIdentityOptions): TlsIdentity {
  const { clock, log } = options;
  const first = readTlsFiles(config, clock.now());
  if (!first.ok) throw new Error(first.error);
  const listeners: ((files: TlsFiles) => void)[] = [];
  let current = first.value;
  let said = '';

  const reload = (): void => {
    const read = readTlsFiles(config, clock.now());
    if (!read.ok) {
      // Certificate and key are two files: between their two renames they do not fit, and the next look finds them fitting.
      if (read.error === said) return;
      said = read.error;
      options.onReload?.(false);
      log.error({ reason: read.error }, 'TLS files are not good, the last good ones stay');
      return;
    }
    said = '';
    if (isSame(read.value, current)) return;
    current = read.value;
    options.onReload?.(true);
    log.info({ not_after: new Date(current.notAfterMs).toISOString() }, 'new TLS files are in use');
    for (const listener of listeners) listener(current);
  };

  const folders = new Set([config.certificate, config.key, config.clientCa].map((file) => dirname(file)));
  const watch = watchDirectories([...folders], { debounceMs, pollMs: options.pollMs ?? 10_000 }, reload);
  return {
    pinned: config.clientSan.flatMap((text) => parsePeerName(text) ?? []),
    current: () => current,
    onChange: (listener) => void listeners.push(listener),
    close: () => watch.close(),
  };
}

const isSame = (a: TlsFiles, b: TlsFiles): boolean => a.cert.equals(b.cert) && a.key.equals(b.key) && a.ca.equals(b.ca);
