/** A model server that does not keep to HTTP: each connection is a script over the bare socket. */
import { createServer, type Socket } from 'node:net';

export interface RawServer {
  readonly port: number;
  /** What is done with the next and all further requests, once their headers are there. */
  script: (socket: Socket, head: string) => void;
  close(): void;
}

export async function startRawServer(): Promise<RawServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      raw.script(socket, head);
      head = '';
    });
  });
  const raw: RawServer = {
    port: 0,
    script: (socket) => socket.destroy(),
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(raw, { port: typeof address === 'object' && address ? address.port : 0 });
}
