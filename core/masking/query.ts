/**
 * A plus in a query is a space (WHATWG URL, 5.1): `https://x/?note=card+4111+1111+1111+1111` in a log, a form quoted in a string. In
 * the shadow such a plus becomes `plusByte`, which recognizers take for either: people write `?to=ann+news@ex.org` all the same.
 *
 * What reads as a query: behind `?name=` or `&name=`, or behind `name=` at the front of a text or string, and as far as no character
 * stands there that an address never has. A plus counts behind a word only: in `?phone=+14155552671` it is meant.
 *
 * Whether it is one is told from the `reach` units in front of it, a plus that is one among them: later bytes change nothing. What is
 * not at hand any more is remembered as one number.
 */
import type { TextScan } from '../ports.ts';
import { isAlphanumeric, isLetter } from './characters.ts';
import { plusByte, quoteByte, separatorByte } from './look-alikes.ts';
import type { Shadow } from './shadow.ts';

/** The longest word between two pluses, or between the name and the first. */
const reach = 128;
/** Distances of what is in no query: a character stands in front that ends one; no sign of one is within reach. */
const behindEnd = reach + 1;
const nowhere = reach + 2;
/** With `&amp;` in front of it, shorter than what a stream keeps of what it has released. */
const longestName = 64;

const plus = 0x2b;
const percent = 0x25;
const equals = 0x3d;

const passes = 0;
const ends = 1;
const roles = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === plus || byte === equals || byte === plusByte) return byte;
  const isNever = byte <= 0x20 || byte === separatorByte || byte === quoteByte;
  return isNever || '"<>#`\\'.includes(String.fromCharCode(byte)) ? ends : passes;
});
const ofName = Uint8Array.from({ length: 256 }, (_, byte) =>
  isAlphanumeric(byte) || '_-.[]$'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
/** `Springfield,+12+March`, `(415)+555`, `ext.+22` */
const endsWord = Uint8Array.from({ length: 256 }, (_, byte) =>
  isAlphanumeric(byte) || '),.'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** Of one text. */
export class Query {
  /** From the last sign of a query to the front of what is held. */
  #distance = behindEnd;

  /**
   * The shadow with its pluses read.
   *
   * @param base its first unit that has bytes in `source`
   */
  read(scan: TextScan, shadow: Shadow, source: Uint8Array, base: number): Shadow {
    const { bytes } = shadow;
    let from = base;
    let distance = this.#distance;
    let at = scan.indexOf(bytes, plus, base);
    if (at >= 0 && distance > reach) at = plusBehindSign(scan, bytes, at, base);
    let read: Shadow | undefined;
    while (at >= 0) {
      if (endsWord[bytes[at - 1] ?? 0] === 1) {
        distance = distanceIn(shadow, source, from, distance, at);
        from = at;
        if (distance <= reach) {
          read ??= shadow.copy();
          from = readOn(read, source, at, distance);
          distance = nowhere;
        }
      }
      const next = Math.max(from, at + 1);
      at =
        distance === nowhere && from >= at ? plusBehindSign(scan, bytes, next, from) : scan.indexOf(bytes, plus, next);
    }
    return read ?? shadow;
  }

  /** What of the text is held begins with the unit `to`. */
  release(shadow: Shadow, source: Uint8Array, base: number, to: number): void {
    this.#distance = distanceIn(shadow, source, base, this.#distance, to);
  }
}

/** The first plus behind `at` that may be in a query, when nothing up to `from` is a sign of one: base64 is full of pluses. */
function plusBehindSign(scan: TextScan, bytes: Uint8Array, at: number, from: number): number {
  const sign = scan.indexOf(bytes, equals, from);
  return sign < 0 ? -1 : scan.indexOf(bytes, plus, Math.max(at, sign));
}

/** Writes what pluses stand for from `at` on. @returns where the query has ended */
function readOn(shadow: Shadow, source: Uint8Array, at: number, distanceAt: number): number {
  const { bytes } = shadow;
  let distance = distanceAt;
  for (let unit = at; unit < bytes.length; unit++, distance++) {
    const role = roles[bytes[unit] ?? 0];
    if (role === passes) continue;
    if (role === equals) {
      if (isBehindName(bytes, unit)) distance = -1;
    } else if (isEncoded(shadow, source, unit)) continue;
    else if (role !== plus || distance > reach) return unit;
    else if (endsWord[bytes[unit - 1] ?? 0] === 1) {
      bytes[unit] = plusByte;
      distance = -1;
    }
  }
  return bytes.length;
}

/**
 * From the last sign of a query in front of `at`; more than `reach` where there is none.
 *
 * @param before the distance at `from`
 */
function distanceIn(shadow: Shadow, source: Uint8Array, from: number, before: number, at: number): number {
  const { bytes } = shadow;
  const limit = Math.max(from, at - reach - 1);
  for (let unit = at - 1; unit >= limit; unit--) {
    const role = roles[bytes[unit] ?? 0];
    if (role === passes || role === plus) continue;
    if (role === equals) {
      if (isBehindName(bytes, unit)) return at - 1 - unit;
    } else if (!isEncoded(shadow, source, unit)) return isOwn(shadow, source, unit) ? at - 1 - unit : behindEnd;
  }
  const distance = at - limit + (limit === from ? before : behindEnd);
  return distance > reach ? nowhere : distance;
}

/** A plus that was written by `readOn`. The same character may stand in a text. */
const isOwn = (shadow: Shadow, source: Uint8Array, unit: number): boolean =>
  shadow.bytes[unit] === plusByte && source[shadow.at(unit)] !== plusByte;

/** `%20` ends no query, and `%2B` is a plus for everybody. */
const isEncoded = (shadow: Shadow, source: Uint8Array, unit: number): boolean => source[shadow.at(unit)] === percent;

function isBehindName(bytes: Uint8Array, end: number): boolean {
  let start = end;
  while (end - start < longestName && ofName[bytes[start - 1] ?? 0] === 1) start--;
  if (start === end) return false;
  const before = bytes[start - 1];
  if (before === 0x3f || before === 0x26) return true;
  if (before === 0x3b) return isAmpersand.every((byte, index) => bytes[start - isAmpersand.length + index] === byte);
  // `x=1+2` in a string is a sum.
  return isFrontOfText(before) && end - start > 1 && isLetter(bytes[start]);
}
const isAmpersand = [...new TextEncoder().encode('&amp;')];
const isFrontOfText = (before: number | undefined): boolean =>
  before === undefined || before === 0x22 || before === quoteByte || before === 0x27;
