/** Is this text at all, and where does a cut character begin? Answered by native scans wherever the answer is yes. */
import type { TextScan } from '../ports.ts';

export interface Survey {
  /** Bytes before this index are valid UTF-8 that cuts no character, without NUL. */
  readonly readable: number;
  /** They are their own shadow. */
  readonly isPlain: boolean;
  /** Why what follows them is no text; undefined when it is nothing, or a character that the next chunk may complete. */
  readonly bad: 'bad_utf8' | 'nul_byte' | undefined;
}

export function survey(scan: TextScan, bytes: Uint8Array, final: boolean): Survey {
  if (scan.isPlain(bytes)) return { readable: bytes.length, isPlain: true, bad: undefined };
  const whole = bytes.length - cutAtEnd(bytes);
  const text = whole === bytes.length ? bytes : bytes.subarray(0, whole);
  if (!scan.isText(text)) return locate(text);
  return { readable: whole, isPlain: false, bad: final && whole < bytes.length ? 'bad_utf8' : undefined };
}

/** Bytes at the end that are the beginning of a character (at most 3). */
function cutAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const at = bytes.length - back;
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return characterLength(bytes, at) > back ? back : 0;
  }
  return 0;
}

/** The first byte that is no UTF-8 or is NUL, in bytes that have one; UTF-16 shows as one of the two. */
function locate(bytes: Uint8Array): Survey {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) return { readable: at, isPlain: false, bad: 'nul_byte' };
    const length = byte < 0x80 ? 1 : characterLength(bytes, at);
    if (length === 0 || at + length > bytes.length) break;
    at += length;
  }
  return { readable: at, isPlain: false, bad: 'bad_utf8' };
}

/**
 * Length of the UTF-8 character at `at`, which is not ASCII; 0 when no continuation can make it one (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF). A length past the end means that the chunk cuts it.
 */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length && at + i < bytes.length; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte < (i === 1 ? low : 0x80) || byte > (i === 1 ? high : 0xbf)) return 0;
  }
  return length;
}
