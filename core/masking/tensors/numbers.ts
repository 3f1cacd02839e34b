/**
 * Numbers of a tensor whose name says what they are: one rule for all of them, that of a number in JSON. What would be hidden
 * there becomes a number of as many digits, nines where nothing may stay; what is too large for its type has one nine less.
 * Negative numbers, fractions and types of less than 32 bits are no values that anybody looks for.
 */
import type { NumberKind } from '../../body/protobuf/schema.ts';
import type { Inner } from '../formats/inner.ts';
import { type InMemory, longTypes, typeOfKind } from './memory-types.ts';
import { rewriteInMemory, rewriteVarints } from './rewrite.ts';

export const widthOf = (datatype: string): number | undefined => longTypes.get(datatype)?.width;

/** Values as they lie in memory, little-endian, in their own length; the same object when none is to be hidden. */
export const maskTensor = (inner: Inner, bytes: Uint8Array, datatype: string | number, key: string): Uint8Array =>
  maskInMemory(inner, bytes, longTypes.get(datatype), key);

/** Values of a list of protobuf; the same object when none is to be hidden. */
export function maskList(inner: Inner, bytes: Uint8Array, kind: NumberKind, key: string): Uint8Array {
  const type = typeOfKind[kind];
  if (type?.most === undefined) return maskInMemory(inner, bytes, type, key);
  const { most } = type;
  // A negative one is written as a very large one.
  return rewriteVarints(bytes, (value) => (value > most ? value : maskedNumber(inner, value, most, key)));
}

function maskInMemory(inner: Inner, bytes: Uint8Array, type: InMemory | undefined, key: string): Uint8Array {
  if (type === undefined) return bytes;
  return rewriteInMemory(bytes, type, (value) => {
    const whole = wholeOf(value);
    if (whole === undefined || whole < 0n) return value;
    const masked = maskedNumber(inner, whole, type.most, key);
    return masked === whole ? value : masked;
  });
}

/** undefined: no whole number, or not exactly one. */
function wholeOf(value: number | bigint): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function maskedNumber(inner: Inner, value: bigint, most: bigint | undefined, key: string): bigint {
  const text = String(value);
  const masked = inner.number(text, key);
  if (masked === text) return value;
  // A token of letters is no number.
  const number = BigInt(/^\d+$/.test(masked) ? masked : '9'.repeat(text.length));
  return most === undefined || number <= most ? number : BigInt('9'.repeat(text.length - 1));
}
