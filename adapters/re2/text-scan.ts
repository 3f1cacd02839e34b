import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { TextScan } from '@countersign/core/ports.ts';

/** Searches with memchr; the method of a plain Uint8Array compares byte by byte, 50 times slower (measured). */
const { indexOf } = Buffer.prototype;
const holds = (bytes: Uint8Array, byte: number): boolean => indexOf.call(bytes, byte) >= 0;
const backslash = 0x5c;
const percent = 0x25;
const ampersand = 0x26;

/** At the end of the bytes a number sign may follow. */
function mayHoldEntity(bytes: Uint8Array): boolean {
  const first = indexOf.call(bytes, ampersand);
  return first >= 0 && (bytes[bytes.length - 1] === ampersand || indexOf.call(bytes, '&#', first, 'latin1') >= 0);
}

export const textScan: TextScan = {
  isPlain: (bytes) =>
    isAscii(bytes) && !holds(bytes, backslash) && !holds(bytes, percent) && !holds(bytes, 0) && !mayHoldEntity(bytes),
  isText: (bytes) => isUtf8(bytes) && !holds(bytes, 0),
  indexOf: (bytes, byte, from) => indexOf.call(bytes, byte, from),
};
