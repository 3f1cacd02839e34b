import { UsageReader } from '../body/token-usage.ts';
import { toHex } from '../bytes.ts';
import { codeWords } from '../error-codes.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { Decoder, Emit, Timers } from '../ports.ts';
import { ok, type Result } from '../result.ts';
import { reasonOf } from './decoding.ts';
import { maskedHeaders, unreadableHeaders } from './header-rules.ts';
import { type HeaderChanges, type HeaderList, headerOf, type InboundHeaders } from './message.ts';
import { PayloadCopy } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import { type ResponseMode, type ResponseReading, readingOf, type Unreadable } from './response-reading.ts';
import type { ResponseSeen, Session } from './session.ts';

const ledgerUnavailable = 'ledger_unavailable';
/** Of an endpoint that releases nothing that is not kept. */
const beyondCap = 'payload_cap_reached';
const none = new Uint8Array(0);

/** One response on its way to the caller: decoded, masked, digested, copied, counted. Its end is the caller's to release. */
export class ResponseRelay {
  readonly seen: ResponseSeen;
  readonly changes: HeaderChanges;
  readonly #masker: BodyMasker | undefined;
  readonly #copyMasker: BodyMasker | undefined;
  readonly #copy: PayloadCopy | undefined;
  /** Nothing is released that is not kept. */
  readonly #strict: boolean;
  readonly #decoder: Decoder | undefined;
  readonly #original: { update(part: Uint8Array): void; digest(): Uint8Array };
  readonly #released: { update(part: Uint8Array): void; digest(): Uint8Array };
  readonly #maskValue: ((value: string) => string) | undefined;
  readonly #usage: UsageReader | undefined;
  readonly #timers: Timers;
  #failure: string | undefined;

  private constructor(
    reading: ResponseReading,
    mode: ResponseMode,
    session: Session,
    seen: ResponseSeen,
    on: ExchangePorts,
  ) {
    this.seen = seen;
    this.changes = reading.changes;
    this.#masker = reading.masker;
    this.#copyMasker = reading.copyMasker;
    this.#decoder = reading.decoder;
    this.#maskValue = reading.maskValue;
    this.#usage = mode.kind === 'read' ? UsageReader.of(mode.api) : undefined;
    this.#timers = on.timers;
    this.#original = on.digest.incremental();
    this.#released = on.digest.incremental();
    const { keep } = reading;
    this.#strict = keep?.how.strict === true;
    this.#copy =
      keep &&
      new PayloadCopy({ session: session.id, direction: 'response', sent: keep.sent }, keep.how.sealer, on, () => {
        this.#failure = ledgerUnavailable;
      });
  }

  /** Decides from the headers alone. An error here can still become a 502. */
  static open(
    message: InboundHeaders,
    session: Session,
    mode: ResponseMode,
    on: ExchangePorts,
  ): Result<ResponseRelay, Unreadable> {
    const reading = readingOf(message, session.id, mode, on);
    if (!reading.ok) return reading;
    const { contentType, coding } = reading.value;
    const seen: ResponseSeen = {
      status: Number(headerOf(message.headers, ':status')),
      contentType,
      coding,
      startedAtMs: on.clock.now(),
      bytes: 0,
      releasedBytes: 0,
    };
    session.response = seen;
    return ok(new ResponseRelay(reading.value, mode, session, seen, on));
  }

  /**
   * Hands over bytes that may be released now. A promise only where there is something to wait for. Throws on a body that cannot
   * be read: the stream must be reset.
   */
  push(chunk: Uint8Array, release: Emit): Promise<void> | undefined {
    if (this.#failure !== undefined) throw new RelayCut(this.#failure);
    if (this.#decoder !== undefined) return this.#decoder.push(chunk, (part) => this.#pass(part, release));
    return this.#pass(chunk, release);
  }

  #pass(decoded: Uint8Array, release: Emit): Promise<void> | undefined {
    const taken = this.#hand(this.#relay(decoded), release);
    return this.#isBusy ? this.#goOn(taken, release) : taken;
  }

  /** Nothing is masked until it is taken. */
  #hand(released: Uint8Array, release: Emit): Promise<void> | undefined {
    if (released.length === 0) return undefined;
    const durable = this.#durable();
    return durable === undefined ? release(released) : this.#handWhen(durable, released, release);
  }

