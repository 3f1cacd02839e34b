import { joined, plainBytes } from '../bytes.ts';

/** Bytes of one kind on their way into parts, up to a cap. */
export class Tape {
  readonly #capBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #keptBytes = 0;
  #cut = false;

  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** All that was or will be taken. */
  get takenBytes(): number {
    return this.#keptBytes;
  }

  /** Something was pushed that is not kept. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** Nothing more changes it. */
  get isFull(): boolean {
    return this.#cut && this.#keptBytes >= this.#capBytes;
  }

  push(bytes: Uint8Array): void {
    const room = this.#capBytes - this.#keptBytes;
    if (bytes.length > room) this.#cut = true;
    if (room === 0 || bytes.length === 0) return;
    const kept = plainBytes(bytes).slice(0, room);
    this.#pending.push(kept);
    this.#pendingBytes += kept.length;
    this.#keptBytes += kept.length;
  }

  /** At most so many of those that are pending, the first first. */
  take(maxBytes: number): Uint8Array {
    const all = joined(this.#pending);
    const part = all.length <= maxBytes ? all : all.subarray(0, maxBytes);
    this.#pending = part.length === all.length ? [] : [all.subarray(maxBytes)];
    this.#pendingBytes = all.length - part.length;
    return part;
  }
}
