/** Base64 in JSON (`{"b64": "…"}` of KServe and TensorFlow Serving): text in it is masked, what is no text is written over. */
import { fromBase64, toBase64 } from '../../base64.ts';
import { decodeUtf8 } from '../../body/ijson.ts';
import type { Inner } from './inner.ts';

/** Of a string that is too long to be looked into; in whole groups of four letters. */
const sniffedLetters = 512;

/** Whether bytes in base64 pass unread: the profile keeps such, and the first of them are no text. */
export function beginsBinary(encoded: string, inner: Inner): boolean {
  const bytes = fromBase64(
    encoded
      .slice(0, 2 * sniffedLetters)
      .replaceAll('\\', '')
      .slice(0, sniffedLetters),
  );
  return inner.keepsBinary && bytes !== undefined && !isText(bytes);
}

export function maskBase64(encoded: string, inner: Inner): string {
  const bytes = fromBase64(encoded);
  const text = bytes && decodeText(bytes);
  if (text === undefined) {
    if (inner.keepsBinary && bytes !== undefined) return encoded;
    inner.fault('b64_not_readable');
    return coverBase64(encoded);
  }
  const masked = inner.value(text, '');
  if (masked === text) return encoded;
  return toBase64(new TextEncoder().encode(masked), true);
}

function decodeText(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined || isBinary.test(text) ? undefined : text;
}

/** A character may be cut at their end. */
const isText = (bytes: Uint8Array): boolean =>
  [0, 1, 2, 3].some((cut) => decodeText(bytes.subarray(0, bytes.length - cut)) !== undefined);

/** Control characters that no text has. */
const isBinary = /(?![\t\n\v\f\r])\p{Cc}/u;

/** Still base64, of zeros. */
export const coverBase64 = (encoded: string): string => encoded.replace(/[^=\\]/g, 'A').replaceAll('\\', '');
