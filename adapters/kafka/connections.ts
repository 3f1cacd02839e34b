import { type Base, type Connection, ConnectionStatuses } from '@platformatic/kafka';

/** The connections of the clients of @platformatic/kafka that make up one link, so that throwing it away really ends it. */
export interface ConnectionGroup {
  watch(client: Base): void;
  /** Why connections ended since this was asked last: the requests on them learn only that they did. */
  takeFailures(): readonly Error[];
  /** Destroys every socket, open or opening, and refuses new ones: a broker that hangs would keep a mere `close()` waiting. */
  destroy(): void;
}

const keepAliveMs = 60_000;
/** A cluster that is away adds one with each attempt to reach it. */
const failuresKept = 8;

/** @param onLost called when the other side ended a connection that was fit for use, or it failed; not when we ended it */
export function createConnectionGroup(onLost: () => void): ConnectionGroup {
  const clients = new Set<Base>();
  const connections = new Set<Connection>();
  let failures: readonly Error[] = [];
  let destroyed = false;

  const follow = (connection: Connection): void => {
    let usable = false;
    connections.add(connection);
    connection.once('connect', () => {
      usable = true;
      connection.socket.setKeepAlive(true, keepAliveMs);
    });
    // An error that nobody listens for is an uncaught exception, and the library listens for the first one only.
    connection.on('error', (error) => {
      // One that was never made is in the error of the request that wanted it.
      if (connection.status !== ConnectionStatuses.ERROR) failures = [...failures, error].slice(-failuresKept);
    });
    connection.once('closing', () => {
      usable = false;
    });
    connection.on('close', () => {
      connections.delete(connection);
      // Its timer for the next login outlives it otherwise.
      end(connection);
      if (usable && !destroyed) onLost();
    });
  };

  return {
    watch(client) {
      clients.add(client);
      client.connections.on('connecting', ({ connection }) => follow(connection));
    },
    takeFailures() {
      const taken = failures;
      failures = [];
      return taken;
    },
    destroy() {
      destroyed = true;
      for (const client of clients) client.close(() => undefined);
      for (const connection of connections) {
        end(connection);
        connection.socket?.destroy();
      }
    },
  };
}

const end = (connection: Connection): void => connection.close(() => undefined);