  async #handWhen(durable: Promise<void>, released: Uint8Array, release: Emit): Promise<void> {
    await durable;
    if (this.#failure !== undefined) throw new RelayCut(this.#failure);
    await release(released);
  }

  /** A promise where what was relayed so far may be released only when it is kept, or when what was kept before it is. */
  #durable(): Promise<void> | undefined {
    if (!this.#strict) return this.#copy?.room();
    if (this.#copy?.isCut === true) throw new RelayCut(beyondCap);
    return this.#copy?.flush();
  }

  get #isBusy(): boolean {
    return this.#masker?.isBusy === true || this.#copyMasker?.isBusy === true;
  }

  /** A long message is masked a turn at a time. */
  async #goOn(taken: Promise<void> | undefined, release: Emit): Promise<void> {
    await taken;
    while (this.#isBusy) {
      await this.#timers.turn();
      if (this.#copyMasker?.isBusy === true) this.#copy?.masked(this.#copyMasker.push(none));
      const released = this.#masker?.isBusy === true ? this.#masker.push(none) : none;
      this.#release(released);
      this.#cutIfUnreadable();
      await this.#hand(released, release);
    }
  }

  /** The held rest, and everything that was learnt. Nothing may be pushed afterwards. */
  async end(release: Emit): Promise<void> {
    await this.#decoder?.end((part) => this.#pass(part, release));
    const tail = this.#masker?.end() ?? none;
    this.#release(tail);
    this.#cutIfUnreadable();
    const copyTail = this.#copyMasker?.end();
    if (copyTail !== undefined) this.#copy?.masked(copyTail);
    if (this.#strict && tail.length > 0) await this.#durable();
    // A part that is missing must be known before the record that counts it is written.
    await this.#copy?.settled();
    this.seen.digest = toHex(this.#original.digest());
    this.seen.releasedDigest = toHex(this.#released.digest());
    const usage = this.#usage?.end();
    if (usage !== undefined) this.seen.usage = usage;
    if (this.#failure !== undefined) throw new RelayCut(this.#failure);
    if (tail.length > 0) await release(tail);
  }

  #relay(decoded: Uint8Array): Uint8Array {
    if (decoded.length === 0) return decoded;
    this.seen.bytes += decoded.length;
    this.#original.update(decoded);
    this.#usage?.push(decoded);
    this.#copy?.received(decoded);
    if (this.#copyMasker !== undefined && this.#copy?.isFull === false)
      this.#copy.masked(this.#copyMasker.push(decoded));
    const masked = this.#masker === undefined ? decoded : this.#masker.push(decoded);
    this.#release(masked);
    this.#cutIfUnreadable();
    return masked;
  }

  /** A body that cannot be read to its end must not look as if it had been. */
  #cutIfUnreadable(): void {
    const reason = this.#masker?.failure();
    if (reason !== undefined) throw new RelayCut(`response_${reason}`);
  }

  #release(masked: Uint8Array): void {
    if (masked.length === 0) return;
    this.#released.update(masked);
    if (this.#copyMasker === undefined) this.#copy?.masked(masked);
    else this.#copy?.sent(masked);
  }

  /** Trailers as they may be released: `grpc-message` is text of the model too. */
  trailers(headers: HeaderList): HeaderChanges {
    const mask = this.#maskValue;
    if (mask === undefined) return { set: [], remove: [] };
    return { set: maskedHeaders(headers, mask), remove: unreadableHeaders(headers) };
  }

  /** What masking found, for the record: of the traffic, or of the copy where traffic is not masked. */
  summary(): MaskSummary {
    return (this.#masker ?? this.#copyMasker)?.summary() ?? { counts: {}, faults: [] };
  }

  /** undefined: no copy is kept. */
  finishCopy(): ReturnType<PayloadCopy['finish']> | undefined {
    return this.#copy?.finish();
  }

  close(): void {
    this.#copy?.stop();
    this.#decoder?.close();
  }
}

/** Expected reasons to cut a stream that is under way. */
class RelayCut extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Why a relay was cut: a code of the decoder, of a masker or of the ledger. undefined: neither, so a bug of ours. */
export function relayFailure(error: unknown): string | undefined {
  if (error instanceof RelayCut) return error.reason;
  const reason = reasonOf(error);
  return reason.startsWith('ERR_CODING_') ? `response_${codeWords(reason)}` : undefined;
}
