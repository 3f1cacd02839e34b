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

/** Kinds of characters as bits; `anyDigit` is `first` or the zero. */
const [isFirst, isZero, isCapital, dashByte] = [1, 2, 4, 0x2d];
const anyDigit = isFirst | isZero;
const [c, a, n, an] = [isFirst, isCapital, anyDigit, anyDigit | isCapital];
const characters = Uint8Array.of(c, a, an, n, a, an, n, a, a, n, n);
const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isDigit(byte)) return byte === 0x30 ? isZero : isFirst;
  return byte >= 0x41 && byte <= 0x59 && !'BILOSZ'.includes(String.fromCharCode(byte)) ? isCapital : 0;
});
const shapePoints = 4;

export const mbis = (threshold: number): Recognizer => ({
  name: 'us_mbi',
  pattern: seq(...kinds),
  head: seq(...kinds.slice(0, 4)),
  read(bytes, start, points) {
    let at = start;
    for (let index = 0; index < characters.length; index++) {
      if ((index === 4 || index === 7) && bytes[at] === dashByte) at++;
      if (((classes[bytes[at] ?? 0] ?? 0) & (characters[index] ?? 0)) === 0) return undefined;
      at++;
    }
    if (!edgeOfToken(bytes, start, at, 'mbi')) return undefined;
    return shapePoints + points < threshold ? undefined : { start, end: at, style: 'characters' };
  },
});
