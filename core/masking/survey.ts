/** One pass over new bytes: is this text at all, does it need a shadow, and where does a cut character begin? */

export interface Survey {
  /** First byte that is no UTF-8 or is NUL; undefined when there is none. UTF-16 shows as one of the two. */
  readonly bad: { readonly at: number; readonly reason: 'bad_utf8' | 'nul_byte' } | undefined;
  /** Bytes from here on are the beginning of a character that the chunk cuts (at most 3 bytes). */
  readonly whole: number;
  readonly escapes: boolean;
}

const backslash = 0x5c;

/** 1: NUL, backslash or not ASCII. */
const special = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || byte === backslash || byte >= 0x80 ? 1 : 0,
);

export function survey(bytes: Uint8Array, from: number): Survey {
  let escapes = false;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (special[byte] === 0) {
      at++;
    } else if (byte === backslash) {
      escapes = true;
      at++;
    } else if (byte === 0) {
      return { bad: { at, reason: 'nul_byte' }, whole: at, escapes };
    } else {
      const length = characterLength(bytes, at);
      if (length === 0) return { bad: { at, reason: 'bad_utf8' }, whole: at, escapes };
      if (at + length > bytes.length) return { bad: undefined, whole: at, escapes };
      at += length;
    }
  }
  return { bad: undefined, whole: at, escapes };
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
