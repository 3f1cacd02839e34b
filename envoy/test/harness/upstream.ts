/** A model server under the test's control: it keeps what reached it and answers as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Reached {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly trailers: IncomingMessage['trailers'];
}

export interface Model {
  readonly port: number;
  readonly reached: Reached[];
  /** What the next and all further requests are answered with. */
  answer: (request: Reached, response: ServerResponse) => void | Promise<void>;
  close(): void;
}

export const answerJson =
  (value: unknown, status = 200) =>
  (_: Reached, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

export async function startModel(): Promise<Model> {
  const model: Model = {
    port: 0,
    reached: [],
    answer: answerJson({ ok: true }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const reached = { method, path: url, headers, body: Buffer.concat(chunks), trailers: request.trailers };
      model.reached.push(reached);
      void model.answer(reached, response);
    });
  });
  // Node closes an idle connection after 5 s, and a request that Envoy sends on it at that moment is a 503 of nobody's test.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(model, { port: typeof address === 'object' && address ? address.port : 0 });
}
