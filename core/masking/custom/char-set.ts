/** Sets of ASCII characters, and the class bodies that RE2 reads (`chars` of pattern.ts). */

export type CharSet = ReadonlySet<number>;

const between = (first: string, last: string): readonly number[] =>
  Array.from({ length: last.charCodeAt(0) - first.charCodeAt(0) + 1 }, (_, i) => first.charCodeAt(0) + i);

export const digitSet: CharSet = new Set(between('0', '9'));
export const wordSet: CharSet = new Set([...between('a', 'z'), ...between('A', 'Z'), ...digitSet, 0x5f]);
/** What RE2 takes for `\s`: no vertical tab, nothing outside ASCII. */
export const spaceSet: CharSet = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x20]);

export const setOf = (text: string): CharSet => new Set(Array.from(text, (char) => char.charCodeAt(0)));

/** ASCII letters in both cases. RE2 would add U+017F for s and U+212A for k, which are no ASCII. */
export function inBothCases(set: CharSet): CharSet {
  const both = new Set(set);
  for (const code of set) {
    if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) both.add(code ^ 0x20);
  }
  return both;
}

/** `[…]` without its brackets: ranges in order, everything but letters and digits as `\x{…}`. */
export function toClassBody(set: CharSet): string {
  const codes = [...set].sort((a, b) => a - b);
  let body = '';
  for (let i = 0; i < codes.length; ) {
    let last = i;
    while (codes[last + 1] === (codes[last] ?? 0) + 1) last++;
    body += written(codes[i]) + (last > i ? `-${written(codes[last])}` : '');
    i = last + 1;
  }
  return body;
}

function written(code = 0): string {
  const char = String.fromCharCode(code);
  return /[0-9A-Za-z]/.test(char) ? char : `\\x{${code.toString(16)}}`;
}

/** The set of a class body that `toClassBody` wrote. */
export function fromClassBody(body: string): CharSet {
  const set = new Set<number>();
  for (const [, first = '', last = first] of body.matchAll(
    /(\\x\{[0-9a-f]+\}|[0-9A-Za-z])(?:-(\\x\{[0-9a-f]+\}|.))?/g,
  )) {
    for (let code = read(first); code <= read(last); code++) set.add(code);
  }
  return set;
}

const read = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : Number.parseInt(text.slice(3), 16));
