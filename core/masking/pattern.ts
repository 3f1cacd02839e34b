/**
 * A tiny pattern algebra. One tree gives what to look for, and the RE2 source of what could still become a match when the
 * text ends here (the hold-back). Because both come from the same tree, hold-back cannot fall behind detection.
 *
 * Rules that keep RE2 in its fast DFA: no groups, no assertions, every pattern has a finite longest match.
 */
export type Pattern =
  /** One character of an RE2 class body; `bytes` is its longest UTF-8 form. */
  | { readonly kind: 'chars'; readonly set: string; readonly bytes: number }
  | { readonly kind: 'seq'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'any'; readonly of: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly of: Pattern;
      readonly min: number;
      readonly max: number;
      /** False: the hold-back takes any length. */
      readonly isCounted: boolean;
    };

export const chars = (set: string, bytes = 1): Pattern => ({ kind: 'chars', set, bytes });
export const seq = (...parts: readonly Pattern[]): Pattern => ({ kind: 'seq', parts });
export const any = (...of: readonly Pattern[]): Pattern => ({ kind: 'any', of });
export const repeat = (of: Pattern, min: number, max: number): Pattern => ({
  kind: 'repeat',
  of,
  min,
  max,
  isCounted: true,
});
/**
 * A repeat whose length the hold-back does not count: counting a long run inside another repeat multiplies DFA states (200
 * times slower, measured on labels of a domain). Only holds more; the reach of the longest pattern still bounds it.
 */
export const uncounted = (of: Pattern, min: number, max: number): Pattern => ({
  kind: 'repeat',
  of,
  min,
  max,
  isCounted: false,
});
export const times = (of: Pattern, count: number): Pattern => repeat(of, count, count);
export const optional = (of: Pattern): Pattern => repeat(of, 0, 1);

/** The characters of `text`, one after the other. ASCII letters and punctuation only. */
export const literal = (text: string): Pattern => seq(...Array.from(text, (char) => chars(escapeInClass(char))));

/** RE2 source that matches the whole of the pattern, longest first. */
export function sourceOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'chars':
      return `[${pattern.set}]`;
    case 'seq':
      return pattern.parts.map(sourceOf).join('');
    case 'any':
      return `(?:${pattern.of.map(sourceOf).join('|')})`;
    case 'repeat':
      return `(?:${sourceOf(pattern.of)})${quantifier(pattern.min, pattern.max)}`;
  }
}

/**
 * RE2 source that matches, at the end of a text, every non-empty beginning of the pattern, its whole included: a whole match
 * at the end is held too, since the next byte decides whether it stands alone. May match a little more (see `relaxed`),
 * never less.
 */
export function beginningsOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'chars':
      return `[${pattern.set}]`;
    case 'seq':
      return beginningsOfSequence(pattern.parts);
    case 'any':
      return `(?:${pattern.of.map(beginningsOf).join('|')})`;
    case 'repeat':
      if (!pattern.isCounted) return `(?:${relaxed(pattern.of)})*${beginningsOf(pattern.of)}`;
      if (pattern.max === 1) return beginningsOf(pattern.of);
      return `(?:${relaxed(pattern.of)}){0,${pattern.max - 1}}${beginningsOf(pattern.of)}`;
  }
}

/** pre(xy) = x·pre(y) | pre(x) */
function beginningsOfSequence(parts: readonly Pattern[]): string {
  const [head, ...rest] = parts;
  if (head === undefined) throw new Error('an empty sequence has no beginnings');
  if (rest.length === 0) return beginningsOf(head);
  return `(?:${relaxed(head)}${beginningsOfSequence(rest)}|${beginningsOf(head)})`;
}

/** Longest match in bytes; nothing further from the end of the text can still be open. */
export function maxBytes(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'chars':
      return pattern.bytes;
    case 'seq':
      return pattern.parts.reduce((sum, part) => sum + maxBytes(part), 0);
    case 'any':
      return Math.max(...pattern.of.map(maxBytes));
    case 'repeat':
      return pattern.max * maxBytes(pattern.of);
  }
}

function relaxed(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'chars':
      return `[${pattern.set}]`;
    case 'seq':
      return pattern.parts.map(relaxed).join('');
    case 'any':
      return `(?:${pattern.of.map(relaxed).join('|')})`;
    case 'repeat':
      if (!pattern.isCounted) return `(?:${relaxed(pattern.of)})${pattern.min === 0 ? '*' : '+'}`;
      return `(?:${relaxed(pattern.of)})${quantifier(pattern.min, pattern.max)}`;
  }
}

function quantifier(min: number, max: number): string {
  if (max < 1 || max < min || !Number.isSafeInteger(max)) throw new Error('a repeat needs a finite, positive bound');
  return min === max ? `{${max}}` : `{${min},${max}}`;
}

const escapeInClass = (char: string): string => (/[\\\]^-]/.test(char) ? `\\${char}` : char);
