import type { Codec, Decoder, Timers } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { type BodyCoding, bodyCodingOf } from './body-coding.ts';
import { throwIfRefused, untilRefused } from './decoding.ts';
import type { Exchange, HeaderList, Inbound, InboundHeaders } from './message.ts';
import type { ExchangeLimits } from './ports.ts';
import { type Refused, refused, type Stop, stopOf } from './stop.ts';
import { BodyWriter, type StoredBody, type StorePorts } from './stored-body.ts';

export interface CollectedRequest {
  /** Decoded: what facts are read from, what is digested, what is forwarded. Valid until `release`. */
  readonly body: StoredBody;
  readonly receivedBytes: number;
  readonly coding: string;
  readonly contentType: string;
  /** h2 trailers end the request with a message of their own, which wants an answer of its own. Their names, to be removed. */
  readonly trailers: readonly string[] | undefined;
  /** The headers already ended the request: there is no body message to answer. */
  readonly endedByHeaders: boolean;
  /** What was made of it for the model, to be given back with it; the one before is given back now. */
  keep(masked: StoredBody): void;
  /** Gives memory and disk back. */
  release(): void;
}

export interface CollectPorts extends StorePorts {
  readonly codec: Codec;
  readonly timers: Timers;
  readonly limits: ExchangeLimits;
}

/**
 * The whole request, bounded, decoded as it comes, in memory or on disk. Nothing of it has gone upstream when this returns.
 * `decodes`: the coding is undone, in gRPC that of each message; else the bytes stay as they came.
 */
export async function collectRequest(
  exchange: Exchange,
  first: InboundHeaders,
  session: string,
  decodes: boolean,
  on: CollectPorts,
): Promise<Result<CollectedRequest, Stop>> {
  const read = readBodyCoding(first.headers, decodes, on);
  if (!read.ok) return read;
  const { codec, coding, contentType } = read.value;
  const upload = new Upload(session, decodes ? coding : 'identity', { ...on, codec });
  try {
    const received = first.end ? ok(undefined) : await upload.receive(exchange);
    if (!received.ok) return received;
    const body = await upload.finish();
    if (!body.ok) return body;
    const { receivedBytes } = upload;
    return ok({
      coding,
      contentType,
      ...keeping(body.value),
      receivedBytes,
      trailers: received.value,
      endedByHeaders: first.end,
    });
  } finally {
    upload.close();
  }
}

function keeping(body: StoredBody): Pick<CollectedRequest, 'body' | 'keep' | 'release'> {
  let kept: StoredBody | undefined;
  return {
    body,
    keep(masked) {
      kept?.release();
      kept = masked;
    },
    release() {
      kept?.release();
      body.release();
    },
  };
}

function readBodyCoding(headers: HeaderList, decodes: boolean, on: CollectPorts): Result<BodyCoding, Refused> {
  const read = bodyCodingOf(headers, on.codec, on.limits.requestBytes);
  if (read === undefined) return err(refused('ERR_REQUEST_HEADERS', 'content_header_repeated'));
  if (decodes && !read.codec.reads(read.coding)) return err(refused('ERR_BODY_CODING', 'coding_not_implemented'));
  return ok(read);
}

/** One request on its way in. */
class Upload {
  receivedBytes = 0;
  readonly #coding: string;
  readonly #on: CollectPorts;
  readonly #writer: BodyWriter;
  readonly #limits: { readonly maxBytes: number; readonly maxRatio: number };
  #decoder: Decoder | undefined;
  #finished = false;

  constructor(session: string, coding: string, on: CollectPorts) {
    this.#coding = coding;
    this.#on = on;
    this.#writer = new BodyWriter(on.limits.requestBytes, `${session}|request`, on);
    this.#limits = { maxBytes: on.limits.requestBytes, maxRatio: on.limits.expansionRatio };
  }

  /** Names of the trailers that ended the request; undefined when a body message did. */
  async receive(exchange: Exchange): Promise<Result<readonly string[] | undefined, Stop>> {
    for (;;) {
      const message = await nextWithin(this.#on.limits.uploadIdleMs, exchange, this.#on.timers);
      if (message === 'idle') return err(refused('ERR_REQUEST_TIMEOUT', 'upload_idle'));
      const stop = stopOf(message);
      if (stop !== undefined) return err(stop);
      if (message.kind === 'request_trailers') return ok(message.headers.map(([name]) => name));
      if (message.kind !== 'request_body') return err(refused('ERR_INTERNAL', 'unexpected_message'));
      const taken = this.#take(message.bytes, message.end);
      const failure = taken instanceof Promise ? await taken : taken;
      if (failure !== undefined) return err(failure);
      if (message.end) return ok(undefined);
    }
  }

  /** The next message is asked for when this one is taken: a disk that is slower than the caller slows the caller. */
  #take(bytes: Uint8Array, last: boolean): Refused | undefined | Promise<Refused | undefined> {
    this.receivedBytes += bytes.length;
    if (this.receivedBytes > this.#on.limits.requestBytes) return refused('ERR_BODY_TOO_LARGE', 'request_bytes_limit');
    return this.#coding === 'identity' ? this.#writer.push(bytes, last) : this.#decode(bytes, last);
  }

  async #decode(bytes: Uint8Array, last: boolean): Promise<Refused | undefined> {
    return untilRefused(async () => {
      const isWhole = last && this.receivedBytes === bytes.length;
      const whole = isWhole ? this.#on.codec.whole(this.#coding, bytes, this.#limits) : undefined;
      if (whole !== undefined) return this.#writer.push(whole, true);
      this.#decoder ??= this.#on.codec.decoder(this.#coding, this.#limits);
      if (this.#decoder === undefined) return refused('ERR_BODY_CODING', 'coding_not_implemented');
      await this.#decoder.push(bytes, this.#write);
      return undefined;
    });
  }

  readonly #write = (part: Uint8Array): Promise<void> | undefined => {
    const taken = this.#writer.push(part);
    if (taken instanceof Promise) return taken.then(throwIfRefused);
    throwIfRefused(taken);
    return undefined;
  };

  async finish(): Promise<Result<StoredBody, Refused>> {
    const decoder = this.#decoder;
    const failure = await untilRefused(async () => void (await decoder?.end(this.#write)));
    if (failure !== undefined) return err(failure);
    const body = await this.#writer.finish();
    this.#finished = body.ok;
    return body;
  }

  close(): void {
    this.#decoder?.close();
    if (!this.#finished) this.#writer.release();
  }
}

/** A caller who sends nothing any more must not keep what it has sent with us for ever. */
export async function nextWithin(idleMs: number, exchange: Exchange, timers: Timers): Promise<Inbound | 'idle'> {
  // A short body has come along with its headers: nothing to be timed.
  if (exchange.hasArrived()) return exchange.next();
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
