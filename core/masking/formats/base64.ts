/** Base64 in JSON (`{"b64": "…"}` of KServe and TensorFlow Serving): text in it is masked, what is no text is written over. */
import { decodeUtf8 } from '../../body/ijson.ts';
import { fromBase64Url, toBase64Url } from '../../ledger/base64url.ts';
import type { Inner } from './inner.ts';

export function maskBase64(encoded: string, inner: Inner): string {
  const bytes = fromBase64Url(encoded.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
  const text = bytes && decodeUtf8(bytes);
  if (text === undefined || isBinary.test(text)) {
    if (inner.keepsBinary && bytes !== undefined) return encoded;
    inner.fault('b64_not_readable');
    return coverBase64(encoded);
  }
  const masked = inner.value(text, '');
  if (masked === text) return encoded;
  const written = toBase64Url(new TextEncoder().encode(masked)).replaceAll('-', '+').replaceAll('_', '/');
  return written.padEnd(Math.ceil(written.length / 4) * 4, '=');
}

/** Control characters that no text has. */
const isBinary = /(?![\t\n\v\f\r])\p{Cc}/u;

/** Still base64, of zeros. */
export const coverBase64 = (encoded: string): string => encoded.replace(/[^=\\]/g, 'A').replaceAll('\\', '');
