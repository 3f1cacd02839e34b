import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

/** Above any limit of the gateway in front, so that what is refused there is refused there. */
const maxRequestBytes = 64 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.byteLength;
    if (bytes > maxRequestBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export interface ResponseBody {
  /** Sends this part now: with gzip, everything up to here can be decoded by the receiver. False: nobody is listening. */
  write(part: string): boolean;
  /** Resolves when the last byte was given to the socket, or the receiver is gone. */
  end(): Promise<void>;
}

/** Begins an answer, gzipped when the caller accepts it. */
export function beginBody(
  request: Pick<IncomingMessage, 'headers'>,
  response: ServerResponse,
  status: number,
  contentType: string,
): ResponseBody {
  const gzipped = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(status, {
    'content-type': contentType,
    ...(gzipped ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
  });
  const gone = finished(response).catch(() => undefined);
  const gzip = gzipped ? createGzip() : undefined;
  gzip?.pipe(response);
  return {
    write(part) {
      if (response.destroyed) return false;
      (gzip ?? response).write(part);
      gzip?.flush(constants.Z_SYNC_FLUSH);
      return true;
    },
    async end() {
      (gzip ?? response).end();
      await gone;
    },
  };
}

export function sendJson(
  request: Pick<IncomingMessage, 'headers'>,
  response: ServerResponse,
  status: number,
  body: object,
): void {
  const answer = beginBody(request, response, status, 'application/json');
  answer.write(JSON.stringify(body));
  void answer.end();
}
