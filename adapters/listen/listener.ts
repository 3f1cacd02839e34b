import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { SocketAccess } from '@countersign/core/policy/config.ts';
import { formatListenAddress, type ListenAddress } from '@countersign/core/policy/listen-address.ts';
import { claimSocketPath } from './socket-file.ts';

export interface Listening {
  /** `host:port` as bound, the port real even when 0 was asked for; or `unix:/path`. */
  readonly listen: string;
  /** Takes no more connections, and removes the socket's file. Resolves when the last connection has ended. Safe to call twice. */
  close(): Promise<void>;
}

/** umask: who may connect is decided before the file is there, not after. */
const maskOf: Readonly<Record<SocketAccess, number>> = { owner: 0o177, group: 0o117 };

export const openPlain = (onConnection: (socket: Socket) => void): Server =>
  createServer({ noDelay: true }, onConnection);

/** Binds a TCP or Unix listener. A socket file that a killed process left is taken away first. */
export async function listenOn(server: Server, address: ListenAddress, access: SocketAccess): Promise<Listening> {
  if (address.kind === 'unix') await claimSocketPath(address.path);
  const listening = once(server, 'listening');
  if (address.kind === 'unix') bindSocket(server, address.path, maskOf[access]);
  else server.listen({ host: address.host.replace(/^\[(.*)\]$/, '$1'), port: address.port });
  await listening;
  let closed: Promise<void> | undefined;
  return {
    listen: formatListenAddress(bound(server, address)),
    close() {
      closed ??= new Promise((resolve) => server.close(() => resolve()));
      return closed;
    },
  };
}

/**
 * Node binds within the call. The mask is the whole process's: a thread that makes a file in that moment makes it for its owner
 * alone, as all of ours are.
 */
function bindSocket(server: Server, path: string, mask: number): void {
  const before = process.umask(mask);
  try {
    server.listen({ path });
  } finally {
    process.umask(before);
  }
}

function bound(server: Server, asked: ListenAddress): ListenAddress {
  const address = server.address();
  return asked.kind === 'tcp' && typeof address === 'object' && address !== null
    ? { ...asked, port: address.port }
    : asked;
}
