/** Medicare Beneficiary Identifiers: eleven characters, the kind of each is fixed; S, L, O, I, B and Z never occur. */
import { digit, edgeOfToken, isDigit } from '../characters.ts';
import { chars, literal, optional, type Pattern, seq } from '../pattern.ts';
import type { Recognizer } from './recognizer.ts';

const letterSet = 'AC-HJKMNP-RT-Y';
const first = chars('1-9');
const letter = chars(letterSet);
const either = chars(`0-9${letterSet}`);
const dash = optional(literal('-'));

/** C A AN N A AN N A A N N (CMS); dashes behind the fourth and the seventh. */
const kinds: readonly Pattern[] = [
  first,
  letter,
  either,
  digit,
  dash,
  letter,
  either,
  digit,
  dash,
  letter,
  letter,
  digit,
  digit,
];
const shapePoints = 4;

export const mbis = (threshold: number): Recognizer => ({
  name: 'us_mbi',
  pattern: seq(...kinds),
  head: seq(...kinds.slice(0, 4)),
  read(bytes, start, points) {
    let at = start;
    for (const kind of 'fled-led-lldd') {
      const byte = bytes[at];
      if (kind === '-') {
        if (byte === 0x2d) at++;
        continue;
      }
      if (!fits(kind, byte)) return undefined;
      at++;
    }
    if (!edgeOfToken(bytes, start, at, 'mbi')) return undefined;
    return shapePoints + points < threshold ? undefined : { start, end: at, style: 'characters' };
  },
});

function fits(kind: string, byte: number | undefined): boolean {
  if (byte === undefined) return false;
  if (kind === 'd') return isDigit(byte);
  if (kind === 'f') return isDigit(byte) && byte !== 0x30;
  if (kind === 'e' && isDigit(byte)) return true;
  return byte >= 0x41 && byte <= 0x59 && !'BILOSZ'.includes(String.fromCharCode(byte));
}
