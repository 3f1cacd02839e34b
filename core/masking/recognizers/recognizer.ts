import type { Line } from '../folded.ts';
import type { MaskSummary } from '../masker.ts';
import type { Pattern } from '../pattern.ts';

/**
 * What of a value is hidden. `characters`: letters and digits, separators stay. `number`: digits alone, which may be a bare
 * number in JSON. `address`: everything but the `@`. `name`: letters of all scripts too.
 */
export type Style = 'characters' | 'number' | 'address' | 'name';

/** Byte offsets into the shadow: what lies in [start, end) is the value. What becomes of it is not decided here. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly style: Style;
  /** It is a text in another coding, in which there may be values. */
  readonly decoded?: Uint8Array;
  /** What of it is in that coding, where line ends stand between; undefined: all. */
  readonly lines?: readonly Line[] | undefined;
}

export interface Span extends Match {
  /** An entity, the name of a custom one, `digit_run`, `long_name` or `encoded`. */
  readonly entity: string;
  /** Of `encoded`: what was found in it, and what stands in for it. */
  readonly inside?: { readonly text: string; readonly summary: MaskSummary };
}

/**
 * One way a kind of value is written. `read` decides in code what regular expressions cannot say (edges, checksums, ranges)
 * and adds up the score (score.ts). The promise that makes streaming exact: a match that `read` returns, taken without the
 * bytes after it, is a match of `pattern`; and `read` looks at no more than 96 bytes before it and one byte behind it.
 */
export interface Shape {
  /** The entity, the name of a custom one, `digit_run` or `encoded`. */
  readonly name: string;
  readonly pattern: Pattern;
  /**
   * `bytes` ends where the text ends: reading past it gives undefined, which is an edge.
   *
   * @param points for a key or a context to the left of `at` (context/)
   */
  read(bytes: Uint8Array, at: number, points: number): Match | undefined;
}

/** A shape that is looked for everywhere: `read` is asked where its head begins, and looks at all itself. */
export type Recognizer = Headed | Long;
export interface Headed extends Shape {
  readonly head: Pattern;
  readonly isLong?: never;
}
/** Its values have at least as many letters and digits in a row as a run of base64 (encoded.ts): it is asked at the front of such runs. */
export interface Long extends Shape {
  readonly isLong: true;
  /** What its values begin with behind a `+` or `/` in such a run, and how long such a part is; undefined: they do not begin there. */
  readonly part?: { readonly first: string; readonly minBytes: number };
}

/** How one kind of value is read: everywhere; and where a key or a context points to it, at the beginnings of words and numbers. */
export interface Readers {
  readonly anywhere?: Recognizer;
  readonly named?: Shape;
}
