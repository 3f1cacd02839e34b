/**
 * Characters that are spelled with more than one byte. Each reader gives the character at `at` and its length in bytes, packed
 * into one integer because this is an inner loop, or `cut` when the source ends before it is known. What only looks like a
 * beginning stands for itself.
 */
export type Point = number;

/** The rest of the character has not come yet. */
export const cut = -1;
export const point = (code: number, length: number): Point => code * 256 + length;
export const codeOf = (packed: Point): number => packed >>> 8;
export const lengthOf = (packed: Point): number => packed & 0xff;

const replacementCharacter = 0xfffd;

/** Of valid UTF-8 that cuts no character. */
export function readUtf8(source: Uint8Array, at: number): Point {
  const lead = source[at] ?? 0;
  const second = (source[at + 1] ?? 0) & 0x3f;
  if (lead < 0xe0) return point(((lead & 0x1f) << 6) | second, 2);
  const third = (source[at + 2] ?? 0) & 0x3f;
  if (lead < 0xf0) return point(((lead & 0x0f) << 12) | (second << 6) | third, 3);
  return point(((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((source[at + 3] ?? 0) & 0x3f), 4);
}

const noHex = -1;
const hexValues = Int8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.indexOf(lowerCase(byte)));
function lowerCase(byte: number): string {
  return String.fromCharCode(byte).toLowerCase();
}
const hexValue = (byte: number | undefined): number => hexValues[byte ?? 0] ?? noHex;

const percent = 0x25;
/** `%40` that was encoded again is `%2540`, and so on. */
const maxLayers = 3;

/** URL encoding (RFC 3986, 2.1) of a whole character in UTF-8; else a percent sign: `%B4111…` is the stripe of a card. */
export function readPercent(source: Uint8Array, at: number, final: boolean): Point {
  const high = hexValue(source[at + 1]);
  const low = hexValue(source[at + 2]);
  // Nearly always: ASCII, and no percent sign that begins the next layer.
  if (high >= 0 && high < 8 && low >= 0 && !(high === 2 && low === 5)) return point(high * 16 + low, 3);
  // A percent sign of a text, as in `5 % of`: the two bytes behind it are here and are not two digits.
  if ((high < 0 || low < 0) && at + 2 < source.length) return point(percent, 1);
  const first = percentByte(source, at, final);
  if (first === cut || lengthOf(first) === 1) return first;
  const lead = codeOf(first);
  const more = lead >= 0xf5 || lead < 0xc2 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (more === 0) return lead < 0x80 ? first : point(percent, 1);
  const encoded = new Uint8Array(4);
  encoded[0] = lead;
  let end = at + lengthOf(first);
  for (let i = 1; i <= more; i++) {
    const next = percentByte(source, end, final);
    if (next === cut) return cut;
    if (lengthOf(next) === 1 || codeOf(next) >> 6 !== 2) return point(percent, 1);
    encoded[i] = codeOf(next);
    end += lengthOf(next);
  }
  return point(valid(codeOf(readUtf8(encoded, 0))), end - at);
}

/** One encoded byte; of length 1 a percent sign, or another character, that stands for itself. */
function percentByte(source: Uint8Array, at: number, final: boolean): Point {
  const itself = point(source[at] ?? 0, 1);
  if (at >= source.length) return final ? itself : cut;
  if (source[at] !== percent) return itself;
  let digits = at + 1;
  for (let layer = 0; layer < maxLayers; layer++) {
    if (source[digits] !== 0x32 || source[digits + 1] !== 0x35) break;
    const known = hexDigits(source, digits + 2, 2);
    if (known < 2) {
      if (digits + 2 + known >= source.length && !final) return cut;
      break;
    }
    digits += 2;
  }
  const known = hexDigits(source, digits, 2);
  if (known === 2) return point(hexNumber(source, digits, 2), digits + 2 - at);
  return digits + known >= source.length && !final ? cut : itself;
}

/** `&#64;` or `&#x40;`. Named entities stand for no letter or digit. */
export function readEntity(source: Uint8Array, at: number, final: boolean): Point {
  const itself = point(0x26, 1);
  const prefix = source[at + 1];
  if (prefix === undefined) return final ? itself : cut;
  if (prefix !== 0x23) return itself;
  const isHex = source[at + 2] === 0x78 || source[at + 2] === 0x58;
  const start = at + (isHex ? 3 : 2);
  let end = start;
  let code = 0;
  for (; end - start < 7; end++) {
    const digit = hexValue(source[end]);
    if (digit < 0 || (!isHex && digit > 9)) break;
    code = code * (isHex ? 16 : 10) + digit;
  }
  if (end >= source.length) return final ? itself : cut;
  return end > start && source[end] === 0x3b ? point(valid(code), end + 1 - at) : itself;
}

/** How many of the `most` bytes from `at` on are hexadecimal digits. */
export function hexDigits(source: Uint8Array, at: number, most: number): number {
  let count = 0;
  while (count < most && hexValue(source[at + count]) >= 0) count++;
  return count;
}

export function hexNumber(source: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 16 + hexValue(source[at + i]);
  return value;
}

const valid = (code: number): number =>
  code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? replacementCharacter : code;
