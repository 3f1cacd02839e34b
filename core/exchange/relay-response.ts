import { toHex } from '../bytes.ts';
import { codeWords } from '../error-codes.ts';
import type { BodyMasker, MaskSummary } from '../masking/masker.ts';
import type { Api, MaskProfile } from '../policy/policy.ts';
import type { Decoder, Emit } from '../ports.ts';
import { err, ok, type Result } from '../result.ts';
import { reasonOf } from './collect-request.ts';
import { maskedHeaders, staleAfterMasking, unreadableHeaders } from './header-rules.ts';
import { type HeaderChanges, type HeaderList, headerOf, type InboundHeaders, single } from './message.ts';
import { PayloadCopy } from './payload-copy.ts';
import type { ExchangePorts } from './ports.ts';
import type { ResponseSeen, Session } from './session.ts';

/** How a response is read and masked. `traffic` undefined: released as it is, and only its recorded copy is masked. */
export interface ResponseMode {
  readonly api: Api;
  readonly traffic: MaskProfile | undefined;
  readonly keepCopy: boolean;
}

const ledgerUnavailable = 'ledger_unavailable';
const none = new Uint8Array(0);

/** Nothing was released yet: a whole answer of ours can still go out instead. */
export interface Unreadable {
  readonly reason: string;
}

/** One response on its way to the caller: decoded, masked, digested, copied, counted. Its end is the caller's to release. */
export class ResponseRelay {
  readonly seen: ResponseSeen;
  readonly changes: HeaderChanges;
  readonly #masker: BodyMasker | undefined;
  readonly #copyMasker: BodyMasker | undefined;
  readonly #copy: PayloadCopy | undefined;
  readonly #decoder: Decoder | undefined;
  readonly #original: { update(part: Uint8Array): void; digest(): Uint8Array };
  readonly #released: { update(part: Uint8Array): void; digest(): Uint8Array };
  readonly #maskValue: ((value: string) => string) | undefined;
  #failure: string | undefined;

  private constructor(parts: RelayParts, on: ExchangePorts) {
    this.seen = parts.seen;
    this.changes = parts.changes;
    this.#masker = parts.masker;
    this.#copyMasker = parts.copyMasker;
    this.#decoder = parts.decoder;
    this.#maskValue = parts.maskValue;
    this.#original = on.digest.incremental();
    this.#released = on.digest.incremental();
    this.#copy = parts.keepCopy
      ? new PayloadCopy(parts.session.id, 'response', on, () => {
          this.#failure = ledgerUnavailable;
        })
      : undefined;
  }

  /** Decides from the headers alone. An error here can still become a 502. */
  static open(
    message: InboundHeaders,
    session: Session,
    mode: ResponseMode,
    on: ExchangePorts,
  ): Result<ResponseRelay, Unreadable> {
    const { headers, end } = message;
    const coding = single(headers, 'content-encoding');
    const contentType = single(headers, 'content-type');
    if (coding.duplicate || contentType.duplicate) return err({ reason: 'content_header_repeated' });
    const codingName = (coding.value ?? 'identity').trim().toLowerCase();
    const status = Number(headerOf(headers, ':status'));
    // Envoy takes a 101 nobody asked for as an answer; what follows it is no HTTP that anybody could mask.
    if (status === 101) return err({ reason: 'unexpected_upgrade' });
    if (status === 206 && mode.traffic !== undefined) return err({ reason: 'partial_content_cannot_be_masked' });
    const decoder = end || codingName === 'identity' ? undefined : openDecoder(codingName, on);
    if (decoder === null) return err({ reason: 'coding_not_implemented' });

    const type = contentType.value ?? '';
    const masker =
      mode.traffic &&
      on.masking.responseMasker(mode.api, type, mode.traffic, { eventBytes: on.limits.responseEventBytes });
    const keepCopy = mode.keepCopy && !end;
    const copyMasker =
      keepCopy && (masker === undefined || mode.traffic?.name !== on.copyProfile.name)
        ? on.masking.responseMasker(mode.api, type, on.copyProfile, { eventBytes: on.limits.responseEventBytes })
        : undefined;
    const withheld = end ? undefined : masker?.failure();
    if (withheld !== undefined) return err({ reason: withheld });
    const seen: ResponseSeen = {
      status,
      contentType: type,
      coding: codingName,
      startedAtMs: on.clock.now(),
      bytes: 0,
      releasedBytes: 0,
    };
    session.response = seen;
    const { traffic } = mode;
    const maskValue = traffic && ((value: string): string => on.masking.maskText(value, traffic).text);
    const changes = responseHeaderChanges(message, session.id, maskValue);
    return ok(new ResponseRelay({ session, seen, changes, masker, copyMasker, decoder, keepCopy, maskValue }, on));
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
    const released = this.#relay(decoded);
    return released.length === 0 ? undefined : release(released);
  }

