import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { TextScan } from '@countersign/core/ports.ts';

/** Searches with memchr; the method of a plain Uint8Array compares byte by byte, 50 times slower (measured). */
const { indexOf } = Buffer.prototype;
const holds = (bytes: Uint8Array, byte: number): boolean => indexOf.call(bytes, byte) >= 0;
const backslash = 0x5c;
const percent = 0x25;
const ampersand = 0x26;

export const textScan: TextScan = {
  isPlain: (bytes) =>
    isAscii(bytes) &&
    !holds(bytes, backslash) &&
    !holds(bytes, percent) &&
    !holds(bytes, 0) &&
    // At the end a number sign may follow.
    bytes[bytes.length - 1] !== ampersand &&
    indexOf.call(bytes, '&#', 0, 'latin1') < 0,
  isText: (bytes) => isUtf8(bytes) && !holds(bytes, 0),
};
