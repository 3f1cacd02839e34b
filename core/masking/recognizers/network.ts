/** Addresses of machines: IPv4, IPv6 (RFC 4291), MAC. */
import { digit, endOfDigits, isAlphanumeric, isDigit, isHex, isLetter } from '../characters.ts';
import { any, chars, literal, optional, repeat, seq, times } from '../pattern.ts';
import type { Match, Recognizer, Shape } from './recognizer.ts';

const octet = repeat(digit, 1, 3);
const dot = literal('.');
const hex = chars('0-9A-Fa-f');
const colon = literal(':');
const dash = literal('-');
const group = repeat(hex, 1, 4);

const v4 = seq(octet, dot, octet, dot, octet, dot, octet);
/** More than eight groups or two gaps are refused in code. The byte behind decides too: a version goes on with a dot. */
const v6 = any(
  seq(group, repeat(seq(repeat(colon, 1, 2), group), 1, 7), optional(times(colon, 2))),
  seq(times(colon, 2), group, repeat(seq(colon, group), 0, 7)),
);

/** Four numbers that a machine may have; the first octet of a version is small, and so are the others. */
const shapePoints = 4;
/** Addresses that no person is behind, or that look like versions. */
const doubtfulPoints = 2;

export const ipAddresses = (threshold: number): Recognizer => ({
  name: 'ip_address',
  pattern: any(seq(v4, optional(dot)), v6),
  head: any(seq(octet, dot, octet, dot, digit), seq(colon, group, colon, group, colon), seq(times(colon, 2), hex)),
  read(bytes, at, points) {
    // What has a colon in front of a dot, `::ffff:10.0.0.1`, is met at its colon too.
    return isDigit(bytes[at]) ? readV4(bytes, at, threshold - points) : readV6(bytes, at, threshold - points);
  },
});

/** What looks like a version, under a key or a word. */
export const namedIpAddresses = (threshold: number): Shape => ({
  name: 'ip_address',
  pattern: seq(v4, optional(dot)),
  read: (bytes, at, points) => readV4(bytes, at, threshold - points),
});

function readV4(bytes: Uint8Array, start: number, needed: number): Match | undefined {
  if (!isDigit(bytes[start]) || isDigit(bytes[start - 1]) || isGlued(bytes, start)) return undefined;
  let at = start;
  let smallOctets = 0;
  let zeros = 0;
  for (let count = 0; count < 4; count++) {
    const end = endOfDigits(bytes, at);
    if (end === at || end - at > 3) return undefined;
    const value = valueOfDigits(bytes, at, end);
    if (value > 255 || (end - at > 1 && bytes[at] === 0x30)) return undefined;
    if (value < 10) smallOctets++;
    if (value === 0) zeros++;
    if (count < 3 && bytes[end] !== 0x2e) return undefined;
    at = count < 3 ? end + 1 : end;
  }
  // `1.2.3.4.5` is an object identifier or a version.
  if (isLetter(bytes[at]) || (bytes[at] === 0x2e && isDigit(bytes[at + 1]))) return undefined;
  const isDoubtful = smallOctets === 4 || zeros === 3 || bytes[start - 1] === 0x2e || followsVersion(bytes, start);
  return (isDoubtful ? doubtfulPoints : shapePoints) < needed ? undefined : { start, end: at, style: 'characters' };
}

/** `v1.2.3.4`, `x-1.2.3.4`, `Chrome/120.0.0.0`; `ip10.0.0.1` is glued to its label. */
function isGlued(bytes: Uint8Array, start: number): boolean {
  const before = bytes[start - 1] ?? 0;
  if (before === 0x76 || before === 0x56) return true;
  if (before !== 0x2f && before !== 0x2d && before !== 0x5f) return false;
  return isLetter(bytes[start - 2]) && before !== 0x2f;
}

