import { once } from 'node:events';
import { connect, type NetConnectOpts } from 'node:net';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { parseListenAddress } from '@countersign/core/policy/listen-address.ts';
import type { Check } from './check.ts';

const connectTimeoutMs = 3_000;

/** Who answers at the addresses of a configuration. Our own services may simply not be started; what they need must be there. */
export async function checkReach(configuration: Configuration): Promise<readonly Check[]> {
  const { listeners, issuers, kafka } = configuration;
  const own = [
    ['authz-service', listeners.authz],
    ...listeners.proc.map((address) => ['proc-service', address] as const),
    ['console', listeners.console],
  ] as const;
  const needed = [
    ...issuers.map(({ issuer }) => [`issuer ${issuer}`, addressOf(issuer)] as const),
    ...(kafka?.brokers ?? []).map((broker) => [`Kafka ${broker}`, broker] as const),
  ];
  return Promise.all([
    ...own.map(([about, address]) => check(about, address, 'absent', 'not started, or elsewhere')),
    ...needed.map(([about, address]) => check(about, address, 'wrong', 'check name, port and network from this host')),
  ]);
}

async function check(about: string, address: string, otherwise: 'absent' | 'wrong', remedy: string): Promise<Check> {
  const reason = await whyUnreachable(address);
  if (reason === undefined) return { about, state: 'ok', detail: `${address} accepts connections` };
  return { about, state: otherwise, detail: `nobody answers at ${address} (${reason})`, remedy };
}

/** @returns undefined when a connection to `host:port` or `unix:/path` opens */
async function whyUnreachable(address: string): Promise<string | undefined> {
  const parsed = parseListenAddress(address);
  if (parsed?.kind === 'tcp' && parsed.port === 0) return 'port 0: a free one is taken at start';
  const socket = connect(target(address, parsed));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ABORT_ERR') return String(error.code);
    return `no answer within ${connectTimeoutMs} ms`;
  } finally {
    socket.destroy();
  }
}

/** A broker's name may have underscores and such: what is no listener is split at its last colon. */
function target(address: string, parsed: ReturnType<typeof parseListenAddress>): NetConnectOpts {
  if (parsed?.kind === 'unix') return { path: parsed.path };
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function addressOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
