/** Addresses of Bitcoin (base58check, bech32 and bech32m) and Ethereum. */
import type { Hash } from '../../ports.ts';
import { edgeOfToken, isAlphanumeric, isHex, isLetter } from '../characters.ts';
import { any, chars, literal, repeat, seq, times } from '../pattern.ts';
import { twoCheckDigits } from '../score.ts';
import type { Recognizer } from './recognizer.ts';

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const base58Set = '1-9A-HJ-NP-Za-km-z';
const bech32Set = '02-9ac-hj-np-zAC-HJ-NP-Z';
const hexSet = '0-9A-Fa-f';

const legacyTail = 25;
const segwitTail = 38;
const ethereum = seq(literal('0'), chars('xX'), times(chars(hexSet), 40));
const legacy = seq(chars('13'), repeat(chars(base58Set), legacyTail, 34));
const segwit = seq(chars('bB'), chars('cC'), literal('1'), repeat(chars(bech32Set), segwitTail, 59));

/** Written as nothing else is. */
const shapePoints = 4;
/** Length and first character; the checksum adds to it. */
const ofRightLength = 1;

/** `hash` is asked for the checksum of base58; without it every one counts as right, which hides more. */
export const cryptoAddresses = (threshold: number, hash: Hash | undefined): Recognizer => ({
  name: 'crypto_address',
  pattern: any(ethereum, legacy, segwit),
  isLong: true,
  part: { first: '013bB', minBytes: legacyTail + 1 },
  read(bytes, start, points) {
    const worthOf = readers[bytes[start] ?? 0];
    if (worthOf === undefined) return undefined;
    let end = start;
    while (end - start < 64 && isAlphanumeric(bytes[end])) end++;
    if (end - start <= legacyTail || !edgeOfToken(bytes, start, end, '')) return undefined;
    return worthOf(bytes, start, end, hash) + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});

/** Of other forms is only what a key names (tokens.ts). */
const none = Number.NEGATIVE_INFINITY;

function worthOfEthereum(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 42 || ((bytes[start + 1] ?? 0) | 0x20) !== 0x78) return none;
  return endOfHex(bytes, start + 2, end) === end ? shapePoints : none;
}

function worthOfSegwit(bytes: Uint8Array, start: number, end: number): number {
  const data = start + 3;
  if (end - data < segwitTail || end - data > 59) return none;
  if (((bytes[start + 1] ?? 0) | 0x20) !== 0x63 || bytes[start + 2] !== 0x31) return none;
  for (let at = data; at < end; at++) if (bech32Values[bytes[at] ?? 0] === noValue) return none;
  return isBech32(bytes, start, end) ? ofRightLength + twoCheckDigits : 0;
}

function worthOfLegacy(bytes: Uint8Array, start: number, end: number, hash: Hash | undefined): number {
  if (end - start > 35) return none;
  for (let at = start + 1; at < end; at++) if (base58Values[bytes[at] ?? 0] === noValue) return none;
  if (hash === undefined) return ofRightLength + twoCheckDigits;
  // A trace id or a hash; an address has only digits of hexadecimal once in 10^11, and that is not worth a checksum for each of those.
  const isRight = endOfHex(bytes, start, end) < end && isBase58Check(bytes, start, end, hash);
  return isRight ? ofRightLength + twoCheckDigits : 0;
}

type WorthOf = (bytes: Uint8Array, start: number, end: number, hash: Hash | undefined) => number;
/** By the first byte. */
const readers: readonly (WorthOf | undefined)[] = Array.from({ length: 128 }, (_, byte) => {
  if (byte === 0x30) return worthOfEthereum;
  if (byte === 0x31 || byte === 0x33) return worthOfLegacy;
  return (byte | 0x20) === 0x62 ? worthOfSegwit : undefined;
});

function endOfHex(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isHex(bytes[at])) at++;
  return at;
}

const noValue = 255;
function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(256).fill(noValue);
  for (const [value, char] of Array.from(alphabet).entries()) values[char.charCodeAt(0)] = value;
  return values;
}
const base58Values = valuesOf(base58);
const bech32Values = valuesOf(bech32);
for (const [value, char] of Array.from(bech32.toUpperCase()).entries()) bech32Values[char.charCodeAt(0)] = value;

/** A version byte, 20 bytes of a hash, and the first four bytes of the SHA-256 of the SHA-256 of those. */
function isBase58Check(bytes: Uint8Array, start: number, end: number, hash: Hash): boolean {
  const decoded = new Uint8Array(25);
  for (let at = start; at < end; at++) {
    let carry = base58Values[bytes[at] ?? 0] ?? 0;
    for (let index = decoded.length - 1; index >= 0; index--) {
      carry += (decoded[index] ?? 0) * 58;
      decoded[index] = carry & 0xff;
      carry >>= 8;
    }
    if (carry !== 0) return false;
  }
  const sum = hash.sha256(hash.sha256(decoded.subarray(0, 21)));
  return [0, 1, 2, 3].every((index) => sum[index] === decoded[21 + index]);
}

const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** Of `bc`, spread as BIP 173 says. */
const humanPart = [3, 3, 0, 2, 3];
const bech32Constant = 1;
/** BIP 350 */
const bech32mConstant = 0x2bc830a3;

/** The case is not mixed, and the checksum is right. */
function isBech32(bytes: Uint8Array, start: number, end: number): boolean {
  let sum = 1;
  for (const value of humanPart) sum = withValue(sum, value);
  let cases = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (isLetter(byte)) cases |= (byte & 0x20) === 0 ? 1 : 2;
    if (at >= start + 3) sum = withValue(sum, bech32Values[byte] ?? 0);
  }
  return cases < 3 && (sum === bech32Constant || sum === bech32mConstant);
}

function withValue(before: number, value: number): number {
  const top = before >>> 25;
  let sum = ((before & 0x1ffffff) << 5) ^ value;
  for (let bit = 0; bit < generator.length; bit++) if (((top >>> bit) & 1) === 1) sum ^= generator[bit] ?? 0;
  return sum;
}
