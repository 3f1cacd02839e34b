/** Base64url without padding (RFC 4648 §5), as it stands in records, and base64 (§4), as bodies have it. Core has no Buffer, so it is spelled out. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const letters = new TextEncoder().encode(alphabet);
const sextets = new Map([...alphabet].map((letter, sextet) => [letter, sextet]));
const ascii = new TextDecoder('latin1');

/** Written into bytes first: a 64 KiB payload part through string concatenation would cost a millisecond. */
export function toBase64Url(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let index = 0; index < bytes.length; index += 3) {
    const a = bytes[index] ?? 0;
    const b = bytes[index + 1] ?? 0;
    const c = bytes[index + 2] ?? 0;
    // Writes past the end of `out` are ignored: that is the missing padding.
    out[at++] = letters[a >> 2] ?? 0;
    out[at++] = letters[((a & 3) << 4) | (b >> 4)] ?? 0;
    out[at++] = letters[((b & 15) << 2) | (c >> 6)] ?? 0;
    out[at++] = letters[c & 63] ?? 0;
  }
  return ascii.decode(out);
}

/** @returns undefined for anything that toBase64Url would not have written: padding, other letters, stray bits */
export function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let length = 0;
  for (const letter of text) {
    const sextet = sextets.get(letter);
    if (sextet === undefined) return undefined;
    bits = ((bits << 6) | sextet) & 0x3fff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length++] = (bits >> bitCount) & 0xff;
  }
  const strayBits = bits & ((1 << bitCount) - 1);
  return bitCount === 6 || strayBits !== 0 ? undefined : bytes;
}

export function toBase64(bytes: Uint8Array, isPadded: boolean): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return isPadded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
}

/** Of what is base64: the same in the letters of base64url. */
export const inUrlLetters = (encoded: string): string => encoded.replaceAll('+', '-').replaceAll('/', '_');

/** With or without padding, and in the letters of base64url as well: servers read either. */
export const fromBase64 = (text: string): Uint8Array | undefined =>
  fromBase64Url(inUrlLetters(text.replace(/=+$/, '')));
