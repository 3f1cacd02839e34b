import { joined } from '../bytes.ts';
import type { Codec } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import type { Exchange, HeaderList, Inbound } from './message.ts';
import { single } from './message.ts';
import type { ExchangeLimits } from './ports.ts';
import { refused, type Stop, stopOf } from './stop.ts';

export interface CollectedRequest {
  /** Decoded: what facts are read from, what is digested, what is forwarded. */
  readonly bytes: Uint8Array;
  readonly receivedBytes: number;
  readonly coding: string;
  readonly contentType: string;
  /** h2 trailers end the request with a message of their own, which wants an answer of its own. */
  readonly endedByTrailers: boolean;
  /** The headers already ended the request: there is no body message to answer. */
  readonly endedByHeaders: boolean;
}

/** The whole request, bounded, decoded once. Nothing of it has gone upstream when this returns. */
export async function collectRequest(
  exchange: Exchange,
  first: Extract<Inbound, { readonly kind: 'request_headers' | 'response_headers' }>,
  on: { readonly codec: Codec; readonly limits: ExchangeLimits },
): Promise<Result<CollectedRequest, Stop>> {
  const headers = readBodyHeaders(first.headers);
  if (!headers.ok) return headers;
  const { coding, contentType } = headers.value;
  const seen = { coding, contentType, endedByHeaders: first.end };
  if (first.end) return ok({ ...seen, bytes: new Uint8Array(0), receivedBytes: 0, endedByTrailers: false });

  const received = await receiveBody(exchange, on.limits.requestBytes);
  if (!received.ok) return received;
  const { chunks, length, endedByTrailers } = received.value;
  const bytes = await decode(chunks, coding, on);
  return bytes.ok ? ok({ ...seen, bytes: bytes.value, receivedBytes: length, endedByTrailers }) : bytes;
}

/** Headers that say how to read the body may stand once: two of them mean two readers, and the upstream may be the other one. */
function readBodyHeaders(headers: HeaderList): Result<{ coding: string; contentType: string }, Stop> {
  const coding = single(headers, 'content-encoding');
  const contentType = single(headers, 'content-type');
  if (coding.duplicate || contentType.duplicate) return err(refused('ERR_REQUEST_HEADERS', 'content_header_repeated'));
  return ok({ coding: (coding.value ?? 'identity').trim().toLowerCase(), contentType: contentType.value ?? '' });
}

interface Received {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
  readonly endedByTrailers: boolean;
}

async function receiveBody(exchange: Exchange, maxBytes: number): Promise<Result<Received, Stop>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const message = await exchange.next();
    const stop = stopOf(message);
    if (stop !== undefined) return err(stop);
    if (message.kind === 'request_trailers') return ok({ chunks, length, endedByTrailers: true });
    if (message.kind !== 'request_body') return err(refused('ERR_INTERNAL', 'unexpected_message'));
    length += message.bytes.length;
    if (length > maxBytes) return err(refused('ERR_BODY_TOO_LARGE', 'request_bytes_limit'));
    if (message.bytes.length > 0) chunks.push(message.bytes);
    if (message.end) return ok({ chunks, length, endedByTrailers: false });
  }
}

async function decode(
  chunks: readonly Uint8Array[],
  coding: string,
  on: { readonly codec: Codec; readonly limits: ExchangeLimits },
): Promise<Result<Uint8Array, Stop>> {
  if (coding === 'identity') return ok(joined(chunks));
  const decoder = on.codec.decoder(coding, { maxBytes: on.limits.requestBytes, maxRatio: on.limits.expansionRatio });
  if (decoder === undefined) return err(refused('ERR_BODY_CODING', 'coding_not_implemented'));
  try {
    const parts: Uint8Array[] = [];
    for (const chunk of chunks) parts.push(await decoder.push(chunk));
    parts.push(await decoder.end());
    return ok(joined(parts));
  } catch (error) {
    return err(refused('ERR_BODY_UNREADABLE', `decode: ${reasonOf(error)}`));
  } finally {
    decoder.close();
  }
}

/** The stable part of an error: its code. Messages of libraries may quote data. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
