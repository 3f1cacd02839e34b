/** One call over an HTTP/2 connection of its own. */
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';

export interface H2Answer {
  /** 0: the stream or its connection ended without an answer. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Statuses of interim answers. */
  readonly interim: readonly number[];
  /** True: the stream was reset, or its connection closed, before its end. */
  readonly reset: boolean;
}

export interface H2Call {
  /** A header that is undefined is not sent, pseudo headers too. */
  readonly headers?: OutgoingHttpHeaders;
  readonly token?: string;
  readonly body?: string;
  /** The request is not ended: more might come. */
  readonly open?: boolean;
  readonly trailers?: OutgoingHttpHeaders;
  /** Called with every piece of the answer as it comes. */
  readonly onData?: () => void;
}

export function h2Call(port: number, options: H2Call): Promise<H2Answer> {
  const { body, token, trailers: sent } = options;
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const headers = {
    ':method': body === undefined ? 'GET' : 'POST',
    ':path': '/text/a',
    ':authority': 'models.bank.test',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...options.headers,
  };
  const stream = session.request(headers, { endStream: body === undefined, waitForTrailers: sent !== undefined });
  let answer: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders | undefined;
  let ended = false;
  const interim: number[] = [];
  const chunks: Buffer[] = [];
  stream.on('headers', (received) => interim.push(Number(received[':status'])));
  stream.on('response', (received) => {
    answer = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    options.onData?.();
  });
  stream.on('end', () => {
    ended = true;
    // An answer ends the call, also of a request that goes on.
    stream.close();
  });
  stream.on('wantTrailers', () => stream.sendTrailers(sent ?? {}));
  stream.on('error', () => undefined);
  if (body !== undefined) {
    if (options.open === true) stream.write(body);
    else stream.end(body);
  }
  return new Promise((resolve, reject) => {
    stream.setTimeout(60_000, () => reject(new Error('no answer within a minute')));
    stream.on('close', () => {
      session.destroy();
      const status = Number(answer[':status'] ?? 0);
      resolve({ status, headers: answer, body: Buffer.concat(chunks).toString(), trailers, interim, reset: !ended });
    });
  });
}
