import { joined } from '../bytes.ts';
import { payloadAad } from '../ledger/payload.ts';
import type { RecordDraft } from '../ledger/record.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { isoTime } from '../ledger/time.ts';
import type { Clock, Ledger, Sealer, Timers } from '../ports.ts';
import type { CopySeen } from './session.ts';

/** How much of a body the masked copy keeps. What was cut is said in the record. */
export const copyCapBytes = 64 * 1024;
/** A delivered byte is durable after this long at the latest. */
const flushMs = 1000;

type Direction = 'request' | 'response';

/** The masked copy of one direction: sealed parts in the ledger, written as the bytes flow. */
export class PayloadCopy {
  readonly #session: string;
  readonly #direction: Direction;
  readonly #on: PayloadCopyPorts;
  readonly #onFailure: () => void;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #keptBytes = 0;
  #parts = 0;
  #truncated = false;
  #cancelTimer: (() => void) | undefined;
  #written: Promise<void> = Promise.resolve();

  /** `onFailure`: a part could not be made durable, so the stream it belongs to must not go on. */
  constructor(session: string, direction: Direction, on: PayloadCopyPorts, onFailure: () => void) {
    this.#session = session;
    this.#direction = direction;
    this.#on = on;
    this.#onFailure = onFailure;
  }

  /** Nothing that is pushed from now on is kept. */
  get isFull(): boolean {
    return this.#keptBytes >= copyCapBytes && this.#truncated;
  }

  /** Takes masked bytes; they are copied, as the caller may reuse its buffer. */
  push(masked: Uint8Array): void {
    const room = copyCapBytes - this.#keptBytes;
    if (masked.length > room) this.#truncated = true;
    if (room === 0 || masked.length === 0) return;
    const kept = masked.slice(0, room);
    this.#pending.push(kept);
    this.#pendingBytes += kept.length;
    this.#keptBytes += kept.length;
    this.#cancelTimer ??= this.#on.timers.after(flushMs, () => this.#flush());
  }

  /** What is pending becomes durable now, not with the end: the client has it already. */
  #flush(): void {
    this.#cancelTimer = undefined;
    const part = this.#take();
    if (part === undefined) return;
    this.#written = this.#on.ledger.append([part]).then((written) => {
      if (!written.ok) this.#onFailure();
    });
  }

  /** Resolves when it is known of every part on its way whether it is durable. */
  settled(): Promise<void> {
    return this.#written;
  }

  /** The last part, to be appended together with the record that refers to it. */
  finish(): { readonly drafts: readonly RecordDraft[]; readonly seen: CopySeen } {
    this.stop();
    const part = this.#take();
    return {
      drafts: part === undefined ? [] : [part],
      seen: { parts: this.#parts, bytes: this.#keptBytes, truncated: this.#truncated },
    };
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #take(): DraftOf<'payload.part'> | undefined {
    if (this.#pendingBytes === 0) return undefined;
    const plain = joined(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const part = this.#parts++;
    return {
      type: 'payload.part',
      session: this.#session,
      time: isoTime(this.#on.clock.now()),
      data: {
        direction: this.#direction,
        part,
        bytes: plain.length,
        key: this.#on.sealer.keyId,
        sealed: this.#on.sealer.seal(plain, payloadAad(this.#session, this.#direction, part)),
      },
    };
  }
}

export interface PayloadCopyPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly timers: Timers;
}