  /** The held rest, and everything that was learnt. Nothing may be pushed afterwards. */
  async end(release: Emit): Promise<void> {
    await this.#decoder?.end((part) => this.#pass(part, release));
    const tail = this.#masker?.end() ?? none;
    this.#release(tail);
    this.#cutIfUnreadable();
    const copyTail = this.#copyMasker?.end();
    if (copyTail !== undefined) this.#copy?.push(copyTail);
    // A part that is missing must be known before the record that counts it is written.
    await this.#copy?.settled();
    this.seen.digest = toHex(this.#original.digest());
    this.seen.releasedDigest = toHex(this.#released.digest());
    if (this.#failure !== undefined) throw new RelayCut(this.#failure);
    if (tail.length > 0) await release(tail);
  }

  #relay(decoded: Uint8Array): Uint8Array {
    if (decoded.length === 0) return decoded;
    this.seen.bytes += decoded.length;
    this.#original.update(decoded);
    if (this.#copyMasker !== undefined && this.#copy?.isFull === false) this.#copy.push(this.#copyMasker.push(decoded));
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
    if (this.#copyMasker === undefined) this.#copy?.push(masked);
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

  finishCopy(): ReturnType<PayloadCopy['finish']> {
    return this.#copy?.finish() ?? { drafts: [], seen: { parts: 0, bytes: 0, truncated: false } };
  }

  close(): void {
    this.#copy?.stop();
    this.#decoder?.close();
  }
}

interface RelayParts {
  readonly session: Session;
  readonly seen: ResponseSeen;
  readonly changes: HeaderChanges;
  readonly masker: BodyMasker | undefined;
  readonly copyMasker: BodyMasker | undefined;
  readonly decoder: Decoder | undefined;
  readonly keepCopy: boolean;
  /** For header and trailer values; undefined where traffic is not masked. */
  readonly maskValue: ((value: string) => string) | undefined;
}

/** null: a coding this version does not read. */
function openDecoder(coding: string, on: ExchangePorts): Decoder | null {
  return on.codec.decoder(coding, { maxBytes: on.limits.decodedBytes, maxRatio: on.limits.expansionRatio }) ?? null;
}

function responseHeaderChanges(
  message: InboundHeaders,
  session: string,
  maskValue: ((value: string) => string) | undefined,
): HeaderChanges {
  const masked = maskValue === undefined ? [] : maskedHeaders(message.headers, maskValue);
  const coded = headerOf(message.headers, 'content-encoding') !== undefined;
  // With a body, content-length would let a client be done before the record is; without one (HEAD, 304) it is kept.
  const length = message.end ? [] : ['content-length'];
  const stale = message.end || (maskValue === undefined && !coded) ? [] : staleAfterMasking;
  const unreadable = maskValue === undefined ? [] : unreadableHeaders(message.headers);
  return { set: [...masked, ['x-countersign-session', session]], remove: [...length, ...stale, ...unreadable] };
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
