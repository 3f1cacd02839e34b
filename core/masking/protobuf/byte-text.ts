/** Masks text that lies in bytes with a length in front: a protobuf string, an element of a tensor. */
import { decodeUtf8 } from '../../body/ijson.ts';
import type { Inner } from '../formats/inner.ts';
import { blot, star } from '../hide.ts';

/** The same object when nothing is to be hidden; the result may have another length. `key`: the name of what it is a value of. */
export function maskBytes(inner: Inner, bytes: Uint8Array, key: string): Uint8Array {
  return inner.scan.isText(bytes) ? inner.bytes(bytes, key) : maskNoText(inner, bytes);
}

/** An image in a BYTES tensor, text in UTF-16: nobody can say that there is no value in it. */
function maskNoText(inner: Inner, bytes: Uint8Array): Uint8Array {
  const hasNul = decodeUtf8(bytes) !== undefined;
  // UTF-16 is not kept: it is text, which happens to be UTF-8 as well.
  if (inner.keepsBinary && !hasNul) return bytes;
  inner.fault(hasNul ? 'nul_byte' : 'bad_utf8');
  return blot(bytes);
}

const encoder = new TextEncoder();

/** The whole of it as that entity, whatever it looks like. The same object where the action keeps it. */
export function hideBytes(inner: Inner, bytes: Uint8Array, as: string): Uint8Array {
  const text = decodeUtf8(bytes);
  if (text === undefined) return hideNoText(inner, bytes, as);
  const hidden = inner.hide(text, as);
  return hidden === text ? bytes : encoder.encode(hidden);
}

/** A letter is hidden unless all of it stays. */
const hideNoText = (inner: Inner, bytes: Uint8Array, as: string): Uint8Array =>
  inner.hide('x', as) === 'x' ? bytes : new Uint8Array(bytes.length).fill(star);
