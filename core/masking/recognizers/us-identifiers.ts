/** Numbers of US persons, firms and banks that are bare digits or nearly so: each counts only with a key or a context. */
import { checkDigit } from '../score.ts';
import { aba, leadingDigits, luhn } from './checksum.ts';
import { numbers } from './groups.ts';
import type { Shape } from './recognizer.ts';
import { isIssuedSsn, isItinGroup } from './ssn.ts';

const nine = /^(?:9|3[- .]2[- .]4|5[- ]4|3[- ]6)$/;

export const namedSsns = (threshold: number): Shape =>
  numbers(
    { name: 'us_ssn', layout: nine, worth: (bytes, start) => (isIssuedSsn(leadingDigits(bytes, start, 9)) ? 1 : 0) },
    threshold,
  );

export const namedItins = (threshold: number): Shape =>
  numbers(
    { name: 'us_itin', layout: nine, worth: (bytes, start) => (isItinGroup(leadingDigits(bytes, start, 5)) ? 1 : 0) },
    threshold,
  );

/** Prefixes that the IRS has given to its campuses. */
const noEinPrefix = new Set([0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97]);
export const eins = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_ein',
      layout: /^(?:9|2[- ]7)$/,
      worth: (bytes, start, _end, layout) =>
        layout !== '9' && !noEinPrefix.has(leadingDigits(bytes, start, 2)) ? 1 : 0,
    },
    threshold,
  );

/** Federal Reserve districts, thrifts, electronic, government. */
const isRoutingPrefix = (prefix: number): boolean =>
  prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
export const routings = (threshold: number): Shape =>
  numbers(
    {
      name: 'aba_routing',
      layout: /^(?:9|4[- ]4[- ]1|3[- ]3[- ]3)$/,
      worth: (bytes, start, end) =>
        isRoutingPrefix(leadingDigits(bytes, start, 2)) && aba(bytes, start, end) ? checkDigit : 0,
    },
    threshold,
  );

/** 80840, the issuer in front of a National Provider Identifier, adds this to its Luhn sum. */
const npiPrefixSum = 24;
export const npis = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_npi',
      layout: /^(?:10|4[- ]3[- ]3|3[- ]3[- ]4)$/,
      worth: (bytes, start, end) => {
        const first = leadingDigits(bytes, start, 1);
        return (first === 1 || first === 2) && luhn(bytes, start, end, npiPrefixSum) ? checkDigit : 0;
      },
    },
    threshold,
  );

/** No bank says how long its numbers are: four to seventeen digits. */
export const bankAccounts = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_bank_account',
      layout: /^\d+(?:-\d+){0,3}$/,
      worth: (bytes, start, end, layout) => {
        const digits = countOf(layout);
        if (digits < 4 || digits > 17) return Number.NEGATIVE_INFINITY;
        return digits >= 6 && !isDateOrAmount(bytes, start, end, layout) ? 1 : 0;
      },
    },
    threshold,
  );

const countOf = (layout: string): number => layout.split(/\D/).reduce((sum, size) => sum + Number(size), 0);

/** `2024-01-15`, `20240115`, `$150000`, `150000.00`: they stand near the word "account" more often than its number does. */
function isDateOrAmount(bytes: Uint8Array, start: number, end: number, layout: string): boolean {
  const year = leadingDigits(bytes, start, 4);
  if ((layout === '8' || layout === '4-2-2') && year >= 1900 && year < 2100) return true;
  const before = bytes[start - 1];
  const isMoney = before === 0x24 || before === 0xa3 || before === 0xac || before === 0x2c;
  return isMoney || bytes[end] === 0x2e || bytes[end] === 0x2c || bytes[end] === 0x25;
}
