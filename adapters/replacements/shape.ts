/**
 * What of a value a token changes, and what it keeps. Digits become digits, letters letters of the same case, everything else
 * stays where it is. So a value is its shape and a number: the letters and digits read as numerals of a mixed radix.
 */

import { isReplacement } from '@countersign/core/masking/action.ts';

interface Place {
  /** First character of its class. */
  readonly zero: number;
  readonly radix: 10 | 26;
}

export interface Shape {
  /** By UTF-16 unit of the value; undefined: kept as it is. */
  readonly places: readonly (Place | undefined)[];
  /** How many values have this shape. */
  readonly size: bigint;
}

const digit: Place = { zero: 0x30, radix: 10 };
const upper: Place = { zero: 0x41, radix: 26 };
const lower: Place = { zero: 0x61, radix: 26 };

/** undefined: what of it would stay is beyond ASCII, and readable, or a quote or backslash, which no replacement has. */
export function shapeOf(value: string): Shape | undefined {
  if (!isReplacement(value)) return undefined;
  const places = Array.from({ length: value.length }, (_, at) => placeOf(value.charCodeAt(at)));
  return { places, size: places.reduce((product, place) => product * BigInt(place?.radix ?? 1), 1n) };
}

function placeOf(code: number): Place | undefined {
  for (const place of [digit, upper, lower]) if (code >= place.zero && code < place.zero + place.radix) return place;
  return undefined;
}

/** 0 ≤ n < size: the first letter or digit weighs most. */
export function toNumber(value: string, { places }: Shape): bigint {
  let number = 0n;
  places.forEach((place, at) => {
    if (place !== undefined) number = number * BigInt(place.radix) + BigInt(value.charCodeAt(at) - place.zero);
  });
  return number;
}

/** The value of the shape of `like` that has this number. */
export function fromNumber(number: bigint, like: string, { places }: Shape): string {
  const units = Array.from({ length: like.length }, (_, at) => like.charCodeAt(at));
  let rest = number;
  for (let at = places.length - 1; at >= 0; at--) {
    const place = places[at];
    if (place === undefined) continue;
    units[at] = place.zero + Number(rest % BigInt(place.radix));
    rest /= BigInt(place.radix);
  }
  return String.fromCharCode(...units);
}
