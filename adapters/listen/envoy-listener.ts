import type { Socket } from 'node:net';
import type { SocketAccess } from '@countersign/core/policy/config.ts';
import { isLocalAddress, type ListenAddress, parseListenAddress } from '@countersign/core/policy/listen-address.ts';
import { type Listening, listenOn, openPlain } from './listener.ts';
import type { RefusedPeers } from './refused-peers.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { contextOf, openTls } from './tls-listener.ts';

export interface EnvoyListenerOptions {
  /** `host:port`, port 0 for a free one, or `unix:/path`. */
  readonly listen: string;
  readonly socketAccess: SocketAccess;
  /** Of every TCP listener, loopback too. A Unix socket needs none: its file says who may connect. */
  readonly tls?: { readonly identity: TlsIdentity; readonly refused: RefusedPeers } | undefined;
}

/** A listener for Envoy alone: on this machine, or with mutual TLS and Envoy's name pinned. Anything else is refused here. */
export async function openEnvoyListener(
  { listen, socketAccess, tls }: EnvoyListenerOptions,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const address = parseListenAddress(listen);
  if (address === undefined) throw new Error(`${listen} is not HOST:PORT or unix:/path`);
  if (tls === undefined && !isLocalAddress(address)) {
    throw new Error(`${listen}: in clear only loopback addresses and Unix sockets are served; set listeners.tls`);
  }
  return tls === undefined || address.kind === 'unix'
    ? listenOn(openPlain(onConnection), address, socketAccess)
    : listenWithTls(address, socketAccess, tls, onConnection);
}

function listenWithTls(
  address: ListenAddress,
  access: SocketAccess,
  { identity, refused }: NonNullable<EnvoyListenerOptions['tls']>,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const server = openTls(identity.current(), identity.pinned, refused, onConnection);
  identity.onChange((files) => server.setSecureContext(contextOf(files)));
  return listenOn(server, address, access);
}
