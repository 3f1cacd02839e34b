/** What a backslash spells. */
import { cut, hexDigits, hexNumber, type Point, point } from './spelled-points.ts';

export const backslash = 0x5c;
/** In longer runs the first ones stand for themselves, so that what must be held is bounded. */
const maxBackslashes = 16;
const letterU = 0x75;

const jsonEscapes = new Map([
  [0x6e, 0x0a],
  [0x74, 0x09],
  [0x72, 0x0d],
  [0x62, 0x08],
  [0x66, 0x0c],
]);

const punctuation = Uint8Array.from({ length: 256 }, (_, byte) =>
  "-_.+@/()!#$%'*^~ ".includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The character that the backslash at `at` begins; a backslash where it escapes nothing, or another one (JSON). */
export function readBackslashes(source: Uint8Array, at: number, json: boolean, final: boolean): Point {
  const run = backslashes(source, at);
  const next = at + run;
  const itself = point(backslash, json && run > 1 ? 2 : 1);
  if (run === maxBackslashes) return itself;
  const escaped = source[next];
  if (escaped === undefined) return final ? itself : cut;
  if (escaped === letterU) {
    const hex = hexDigits(source, next + 1, 4);
    if (hex === 4) return readUnit(source, at, next + 1, final);
    if (next + 1 + hex >= source.length && !final) return cut;
  }
  if (punctuation[escaped] === 1) return point(escaped, run + 1);
  if (!json || run > 1 || escaped >= 0x80) return itself;
  return point(jsonEscapes.get(escaped) ?? escaped, 2);
}

function backslashes(source: Uint8Array, at: number): number {
  let run = 0;
  while (run < maxBackslashes && source[at + run] === backslash) run++;
  return run;
}

/** A UTF-16 unit of four digits at `digits`; two of them where they are a surrogate pair. */
function readUnit(source: Uint8Array, at: number, digits: number, final: boolean): Point {
  const unit = hexNumber(source, digits, 4);
  const end = digits + 4;
  const alone = point(unit, end - at);
  if (unit < 0xd800 || unit > 0xdbff) return alone;
  const run = backslashes(source, end);
  const low = end + run;
  if (low >= source.length) return final || run === maxBackslashes ? alone : cut;
  if (run === 0 || run === maxBackslashes || source[low] !== letterU) return alone;
  const hex = hexDigits(source, low + 1, 4);
  if (hex < 4) return low + 1 + hex >= source.length && !final ? cut : alone;
  const second = hexNumber(source, low + 1, 4);
  if (second < 0xdc00 || second > 0xdfff) return alone;
  return point(0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00), low + 5 - at);
}
