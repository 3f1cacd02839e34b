/**
 * What a character beyond ASCII stands for when people read it: a digit of any script is that digit, a letter that looks Latin is
 * that letter, what is not seen at all is nothing. One byte for each character, so that every pattern is over bytes.
 */

/** In a shadow: a letter of a script with spaces, a space or dash, an escaped quote, anything else. */
export const otherByte = 0x1a;
export const letterByte = 0x1b;
export const separatorByte = 0x1c;
/** It ends no string, but it may enclose one of JSON inside JSON. */
export const quoteByte = 0x1d;
/** A plus in the query of an address (query.ts): whoever reads the query takes it for a space, whoever does not for itself. */
export const plusByte = 0x1f;
/** What stands for a space in a shadow besides one, for classes of patterns. */
export const otherSpaces = '\\x{1c}\\x{1f}';
/** The same for a plus. */
export const pluses = '+\\x{1f}';
export const isOtherSpace = (byte: number | undefined): boolean => byte === separatorByte || byte === plusByte;
/** Not seen: belongs to the character behind it. Zero-width and bidi marks, soft hyphens, combining marks. */
export const nothing = 0;

const invisible = /\p{Default_Ignorable_Code_Point}|\p{Script=Inherited}/u;
const decimalDigit = /\p{Nd}/u;
const spaceOrDash = /[\p{Zs}\p{Pd}\u2212\u00b7\u2022\u2027\u2219\u22c5]/u;
/** Scripts whose words stand apart: a letter in front of an address belongs to it. A Chinese sentence would not. */
const letter = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;

/** Homoglyphs (Unicode TR 39), as far as fonts show no difference, and full stops that browsers read as dots. */
const lookAlikes = new Map(
  [
    ['аɑα', 'a'],
    ['еҽ', 'e'],
    ['оοօ', 'o'],
    ['рρ', 'p'],
    ['сϲ', 'c'],
    ['уүγ', 'y'],
    ['хχ', 'x'],
    ['іιı', 'i'],
    ['јϳ', 'j'],
    ['ѕ', 's'],
    ['һ', 'h'],
    ['ԁ', 'd'],
    ['ԛ', 'q'],
    ['ԝ', 'w'],
    ['ν', 'v'],
    ['υ', 'u'],
    ['κк', 'k'],
    ['т', 't'],
    ['м', 'm'],
    ['АΑ', 'A'],
    ['ВΒ', 'B'],
    ['ЕΕ', 'E'],
    ['ΖᏃ', 'Z'],
    ['НΗ', 'H'],
    ['ІΙӀ', 'I'],
    ['Ј', 'J'],
    ['КΚ', 'K'],
    ['МΜ', 'M'],
    ['Ν', 'N'],
    ['ОΟ', 'O'],
    ['РΡ', 'P'],
    ['СϹ', 'C'],
    ['ТΤ', 'T'],
    ['УΥҮ', 'Y'],
    ['ХΧ', 'X'],
    ['Ѕ', 'S'],
    ['。｡․﹒', '.'],
    ['﹫', '@'],
    ['⁄∕', '/'],
  ].flatMap(([from = '', to = '']) => Array.from(from, (char) => [char.charCodeAt(0), to.charCodeAt(0)] as const)),
);

/** Of every UTF-16 unit, filled as they are met: 3 ns instead of 200. */
const known = new Uint8Array(0x10000).fill(0xff);

/** The shadow of a character that was not written as itself, or is not ASCII. `nothing` is one that is not seen. */
export function looksLike(point: number): number {
  if (point >= 0x10000) return classify(point);
  let byte = known[point] ?? otherByte;
  if (byte === 0xff) {
    byte = point < 0x80 ? asciiOf(point) : classify(point);
    known[point] = byte;
  }
  return byte;
}

function classify(point: number): number {
  const same = lookAlikes.get(point);
  if (same !== undefined) return same;
  if (point >= 0xff01 && point <= 0xff5e) return asciiOf(point - 0xfee0);
  if (point >= 0x1d400 && point < 0x1d6a4) return mathematicalLetter(point - 0x1d400);
  const char = String.fromCodePoint(point);
  if (invisible.test(char)) return nothing;
  if (decimalDigit.test(char)) return 0x30 + digitValue(point);
  if (spaceOrDash.test(char)) return separatorByte;
  if (point === 0x2028 || point === 0x2029 || point === 0x85) return 0x0a;
  return letter.test(char) ? letterByte : otherByte;
}

/** Digits of a script stand in a row from 0 to 9 (Unicode 4.6); the mathematical ones in five rows. */
function digitValue(point: number): number {
  let zero = point;
  while (decimalDigit.test(String.fromCodePoint(zero - 1))) zero--;
  return (point - zero) % 10;
}

const mathematicalLetter = (offset: number): number => {
  const index = offset % 52;
  return index < 26 ? 0x41 + index : 0x61 + index - 26;
};

/** Only structural quotes may look like one. */
function asciiOf(ascii: number): number {
  if (ascii === 0x22) return quoteByte;
  return ascii === 0 || ascii === plusByte ? otherByte : ascii;
}
