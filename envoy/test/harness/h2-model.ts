/** A model server that speaks HTTP/2 in clear, under the test's control. */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';

export interface H2Reached {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
}

export interface H2Model {
  readonly port: number;
  readonly reached: H2Reached[];
  answer: (stream: ServerHttp2Stream, request: H2Reached) => void;
  close(): void;
}

export async function startH2Model(): Promise<H2Model> {
  const sessions = new Set<ServerHttp2Session>();
  const model: H2Model = {
    port: 0,
    reached: [],
    answer: (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.end('hello');
    },
    close: () => {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    let trailers: IncomingHttpHeaders | undefined;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('end', () => {
      const reached = { headers, body: Buffer.concat(chunks).toString(), trailers };
      model.reached.push(reached);
      model.answer(stream, reached);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(model, { port: typeof address === 'object' && address ? address.port : 0 });
}
