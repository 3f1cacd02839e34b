import type { Entity } from '../entities.ts';
import type { Pattern } from '../pattern.ts';

/**
 * How the bytes of a span are hidden. `characters`: letters and digits become stars, separators stay. `number`: digits alone,
 * which may be a bare number in JSON. `address`: everything but the `@`.
 */
export type Style = 'characters' | 'number' | 'address';

/** Byte offsets into the shadow. What lies in [start, end) belongs to the value; [start, hiddenEnd) is hidden. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly hiddenEnd: number;
  readonly style: Style;
}

/**
 * One kind of value. RE2 finds the `head`; `read` decides in code what regular expressions cannot say: edges, checksums,
 * ranges. The promise that makes streaming exact: a span that `read` returns, taken without the bytes after it, is a match
 * of `pattern`; and `read` looks at no more than `leftContextBytes` before it and one byte behind it.
 */
export interface Recognizer {
  readonly name: Entity | 'digit_run';
  readonly pattern: Pattern;
  /** Holds a digit or an `@`, so that texts without either need no search. */
  readonly head: Pattern;
  /** Bytes a head may begin with. */
  readonly firstBytes: string;
  /** `bytes` ends where the text ends: reading past it gives undefined, which is an edge. */
  read(bytes: Uint8Array, at: number): Span | undefined;
}

export const digits = '0123456789';
