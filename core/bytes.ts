/** Bytes as text and as one piece, for a core that has no Buffer. */

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

const alphabet = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const ascii = new TextDecoder('latin1');

/** RFC 4648 §5, no padding. Written into bytes first: a 64 KiB part through string concatenation would cost a millisecond. */
export function toBase64Url(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let index = 0; index < bytes.length; index += 3) {
    const a = bytes[index] ?? 0;
    const b = bytes[index + 1] ?? 0;
    const c = bytes[index + 2] ?? 0;
    // Writes past the end of `out` are ignored: that is the missing padding.
    out[at++] = alphabet[a >> 2] ?? 0;
    out[at++] = alphabet[((a & 3) << 4) | (b >> 4)] ?? 0;
    out[at++] = alphabet[((b & 15) << 2) | (c >> 6)] ?? 0;
    out[at++] = alphabet[c & 63] ?? 0;
  }
  return ascii.decode(out);
}

/** One piece out of many; no copy when there is only one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
