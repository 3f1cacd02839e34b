/** Values inside base64 (encoded.ts): what is in the text is found by the masker of the text around it. */
import type { TextScan } from '../../ports.ts';
import { encodedHead, readEncoded } from '../encoded.ts';
import type { Recognizer } from './recognizer.ts';

export const encodedValues = (scan: TextScan): Recognizer => ({
  name: 'encoded',
  // How far it may go on is not asked of the search: encodedHoldFrom says it.
  pattern: encodedHead,
  isLong: true,
  read(bytes, at) {
    const found = readEncoded(scan, bytes, at);
    return found && { start: found.start, end: found.end, style: 'characters', decoded: found.text };
  },
});
