/** IBANs (ISO 13616) of the countries in the registry, any case, with or without separators, mod-97 right. */
import {
  alphanumeric,
  digit,
  edgeOfToken,
  isAlphanumeric,
  isDigit,
  isHex,
  isLetter,
  letter,
  separator,
  separatorLength,
  spaceOrDash,
} from '../characters.ts';
import { optional, repeat, seq, times } from '../pattern.ts';
import { twoCheckDigits } from '../score.ts';
import { mod97 } from './checksum.ts';
import type { Recognizer } from './recognizer.ts';

/** Country and total length, from the SWIFT registry. */
const registry =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
  'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 ' +
  'LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 ' +
  'SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30';
const lengths = new Map(registry.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]));
const letterCodes = 32;
/** By the two letters of the country, of either case; 0: no country of the registry. */
const lengthOf = new Uint8Array(letterCodes * letterCodes);
for (const [country, length] of lengths) lengthOf[rowOf(country.charCodeAt(0), country.charCodeAt(1))] = length;

function rowOf(first: number, second: number): number {
  return (first & 0x1f) * letterCodes + (second & 0x1f);
}
const lengthAt = (bytes: Uint8Array, at: number): number =>
  isLetter(bytes[at]) && isLetter(bytes[at + 1]) ? (lengthOf[rowOf(bytes[at] ?? 0, bytes[at + 1] ?? 0)] ?? 0) : 0;
const shortest = 15;
const longest = 33;

const ibanGap = optional(separator(''));
const prefix = seq(times(letter, 2), times(digit, 2));
/** A country of the registry and its length. */
const shapePoints = 2;

export const ibans = (threshold: number): Recognizer => ({
  name: 'iban',
  pattern: seq(prefix, repeat(seq(ibanGap, alphanumeric), shortest - 4, longest - 4)),
  head: prefix,
  read(bytes, start, points) {
    const length = lengthAt(bytes, start);
    if (length === 0 || !isDigit(bytes[start + 2]) || !isDigit(bytes[start + 3])) return undefined;
    let at = start + 4;
    for (let count = 4; count < length; count++) {
      const character = at + separatorLength(bytes, at, spaceOrDash);
      if (!isAlphanumeric(bytes[character])) return undefined;
      at = character + 1;
    }
    if (!edgeOfToken(bytes, start, at, 'iban') || isPartOfUuid(bytes, start, at)) return undefined;
    const worth = mod97(bytes, start, at) ? shapePoints + twoCheckDigits : shapePoints;
    return worth + points < threshold ? undefined : { start, end: at, style: 'characters' };
  },
});

/** `…-be89-0cefb0618ed7`, `be3326ef-93a2-04d2-…`: hexadecimal behind a dash, or with dashes where a UUID has them. */
function isPartOfUuid(bytes: Uint8Array, start: number, end: number): boolean {
  const isBehind = bytes[start - 1] === 0x2d && isAlphanumeric(bytes[start - 2]);
  if (!isBehind && !(bytes[start + 8] === 0x2d && bytes[start + 13] === 0x2d)) return false;
  for (let at = start; at < end; at++) if (isAlphanumeric(bytes[at]) && !isHex(bytes[at])) return false;
  return true;
}
