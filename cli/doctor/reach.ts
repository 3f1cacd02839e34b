import { once } from 'node:events';
import { connect } from 'node:net';
import type { Configuration } from '@countersign/core/policy/config.ts';
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

/** @returns undefined when a TCP connection to `host:port` opens */
async function whyUnreachable(address: string): Promise<string | undefined> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  if (port === 0) return 'port 0: a free one is taken at start';
  const socket = connect({ host, port });
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

function addressOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
