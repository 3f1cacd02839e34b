/** Words of letters and digits that nothing but a key or a context tells from other ones. */
import { endsEscape, isAlphanumeric, isDigit, isHex, isLetter } from '../characters.ts';
import { quoteByte } from '../look-alikes.ts';
import { chars, type Pattern, uncounted } from '../pattern.ts';
import { isCountry } from './countries.ts';
import type { Shape } from './recognizer.ts';

const maxBytes = 64;

/** All that is read as a word here. */
export const looseToken: Pattern = uncounted(chars('0-9A-Za-z\\-'), 1, maxBytes);

interface Tokens {
  readonly name: string;
  readonly shortest: number;
  readonly longest: number;
  /** What it is worth by itself (score.ts); undefined: it is none. */
  worth(bytes: Uint8Array, start: number, end: number): number | undefined;
}

function tokens({ name, shortest, longest, worth }: Tokens, threshold: number): Shape {
  return {
    name,
    pattern: looseToken,
    read(bytes, start, points) {
      if (isAlphanumeric(bytes[start - 1]) && !endsEscape(bytes, start - 1)) return undefined;
      const end = endOfToken(bytes, start);
      if (end - start < shortest || end - start > longest) return undefined;
      const shape = worth(bytes, start, end);
      return shape === undefined || shape + points < threshold ? undefined : { start, end, style: 'characters' };
    },
  };
}

/** Dashes inside belong to it. */
function endOfToken(bytes: Uint8Array, start: number): number {
  let end = start;
  while (
    end - start <= maxBytes &&
    (isAlphanumeric(bytes[end]) || (bytes[end] === 0x2d && isAlphanumeric(bytes[end + 1])))
  )
    end++;
  return end;
}

interface Makeup {
  readonly letters: number;
  readonly digits: number;
  readonly dashes: number;
}
function makeupOf(bytes: Uint8Array, start: number, end: number): Makeup {
  let letters = 0;
  let digits = 0;
  for (let at = start; at < end; at++) {
    if (isDigit(bytes[at])) digits++;
    else if (isLetter(bytes[at])) letters++;
  }
  return { letters, digits, dashes: end - start - letters - digits };
}

/** `2024-01-15` */
const isIsoDate = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start === 10 && bytes[start + 4] === 0x2d && bytes[start + 7] === 0x2d;

/** Every state has a form of its own, so any word with five digits counts. */
export const driverLicenses = (threshold: number): Shape =>
  tokens(
    {
      name: 'us_driver_license',
      shortest: 5,
      longest: 24,
      worth(bytes, start, end) {
        const { digits } = makeupOf(bytes, start, end);
        if (digits < 4) return undefined;
        return digits >= 5 && !isIsoDate(bytes, start, end) ? 1 : 0;
      },
    },
    threshold,
  );

/** Nine digits, or a letter and eight digits since 2021; passports of others have six to nine letters and digits. */
export const passports = (threshold: number): Shape =>
  tokens(
    {
      name: 'us_passport',
      shortest: 6,
      longest: 9,
      worth(bytes, start, end) {
        const { letters, digits, dashes } = makeupOf(bytes, start, end);
        if (dashes > 0 || digits < 4) return undefined;
        return digits === 9 || (digits === 8 && letters === 1 && isLetter(bytes[start])) ? 1 : 0;
      },
    },
    threshold,
  );

/** ISO 9362: bank, country, place, perhaps a branch. In capitals, or as the whole of a value. */
export const bics = (threshold: number): Shape =>
  tokens(
    {
      name: 'swift_bic',
      shortest: 8,
      longest: 11,
      worth(bytes, start, end) {
        if ((end - start !== 8 && end - start !== 11) || !isCountry(bytes, start + 4)) return undefined;
        for (let at = start; at < start + 4; at++) if (!isLetter(bytes[at])) return undefined;
        const { dashes } = makeupOf(bytes, start, end);
        if (dashes > 0) return undefined;
        if (isUpper(bytes, start, end)) return 1;
        return isLower(bytes, start, end) && isDelimiter(bytes[start - 1]) ? 0 : undefined;
      },
    },
    threshold,
  );

const isDelimiter = (byte: number | undefined): boolean =>
  byte === undefined || byte === 0x22 || byte === quoteByte || byte === 0x27 || byte === 0x3d || byte === 0x3e;
function isUpper(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) >= 0x61) return false;
  return true;
}
function isLower(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isLetter(bytes[at]) && (bytes[at] ?? 0) < 0x61) return false;
  return true;
}

/** An IBAN of a country that the registry does not have, or of another length. */
export const namedIbans = (threshold: number): Shape =>
  tokens(
    {
      name: 'iban',
      shortest: 12,
      longest: 34,
      worth(bytes, start) {
        const isCode = isLetter(bytes[start]) && isLetter(bytes[start + 1]);
        return isCode && isDigit(bytes[start + 2]) && isDigit(bytes[start + 3]) ? 0 : undefined;
      },
    },
    threshold,
  );

/** Addresses of chains that are not checked. */
export const namedCryptoAddresses = (threshold: number): Shape =>
  tokens(
    {
      name: 'crypto_address',
      shortest: 26,
      longest: 64,
      worth(bytes, start, end) {
        const { letters, digits, dashes } = makeupOf(bytes, start, end);
        return dashes === 0 && letters >= 5 && digits >= 2 ? 0 : undefined;
      },
    },
    threshold,
  );

/** Twelve hexadecimal digits without separators. */
export const namedMacs = (threshold: number): Shape =>
  tokens(
    {
      name: 'mac_address',
      shortest: 12,
      longest: 12,
      worth(bytes, start, end) {
        for (let at = start; at < end; at++) if (!isHex(bytes[at])) return undefined;
        return 0;
      },
    },
    threshold,
  );

/** MBI and NINO in small letters count only here. */
export const namedMbis = (threshold: number): Shape =>
  tokens(
    {
      name: 'us_mbi',
      shortest: 11,
      longest: 13,
      worth(bytes, start, end) {
        const { letters, digits } = makeupOf(bytes, start, end);
        return letters + digits === 11 && letters >= 3 && digits >= 5 ? 0 : undefined;
      },
    },
    threshold,
  );
