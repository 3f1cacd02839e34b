import type { ListenersConfig } from '@countersign/core/policy/config.ts';
import { parseListenAddress } from '@countersign/core/policy/listen-address.ts';
import type { Logger } from 'pino';
import type { EnvoyListenerOptions } from '../listen/envoy-listener.ts';
import { RefusedPeers } from '../listen/refused-peers.ts';
import { openTlsIdentity } from '../listen/tls-identity.ts';
import type { TlsMetrics } from '../telemetry/process-metrics.ts';
import { systemClock } from './system.ts';

export interface EnvoyAccess {
  readonly listener: EnvoyListenerOptions;
  close(): void;
}

/** How Envoy gets to a service, from the configuration. Throws a sentence for people when the TLS files are not good. */
export function openEnvoyAccess(
  listen: string,
  { socketAccess, tls }: ListenersConfig,
  log: Logger,
  metrics: TlsMetrics,
): EnvoyAccess {
  // A Unix socket needs no files, so they need not be there.
  if (tls === undefined || parseListenAddress(listen)?.kind === 'unix') {
    return { listener: { listen, socketAccess }, close: () => undefined };
  }
  const identity = openTlsIdentity(tls, { clock: systemClock, log, onReload: metrics.reloaded });
  metrics.expires(identity.current().notAfterMs);
  identity.onChange(({ notAfterMs }) => metrics.expires(notAfterMs));
  const refused = new RefusedPeers(log, () => systemClock.monotonic(), metrics.refused);
  return { listener: { listen, socketAccess, tls: { identity, refused } }, close: () => identity.close() };
}
