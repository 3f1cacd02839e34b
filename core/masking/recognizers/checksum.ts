/** Check digits over the digits of [start, end); other bytes are skipped. */
import { isAlphanumeric, isDigit } from '../characters.ts';

const valueAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) - 0x30;

/** ISO/IEC 7812-1 annex B. `prefixSum`: of digits that stand in front and are not written. */
export function luhn(bytes: Uint8Array, start: number, end: number, prefixSum = 0): boolean {
  let sum = prefixSum;
  let isDoubled = false;
  for (let at = end - 1; at >= start; at--) {
    if (!isDigit(bytes[at])) continue;
    const value = isDoubled ? 2 * valueAt(bytes, at) : valueAt(bytes, at);
    sum += value > 9 ? value - 9 : value;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}

const abaWeights = [3, 7, 1];

/** American Bankers Association routing numbers: weights 3, 7, 1. */
export function aba(bytes: Uint8Array, start: number, end: number): boolean {
  let sum = 0;
  for (let at = start, index = 0; at < end; at++)
    if (isDigit(bytes[at])) sum += valueAt(bytes, at) * (abaWeights[index++ % 3] ?? 0);
  return sum % 10 === 0;
}

/** Weights from the number of digits down to 1, modulo 11: UK NHS numbers and many others. */
export function mod11(bytes: Uint8Array, start: number, end: number): boolean {
  const count = countDigits(bytes, start, end);
  let sum = 0;
  for (let at = start, weight = count; at < end; at++) if (isDigit(bytes[at])) sum += valueAt(bytes, at) * weight--;
  return sum % 11 === 0;
}

/** ISO 7064 mod 97-10 over letters and digits, the first four moved to the end, as in an IBAN. */
export function mod97(bytes: Uint8Array, start: number, end: number): boolean {
  let head = start;
  for (let count = 0; count < 4 && head < end; head++) if (isAlphanumeric(bytes[head])) count++;
  return remainder97(bytes, start, head, remainder97(bytes, head, end, 0)) === 1;
}

function remainder97(bytes: Uint8Array, start: number, end: number, before: number): number {
  let rest = before;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (isDigit(byte)) rest = (rest * 10 + valueAt(bytes, at)) % 97;
    else if (isAlphanumeric(byte)) rest = (rest * 100 + ((byte ?? 0) & 0xdf) - 0x37) % 97;
  }
  return rest;
}

export function countDigits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (isDigit(bytes[at])) count++;
  return count;
}

/** The first `count` digits at or after `start` as a number. */
export function leadingDigits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start, seen = 0; seen < count && at < bytes.length; at++) {
    if (!isDigit(bytes[at])) continue;
    value = value * 10 + valueAt(bytes, at);
    seen++;
  }
  return value;
}
