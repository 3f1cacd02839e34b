/** Masks text that lies in bytes with a length in front: a protobuf string, an element of a tensor. */
import { decodeUtf8 } from '../../body/ijson.ts';
import type { Inner } from '../formats/inner.ts';
import { blot } from '../hide.ts';

const encoder = new TextEncoder();

/** The same object when nothing is to be hidden; the result may have another length. `key`: the name of what it is a value of. */
export function maskBytes(inner: Inner, bytes: Uint8Array, key: string): Uint8Array {
  const text = decodeUtf8(bytes);
  // An image in a BYTES tensor, text in UTF-16: nobody can say that there is no value in it.
  if (text === undefined) return inner.keepsBinary ? bytes : blotted(inner, bytes, 'bad_utf8');
  if (text.includes('\0')) return blotted(inner, bytes, 'nul_byte');
  const masked = inner.value(text, key);
  return masked === text ? bytes : encoder.encode(masked);
}

function blotted(inner: Inner, bytes: Uint8Array, reason: string): Uint8Array {
  inner.fault(reason);
  return blot(bytes);
}
