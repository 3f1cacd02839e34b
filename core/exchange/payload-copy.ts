import type { RecordDraft } from '../ledger/record.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { isoTime } from '../ledger/time.ts';
import { makePatch, type Sent } from '../payload/patch.ts';
import { type PayloadDirection, type PayloadPlace, payloadAad } from '../payload/place.ts';
import type { Clock, Ledger, PatchCodec, PayloadSealer, Timers } from '../ports.ts';
import type { CopySeen } from './session.ts';
import { Tape } from './tape.ts';

/** A delivered byte is durable after this long, or when so many have come, at the latest. */
const flushMs = 1000;
const flushBytes = 64 * 1024;
/** A record of two such pieces stays below what Kafka takes by default; one of three has half of each. */
const partBytes = 256 * 1024;

/** How much of each body is kept. What was cut is said in the record. */
export interface PayloadLimits {
  readonly payloadBytes: number;
}

export interface PayloadCopyPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly patches: PatchCodec;
  readonly timers: Timers;
  readonly limits: PayloadLimits;
}

export interface CopyOf {
  readonly session: string;
  readonly direction: PayloadDirection;
  /** What went on: the same bytes as the copy (`masked`), as what was received (`received`), or others (`own`). */
  readonly sent: 'masked' | 'received' | 'own';
}

/** What of one direction is kept: sealed parts in the ledger, written as the bytes flow. */
export class PayloadCopy {
  readonly #of: CopyOf;
  readonly #sealer: PayloadSealer;
  readonly #on: PayloadCopyPorts;
  readonly #onFailure: () => void;
  readonly #masked: Tape;
  readonly #received: Tape;
  readonly #sent: Tape | undefined;
  readonly #partBytes: number;
  #parts = 0;
  #cancelTimer: (() => void) | undefined;
  #writing = 0;
  #written: Promise<void> = Promise.resolve();

  /** `onFailure`: a part could not be made durable, so the stream it belongs to must not go on. */
  constructor(of: CopyOf, sealer: PayloadSealer, on: PayloadCopyPorts, onFailure: () => void) {
    this.#of = of;
    this.#sealer = sealer;
    this.#on = on;
    this.#onFailure = onFailure;
    const { payloadBytes } = on.limits;
    this.#masked = new Tape(payloadBytes);
    this.#received = new Tape(payloadBytes);
    this.#sent = of.sent === 'own' ? new Tape(payloadBytes) : undefined;
    this.#partBytes = of.sent === 'own' ? partBytes / 2 : partBytes;
  }

  /** Nothing that is pushed from now on is kept. */
  get isFull(): boolean {
    return this.#masked.isFull && this.#received.isFull && this.#sent?.isFull !== false;
  }

  /** Something was pushed that is not kept. */
  get isCut(): boolean {
    return this.#masked.isCut || this.#received.isCut || this.#sent?.isCut === true;
  }

  /** These three take copies, as the caller may use its buffer again. */
  received(bytes: Uint8Array): void {
    this.#take(this.#received, bytes);
  }

  masked(bytes: Uint8Array): void {
    this.#take(this.#masked, bytes);
  }

  /** Of what goes on; nothing is kept of it where it is the same as one of the other two. */
  sent(bytes: Uint8Array): void {
    if (this.#sent !== undefined) this.#take(this.#sent, bytes);
  }

  #take(tape: Tape, bytes: Uint8Array): void {
    tape.push(bytes);
    if (this.#isEmpty) return;
    this.#cancelTimer ??= this.#on.timers.after(flushMs, () => void this.#flush());
  }

  /** A promise where more may be released only when parts on their way are durable. */
  room(): Promise<void> | undefined {
    if (this.#pendingBytes < flushBytes) return undefined;
    const before = this.#writing === 0 ? undefined : this.#written;
    this.#flush();
    return before;
  }

  /** What is pending becomes durable now, not with the end. Resolves when it is, or when it is known that it is not. */
  flush(): Promise<void> {
    this.#flush();
    return this.#written;
  }

  #flush(): void {
    this.stop();
    const drafts = this.#takeParts();
    if (drafts.length === 0) return;
    this.#writing++;
    this.#written = this.#on.ledger.append(drafts).then((written) => {
      this.#writing--;
      if (!written.ok) this.#onFailure();
    });
  }

  /** Resolves when it is known of every part on its way whether it is durable. */
  settled(): Promise<void> {
    return this.#written;
  }

  /** One part at a time of a body that is there whole, so that others have their turns in between. */
  nextPart(): RecordDraft | undefined {
    return this.#isEmpty ? undefined : this.#takePart();
  }

  /** The last parts, to be appended together with the record that refers to them. */
  finish(): { readonly drafts: readonly RecordDraft[]; readonly seen: CopySeen } {
    this.stop();
    return { drafts: this.#takeParts(), seen: this.seen() };
  }

  seen(): CopySeen {
    return {
      bytes: this.#masked.takenBytes,
      cap: this.#on.limits.payloadBytes,
      parts: this.#parts,
      received: this.#received.takenBytes,
      truncated: this.isCut,
    };
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  get #pendingBytes(): number {
    return Math.max(this.#masked.pendingBytes, this.#received.pendingBytes, this.#sent?.pendingBytes ?? 0);
  }

  get #isEmpty(): boolean {
    return this.#pendingBytes === 0;
  }

  #takeParts(): readonly RecordDraft[] {
    const drafts: RecordDraft[] = [];
    while (!this.#isEmpty) drafts.push(this.#takePart());
    return drafts;
  }

  #takePart(): DraftOf<'payload.part'> {
    const { session, direction, sent } = this.#of;
    const copy = this.#masked.take(this.#partBytes);
    const received = this.#received.take(this.#partBytes);
    const own: Sent = sent === 'masked' ? 'copy' : sent === 'received' ? 'received' : this.#ownSent();
    const patch = makePatch(copy, received, own, this.#on.patches);
    const place: PayloadPlace = { session, direction, part: this.#parts++ };
    const seal = (use: 'copy' | 'patch', plain: Uint8Array) => this.#sealer.seal(use, plain, payloadAad(place, use));
    return {
      type: 'payload.part',
      session,
      time: isoTime(this.#on.clock.now()),
      data: {
        bytes: copy.length,
        copy: seal('copy', copy),
        direction,
        part: place.part,
        ...(patch === undefined ? {} : { patch: seal('patch', patch) }),
      },
    };
  }

  #ownSent(): Uint8Array {
    return this.#sent?.take(this.#partBytes) ?? new Uint8Array(0);
  }
}
