import type { Entity } from '../entities.ts';
import type { MaskSummary } from '../masker.ts';
import type { Pattern } from '../pattern.ts';

/**
 * What of a value is hidden. `characters`: letters and digits, separators stay. `number`: digits alone, which may be a bare
 * number in JSON. `address`: everything but the `@`.
 */
export type Style = 'characters' | 'number' | 'address';

/** Byte offsets into the shadow: what lies in [start, end) is the value. What becomes of it is not decided here. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly style: Style;
  /** It is a text in another coding, in which there may be values. */
  readonly decoded?: Uint8Array;
}

export interface Span extends Match {
  /** An entity, `digit_run`, or `encoded`. */
  readonly entity: string;
  /** Of `encoded`: what was found in it, and what stands in for it. */
  readonly inside?: { readonly text: string; readonly summary: MaskSummary };
}

/**
 * One kind of value. RE2 finds the `head`; `read` decides in code what regular expressions cannot say: edges, checksums,
 * ranges. The promise that makes streaming exact: a span that `read` returns, taken without the bytes after it, is a match
 * of `pattern`; and `read` looks at no more than `leftContextBytes` before it and one byte behind it.
 */
export interface Recognizer {
  readonly name: Entity | 'digit_run' | 'encoded';
  readonly pattern: Pattern;
  /** Holds a digit or an `@`, so that texts without either need no search. */
  readonly head: Pattern;
  /** Bytes a head may begin with. */
  readonly firstBytes: string;
  /** `bytes` ends where the text ends: reading past it gives undefined, which is an edge. */
  read(bytes: Uint8Array, at: number): Match | undefined;
}

export const digits = '0123456789';
