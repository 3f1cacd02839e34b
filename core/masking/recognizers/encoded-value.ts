/** Values inside base64 (encoded.ts, folded.ts): what is in the text is found by the masker of the text around it. */
import type { TextScan } from '../../ports.ts';
import { encodedHead, readEncoded } from '../encoded.ts';
import { readFolded } from '../folded.ts';
import type { Recognizer } from './recognizer.ts';

export const encodedValues = (scan: TextScan): Recognizer => ({
  name: 'encoded',
  // How far it may go on is not asked of the search: encodedHoldFrom and foldedHoldFrom say it.
  pattern: encodedHead,
  isLong: true,
  read(bytes, at) {
    const folded = readFolded(scan, bytes, at);
    const found = folded ?? readEncoded(scan, bytes, at);
    if (found === undefined) return undefined;
    const { start, end, text: decoded } = found;
    return { start, end, style: 'characters', decoded, lines: folded?.lines };
  },
});
