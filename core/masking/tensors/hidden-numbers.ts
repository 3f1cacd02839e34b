/**
 * Numbers that a field rule hides, whatever they look like: what it makes of them in JSON, a number of as many digits. One that its
 * type cannot hold has a nine less; what is no decimal number to begin with (a boolean, a half, a complex number) becomes zero.
 */
import type { NumberKind } from '../../body/protobuf/schema.ts';
import type { Inner } from '../formats/inner.ts';
import { type InMemory, longTypes, shortTypes, typeOfKind } from './memory-types.ts';
import { rewriteInMemory, rewriteVarints } from './rewrite.ts';

/** Values as they lie in memory, in their own length; the same object where the action keeps them. */
export function hideTensor(inner: Inner, bytes: Uint8Array, datatype: string | number, as: string): Uint8Array {
  const type = longTypes.get(datatype) ?? shortTypes.get(datatype);
  return type === undefined ? zeros(inner, bytes, as) : hideInMemory(inner, bytes, type, as);
}

/** Values of a list of protobuf. */
export function hideList(inner: Inner, bytes: Uint8Array, kind: NumberKind, as: string): Uint8Array {
  const type = typeOfKind[kind];
  if (type === undefined) return keeps(inner, as) ? bytes : rewriteVarints(bytes, () => 0n);
  const { most } = type;
  if (most === undefined) return hideInMemory(inner, bytes, type, as);
  const isSigned = kind === 'int32' || kind === 'int64';
  return rewriteVarints(bytes, (bits) => {
    const value = isSigned ? BigInt.asIntN(64, bits) : bits;
    const hidden = hiddenWhole(inner, value, most, as);
    return hidden === value ? bits : BigInt.asUintN(64, hidden);
  });
}

const hideInMemory = (inner: Inner, bytes: Uint8Array, type: InMemory, as: string): Uint8Array =>
  rewriteInMemory(bytes, type, (value) =>
    typeof value === 'bigint' ? hiddenWhole(inner, value, type.most ?? value, as) : hiddenFraction(inner, value, as),
  );

function hiddenWhole(inner: Inner, value: bigint, most: bigint, as: string): bigint {
  const text = String(value);
  const hidden = inner.hideNumber(text, as);
  if (hidden === text) return value;
  const number = BigInt(hidden);
  if (number <= most && number >= -most) return number;
  const nines = BigInt('9'.repeat(text.replace('-', '').length - 1));
  return value < 0n ? -nines : nines;
}

function hiddenFraction(inner: Inner, value: number, as: string): number {
  const text = String(value);
  const hidden = inner.hideNumber(text, as);
  return hidden === text ? value : Number(hidden);
}

function zeros(inner: Inner, bytes: Uint8Array, as: string): Uint8Array {
  return keeps(inner, as) ? bytes : new Uint8Array(bytes.length);
}

/** A single digit never stays, unless all do. */
const keeps = (inner: Inner, as: string): boolean => inner.hideNumber('0', as) === '0';
