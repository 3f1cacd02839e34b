/** Values inside base64: what is found in the text goes out as base64 again (encoded.ts). */

import type { TextScan } from '../../ports.ts';
import { encode, encodedHead, encodedLetters, readEncoded } from '../encoded.ts';
import type { Inside, Recognizer } from './recognizer.ts';

/** @param mask undefined: nothing was found */
export function encodedValues(
  scan: TextScan,
  mask: (text: Uint8Array) => (Omit<Inside, 'text'> & { readonly text: Uint8Array }) | undefined,
): Recognizer {
  return {
    name: 'encoded',
    // How far it may go on is not asked of the search: encodedHoldFrom says it.
    pattern: encodedHead,
    head: encodedHead,
    firstBytes: encodedLetters,
    read(bytes, at) {
      const found = readEncoded(scan, bytes, at);
      const inside = found && mask(found.text);
      if (found === undefined || inside === undefined) return undefined;
      const { start, end } = found;
      const text = encode(inside.text, bytes[end - 1] === 0x3d);
      return { start, end, style: 'characters', inside: { ...inside, text } };
    },
  };
}
