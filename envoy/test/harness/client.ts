/** A caller on a connection of its own, so that a test can watch bytes arrive and leave in the middle. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False: the connection was cut before the end. */
  readonly complete: boolean;
}

export interface CallOptions {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer | undefined;
  /** Body sent in these pieces, chunked, with a turn of the loop in between. */
  readonly pieces?: readonly Buffer[];
  readonly host?: string;
  /** Called with every piece of the response as it comes. */
  readonly onData?: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

export function call(options: CallOptions): Promise<Answer> {
  const { port, path, body, pieces } = options;
  const headers: Record<string, string | string[]> = { host: options.host ?? 'models.bank.test', ...options.headers };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  if (body !== undefined && headers['content-length'] === undefined)
    headers['content-length'] = String(Buffer.byteLength(body));
  const method = options.method ?? (body === undefined && pieces === undefined ? 'GET' : 'POST');
  return new Promise((resolve, reject) => {
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false, ...signal },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          options.onData?.(chunk);
        });
        const done = (complete: boolean): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            trailers: response.trailers,
            body: Buffer.concat(chunks),
            complete,
          });
        response.on('end', () => done(response.complete));
        response.on('error', () => done(false));
      },
    );
    request.on('error', reject);
    // A gateway that never answers is a failure of the test, not a wait for its end.
    request.setTimeout(60_000, () => request.destroy(new Error('no answer within a minute')));
    if (pieces === undefined) request.end(body);
    else void sendPieces(pieces).catch(reject);
    async function sendPieces(all: readonly Buffer[]): Promise<void> {
      for (const piece of all) {
        request.write(piece);
        await new Promise((turn) => setImmediate(turn));
      }
      request.end();
    }
  });
}
