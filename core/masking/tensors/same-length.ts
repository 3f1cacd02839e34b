/**
 * Values that must keep their length: lengths that speak of them have gone out already. A shorter one is filled up with spaces; one
 * that an action makes longer is masked instead.
 */
import { joined } from '../../bytes.ts';
import { err, ok, type Result } from '../../result.ts';
import type { Inner } from '../formats/inner.ts';
import type { MaskSummary } from '../masker.ts';
import { hideBytes, maskBytes } from '../protobuf/byte-text.ts';

const space = 0x20;
const lengthKept = 'action_would_change_length';

export class SameLength {
  readonly #inner: Inner;
  readonly #masking: () => Inner;
  #fallback: Inner | undefined;

  /** `masking`: the same profile, with `mask` for every action that changes lengths. */
  constructor(inner: Inner, masking: () => Inner) {
    this.#inner = inner;
    this.#masking = masking;
  }

  /** The same object when nothing is to be hidden. `as`: by a field rule, whatever it looks like. */
  value(bytes: Uint8Array, key: string, as?: string): Uint8Array {
    const masked = maskedBy(this.#inner, bytes, key, as);
    if (masked.length <= bytes.length) return padded(masked, bytes.length);
    this.#inner.fault(lengthKept);
    return padded(maskedBy(this.#other(), bytes, key, as), bytes.length);
  }

  /** A whole JSON text. The error is a reason: a value blocks, or it cannot be hidden in that length. */
  json(bytes: Uint8Array): Result<JsonMasked, string> {
    const masked = jsonBy(this.#inner, bytes);
    if (!masked.ok) return masked;
    const { summary } = masked.value;
    if (masked.value.bytes.length <= bytes.length)
      return ok({ bytes: padded(masked.value.bytes, bytes.length), summary });
    this.#inner.fault(lengthKept);
    const starred = jsonBy(this.#other(), bytes);
    if (!starred.ok || starred.value.bytes.length > bytes.length) return err(lengthKept);
    return ok({ bytes: padded(starred.value.bytes, bytes.length), summary });
  }

  #other(): Inner {
    this.#fallback ??= this.#masking();
    return this.#fallback;
  }
}

const maskedBy = (inner: Inner, bytes: Uint8Array, key: string, as: string | undefined): Uint8Array =>
  as === undefined ? maskBytes(inner, bytes, key) : hideBytes(inner, bytes, as);

interface JsonMasked {
  readonly bytes: Uint8Array;
  readonly summary: MaskSummary;
}

function jsonBy(inner: Inner, bytes: Uint8Array): Result<JsonMasked, string> {
  const masker = inner.json();
  const whole = joined([masker.push(bytes), masker.end()]);
  const failure = masker.failure();
  return failure === undefined ? ok({ bytes: whole, summary: masker.summary() }) : err(failure);
}

/** Behind a value, and behind JSON, where a space is nothing. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const filled = new Uint8Array(length).fill(space);
  filled.set(bytes);
  return filled;
}