/** `version 10.4.20.1`, `Version: …`, `build …`, `release …` */
function followsVersion(bytes: Uint8Array, start: number): boolean {
  let at = start - 1;
  while (start - at < 4 && (bytes[at] === 0x20 || bytes[at] === 0x3a || bytes[at] === 0x3d || bytes[at] === 0x22)) at--;
  const last = at;
  while (last - at <= longestVersionWord && isLetter(bytes[at])) at--;
  let word = '';
  for (let index = at + 1; index <= last; index++) word += String.fromCharCode((bytes[index] ?? 0) | 0x20);
  return versionWords.has(word);
}
const versionWords = new Set(['version', 'ver', 'v', 'build', 'release', 'firmware', 'section', 'clause', 'oid']);
const longestVersionWord = 'firmware'.length;

function valueOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] ?? 0) - 0x30;
  return value;
}

const longestV6 = 39;

/** `at` lies anywhere in it. */
function readV6(bytes: Uint8Array, at: number, needed: number): Match | undefined {
  let start = at;
  while (at - start <= longestV6 && isV6(bytes[start - 1])) start--;
  let end = at;
  while (end - start <= longestV6 && isV6(bytes[end])) end++;
  // A colon in front belongs to a label (`ip:2001:db8::1`), one behind to a sentence.
  if (bytes[start] === 0x3a && bytes[start + 1] !== 0x3a) start++;
  // What begins behind a label's colon is read where one of its own colons is met: nothing here says that all of it has come.
  if (start > at) return undefined;
  if (bytes[end - 1] === 0x3a && bytes[end - 2] !== 0x3a) end--;
  if (isAlphanumeric(bytes[start - 1]) || isAlphanumeric(bytes[end]) || end - start > longestV6) return undefined;
  const worth = worthOfV6(bytes, start, end);
  return worth === undefined || worth < needed ? undefined : { start, end, style: 'characters' };
}

const isV6 = (byte: number | undefined): boolean => byte === 0x3a || isHex(byte);

function worthOfV6(bytes: Uint8Array, start: number, end: number): number | undefined {
  let groups = 0;
  let gaps = 0;
  let hasDigit = false;
  for (let at = start; at < end; ) {
    let next = at;
    while (next < end && bytes[next] !== 0x3a) if (isDigit(bytes[next++])) hasDigit = true;
    if (next - at > 4) return undefined;
    if (next > at) groups++;
    if (next === end) break;
    if (bytes[next + 1] === 0x3a) {
      gaps++;
      next++;
    }
    at = next + 1;
  }
  if (gaps === 0 ? groups !== 8 : gaps > 1 || groups > 7 || groups === 0) return undefined;
  // Pairs alone are a fingerprint.
  if (gaps === 0 && end - start < 24) return doubtfulPoints;
  // `::1` is this machine; `a1::b2` and `dead::beef` are names in a program.
  const isLong =
    groups >= 3 || (groups === 2 && bytes[start + 3] !== 0x3a && (isDigit(bytes[start]) || bytes[start] === 0x66));
  return hasDigit && isLong ? shapePoints : doubtfulPoints;
}

const pair = times(hex, 2);
const pairs = (separator: string) =>
  seq(pair, literal(separator), pair, literal(separator), pair, literal(separator), pair);
const macOf = (separator: string) => seq(pairs(separator), literal(separator), pair, literal(separator), pair);

export const macAddresses = (threshold: number): Recognizer => ({
  name: 'mac_address',
  pattern: any(seq(macOf(':'), optional(colon)), seq(macOf('-'), optional(literal('-')))),
  head: any(seq(pair, colon, pair, colon, pair, colon), seq(pair, dash, pair, dash, pair, dash)),
  read(bytes, start, points) {
    const separator = bytes[start + 2];
    const end = start + 17;
    for (let at = start; at < end; at++) {
      const isSeparator = (at - start) % 3 === 2;
      if (isSeparator ? bytes[at] !== separator : !isHex(bytes[at])) return undefined;
    }
    if (separator !== 0x3a && separator !== 0x2d) return undefined;
    // Fingerprints of keys are longer.
    const goesOn =
      (bytes[end] === separator && isHex(bytes[end + 1])) ||
      (bytes[start - 1] === separator && isHex(bytes[start - 2]));
    if (goesOn || isAlphanumeric(bytes[start - 1]) || isAlphanumeric(bytes[end])) return undefined;
    return shapePoints + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});
