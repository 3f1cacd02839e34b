import type { Codec, Decoder, Timers } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type ByteBudget, RequestBuffer } from './byte-budget.ts';
import { onlyContentType } from './header-rules.ts';
import { type Exchange, type HeaderList, type Inbound, type InboundHeaders, single } from './message.ts';
import type { ExchangeLimits } from './ports.ts';
import { type Refused, refused, type Stop, stopOf } from './stop.ts';

export interface CollectedRequest {
  /** Decoded: what facts are read from, what is digested, what is forwarded. Valid until `release`. */
  readonly bytes: Uint8Array;
  readonly receivedBytes: number;
  readonly coding: string;
  readonly contentType: string;
  /** h2 trailers end the request with a message of their own, which wants an answer of its own. Their names, to be removed. */
  readonly trailers: readonly string[] | undefined;
  /** The headers already ended the request: there is no body message to answer. */
  readonly endedByHeaders: boolean;
  /** Gives the memory back. */
  release(): void;
}

export interface CollectPorts {
  readonly codec: Codec;
  readonly timers: Timers;
  readonly budget: ByteBudget;
  readonly limits: ExchangeLimits;
}

/** The whole request, bounded, decoded once. Nothing of it has gone upstream when this returns. */
export async function collectRequest(
  exchange: Exchange,
  first: InboundHeaders,
  decodes: boolean,
  on: CollectPorts,
): Promise<Result<CollectedRequest, Stop>> {
  const headers = readBodyHeaders(first.headers, decodes ? on.codec : undefined);
  if (!headers.ok) return headers;
  const buffer = new RequestBuffer(on.limits.requestBytes, on.budget);
  const received = first.end ? ok(undefined) : await receiveBody(exchange, buffer, on);
  if (!received.ok) {
    buffer.release();
    return received;
  }
  const receivedBytes = buffer.length;
  const decoded = await decode(buffer, decodes ? headers.value.coding : 'identity', on);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  return ok({
    ...headers.value,
    bytes: value.view(),
    receivedBytes,
    trailers: received.value,
    endedByHeaders: first.end,
    release: () => value.release(),
  });
}

/** Headers that say how to read the body may stand once: two of them mean two readers, and the upstream may be the other one. */
function readBodyHeaders(
  headers: HeaderList,
  codec: Codec | undefined,
): Result<{ coding: string; contentType: string }, Refused> {
  const coding = single(headers, 'content-encoding');
  const contentType = onlyContentType(headers);
  if (coding.duplicate || contentType.duplicate) return err(refused('ERR_REQUEST_HEADERS', 'content_header_repeated'));
  const name = (coding.value ?? 'identity').trim().toLowerCase();
  if (codec?.reads(name) === false) return err(refused('ERR_BODY_CODING', 'coding_not_implemented'));
  return ok({ coding: name, contentType: contentType.value ?? '' });
}

/** Names of the trailers that ended the request; undefined when a body message did. */
async function receiveBody(
  exchange: Exchange,
  buffer: RequestBuffer,
  on: CollectPorts,
): Promise<Result<readonly string[] | undefined, Stop>> {
  for (;;) {
    const message = await nextWithin(on.limits.uploadIdleMs, exchange, on.timers);
    if (message === 'idle') return err(refused('ERR_REQUEST_TIMEOUT', 'upload_idle'));
    const stop = stopOf(message);
    if (stop !== undefined) return err(stop);
    if (message.kind === 'request_trailers') return ok(message.headers.map(([name]) => name));
    if (message.kind !== 'request_body') return err(refused('ERR_INTERNAL', 'unexpected_message'));
    const taken = buffer.push(message.bytes);
    if (taken === 'too_large') return err(refused('ERR_BODY_TOO_LARGE', 'request_bytes_limit'));
    if (taken === 'no_room') return err(refused('ERR_BUSY', 'request_memory_in_use', { retryAfter: 1 }));
    if (message.end) return ok(undefined);
  }
}

/** A caller who sends nothing any more must not keep what it has sent in our memory for ever. */
export async function nextWithin(idleMs: number, exchange: Exchange, timers: Timers): Promise<Inbound | 'idle'> {
  let cancel = (): void => undefined;
  const idle = new Promise<'idle'>((resolve) => {
    cancel = timers.after(idleMs, () => resolve('idle'));
  });
  try {
    const first = await Promise.race([exchange.arrival(), idle]);
    return first === 'idle' ? first : await exchange.next();
  } finally {
    cancel();
  }
}

async function decode(
  received: RequestBuffer,
  coding: string,
  on: CollectPorts,
): Promise<Result<RequestBuffer, Refused>> {
  if (coding === 'identity') return ok(received);
  const decoded = new RequestBuffer(on.limits.requestBytes, on.budget);
  const outcome = await decodeInto(decoded, received, coding, on);
  received.release();
  if (outcome === undefined) return ok(decoded);
  decoded.release();
  return err(outcome);
}

async function decodeInto(
  decoded: RequestBuffer,
  received: RequestBuffer,
  coding: string,
  on: CollectPorts,
): Promise<Refused | undefined> {
  if (received.length === 0) return undefined;
  const limits = { maxBytes: on.limits.requestBytes, maxRatio: on.limits.expansionRatio };
  let decoder: Decoder | undefined;
  let taken = true;
  const take = (part: Uint8Array): undefined => {
    taken &&= decoded.push(part) === 'taken';
  };
  try {
    const whole = on.codec.whole(coding, received.view(), limits);
    if (whole === undefined) {
      decoder = on.codec.decoder(coding, limits);
      if (decoder === undefined) return refused('ERR_BODY_CODING', 'coding_not_implemented');
      await decoder.push(received.view(), take);
      await decoder.end(take);
    } else take(whole);
    return taken ? undefined : refused('ERR_BUSY', 'request_memory_in_use', { retryAfter: 1 });
  } catch (error) {
    const reason = reasonOf(error);
    return refused(
      reason === 'ERR_CODING_TOO_LARGE' ? 'ERR_BODY_TOO_LARGE' : 'ERR_BODY_UNREADABLE',
      `decode: ${reason}`,
    );
  } finally {
    decoder?.close();
  }
}

/** The stable part of an error: its code. Messages of libraries may quote data. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
