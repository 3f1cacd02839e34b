/**
 * A masker of one body, in one direction. The guarantee: for every way of cutting the body into chunks, the concatenated
 * output is the same bytes; no byte is released that could still be the start of a match.
 */

export interface BodyMasker {
  /** Bytes that may be released now; empty when all of it is held back. The result may alias `chunk`. */
  push(chunk: Uint8Array): Uint8Array;
  /** The held rest, at the end of the body. Call once. */
  end(): Uint8Array;
  /**
   * There is more to do on what was pushed: push nothing to go on, after others had their turn, until it is false. `end` does what
   * is left in one go. Absent: never.
   */
  readonly isBusy?: boolean;
  /**
   * Why nothing more of this body will come out, once that is so: the rest cannot be read. What was released so far must then
   * not look complete, so the stream is to be cut.
   */
  failure(): string | undefined;
  /** What was found so far. Counts only: no value, no part of one. */
  summary(): MaskSummary;
}

export interface MaskSummary {
  readonly counts: Readonly<Record<string, number>>;
  /** snake_case reasons for what could not be read and was masked or dropped instead: `sse_event_not_json`, `bad_utf8` … */
  readonly faults: readonly string[];
}
