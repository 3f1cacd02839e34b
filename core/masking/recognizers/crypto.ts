/** Addresses of Bitcoin (base58check, bech32 and bech32m) and Ethereum. */
import type { Hash } from '../../ports.ts';
import { edgeOfToken, isAlphanumeric } from '../characters.ts';
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
  read(bytes, start, points) {
    let end = start;
    while (end - start < 64 && isAlphanumeric(bytes[end])) end++;
    if (end - start <= legacyTail || !edgeOfToken(bytes, start, end, '')) return undefined;
    const text = String.fromCharCode(...bytes.subarray(start, end));
    return worthOf(text, hash) + points < threshold ? undefined : { start, end, style: 'characters' };
  },
});

function worthOf(text: string, hash: Hash | undefined): number {
  if (/^0x[0-9a-f]{40}$/i.test(text)) return shapePoints;
  if (/^bc1[02-9ac-hj-np-z]{38,59}$/i.test(text)) return isBech32(text) ? ofRightLength + twoCheckDigits : 0;
  // Of other forms is only what a key names (tokens.ts).
  if (!/^[13][1-9A-HJ-NP-Za-km-z]{25,34}$/.test(text)) return Number.NEGATIVE_INFINITY;
  return hash === undefined || isBase58Check(text, hash) ? ofRightLength + twoCheckDigits : 0;
}

/** A version byte, 20 bytes of a hash, and the first four bytes of the SHA-256 of the SHA-256 of those. */
function isBase58Check(text: string, hash: Hash): boolean {
  let value = 0n;
  for (const char of text) value = value * 58n + BigInt(base58.indexOf(char));
  const bytes = new Uint8Array(25);
  for (let at = 24; at >= 0; at--) {
    bytes[at] = Number(value & 0xffn);
    value >>= 8n;
  }
  if (value !== 0n) return false;
  const sum = hash.sha256(hash.sha256(bytes.subarray(0, 21)));
  return [0, 1, 2, 3].every((index) => sum[index] === bytes[21 + index]);
}

const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** Of `bc`, spread as BIP 173 says. */
const humanPart = [3, 3, 0, 2, 3];
const bech32Constant = 1;
/** BIP 350 */
const bech32mConstant = 0x2bc830a3;

function isBech32(text: string): boolean {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return false;
  let sum = 1;
  for (const value of [...humanPart, ...Array.from(text.toLowerCase().slice(3), (char) => bech32.indexOf(char))]) {
    if (value < 0) return false;
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of generator.entries()) if (((top >>> bit) & 1) === 1) sum ^= term;
  }
  return sum === bech32Constant || sum === bech32mConstant;
}
