/** A model server made of a socket: it keeps the bytes that reached it, and answers with bytes of the test's choice. */
import { createServer, type Socket } from 'node:net';

export interface RawModel {
  readonly port: number;
  /** Per connection: everything that was read, as latin1. */
  readonly heard: string[];
  /** Called once per connection, as soon as its first request has come whole. Writes the answer, and ends the connection. */
  answer: (socket: Socket, request: string) => void | Promise<void>;
  /** Called instead with the first bytes of a connection. */
  early: ((socket: Socket) => void) | undefined;
  close(): void;
}

/** The answers of a test in one string each. */
export const answerBytes =
  (bytes: string): RawModel['answer'] =>
  (socket) =>
    void socket.end(Buffer.from(bytes, 'latin1'));

export async function startRawModel(): Promise<RawModel> {
  const sockets = new Set<Socket>();
  const model: RawModel = {
    port: 0,
    heard: [],
    early: undefined,
    answer: answerBytes('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    let answered = false;
    const index = model.heard.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      model.heard[index] = text;
      if (answered || (model.early === undefined && !isWhole(text))) return;
      answered = true;
      if (model.early !== undefined) return model.early(socket);
      void model.answer(socket, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(model, { port: typeof address === 'object' && address ? address.port : 0 });
}

/** Requests come with a length or without a body: the gateway has collected them. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? '0';
  return end >= 0 && text.length >= end + 4 + Number(length);
}
