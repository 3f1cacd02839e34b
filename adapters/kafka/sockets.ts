import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

/** The sockets of one kafkajs client, so that throwing the client away really ends it. */
export interface SocketGroup {
  readonly factory: ISocketFactory;
  /** Destroys every socket, open or opening, and refuses new ones: kafkajs would otherwise wait for answers in `disconnect()`. */
  destroy(): void;
}

/** @param onLost called when the other side ended a socket that was open, or it failed; not when we did */
export function createSocketGroup(onLost: () => void): SocketGroup {
  const sockets = new Set<Socket>();
  let destroyed = false;
  return {
    factory({ host, port, ssl, onConnect }) {
      if (destroyed) throw new Error('this client was discarded');
      const place = { host, port, keepAlive: true, keepAliveInitialDelay: 60_000 };
      let open = false;
      const onOpen = () => {
        open = true;
        onConnect();
      };
      const socket = ssl ? connectTls({ ...place, ...ssl, ...nameOf(host) }, onOpen) : connect(place, onOpen);
      // kafkajs leaves Nagle's algorithm on: with delayed acknowledgements that puts 40 ms into the tail of larger requests.
      socket.setNoDelay(true);
      sockets.add(socket);
      const lost = () => {
        // No loss: one address of several that is away, and what kafkajs itself has ended, as it does when topics were looked at.
        if (open && !destroyed && !socket.writableEnded) onLost();
      };
      socket.once('end', lost);
      socket.once('error', lost);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    destroy() {
      destroyed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The name to ask for, which has to stand in the certificate. An address is looked for there, and never asked for (RFC 6066 §3). */
function nameOf(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { servername: host } : {};
}
