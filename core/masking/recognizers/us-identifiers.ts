/** Numbers of US persons, firms and banks that are bare digits or nearly so: each counts only with a key or a context. */
import { endOfDigits, gapLength, isDigit, spaceOrDash } from '../characters.ts';
import { checkDigit } from '../score.ts';
import { aba, countDigits, leadingDigits, luhn } from './checksum.ts';
import { numbers } from './groups.ts';
import { Layouts } from './layouts.ts';
import type { Shape } from './recognizer.ts';
import { isIssuedSsn, isItinGroup } from './ssn.ts';

const nine = new Layouts({ 9: '', '3 2 4': ' -.', '5 4': ' -', '3 6': ' -' });

export const namedSsns = (threshold: number): Shape =>
  numbers(
    { name: 'us_ssn', layouts: nine, worth: (bytes, start) => (isIssuedSsn(leadingDigits(bytes, start, 9)) ? 1 : 0) },
    threshold,
  );

export const namedItins = (threshold: number): Shape =>
  numbers(
    { name: 'us_itin', layouts: nine, worth: (bytes, start) => (isItinGroup(leadingDigits(bytes, start, 5)) ? 1 : 0) },
    threshold,
  );

/** Prefixes that the IRS has given to its campuses. */
const noEinPrefix = new Set([0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97]);
const einLayouts = new Layouts({ 9: '', '2 7': ' -' });
export const eins = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_ein',
      layouts: einLayouts,
      worth: (bytes, start, end) => (end - start > 9 && !noEinPrefix.has(leadingDigits(bytes, start, 2)) ? 1 : 0),
    },
    threshold,
  );

/** Federal Reserve districts, thrifts, electronic, government. */
const isRoutingPrefix = (prefix: number): boolean =>
  prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
const routingLayouts = new Layouts({ 9: '', '4 4 1': ' -', '3 3 3': ' -' });
export const routings = (threshold: number): Shape =>
  numbers(
    {
      name: 'aba_routing',
      layouts: routingLayouts,
      worth: (bytes, start, end) =>
        isRoutingPrefix(leadingDigits(bytes, start, 2)) && aba(bytes, start, end) ? checkDigit : 0,
    },
    threshold,
  );

/** 80840, the issuer in front of a National Provider Identifier, adds this to its Luhn sum. */
const npiPrefixSum = 24;
const npiLayouts = new Layouts({ 10: '', '4 3 3': ' -', '3 3 4': ' -' });
export const npis = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_npi',
      layouts: npiLayouts,
      worth: (bytes, start, end) => {
        const first = leadingDigits(bytes, start, 1);
        return (first === 1 || first === 2) && luhn(bytes, start, end, npiPrefixSum) ? checkDigit : 0;
      },
    },
    threshold,
  );

/** No bank says how long its numbers are: four to seventeen digits. */
const accountLayouts = new Layouts({ '*': '', '* *': '-', '* * *': '-', '* * * *': '-' });
export const bankAccounts = (threshold: number): Shape =>
  numbers(
    {
      name: 'us_bank_account',
      layouts: accountLayouts,
      worth: (bytes, start, end) => {
        const digits = countDigits(bytes, start, end);
        if (digits < 4 || digits > 17) return Number.NEGATIVE_INFINITY;
        const isOther = (digits === 8 && isDate(bytes, start, end)) || isAmount(bytes, start, end);
        return digits >= 6 && !isOther ? 1 : 0;
      },
    },
    threshold,
  );

/** `2024-01-15`, `20240115`: they stand near the word "account" more often than its number does. */
function isDate(bytes: Uint8Array, start: number, end: number): boolean {
  const year = leadingDigits(bytes, start, 4);
  if (year < 1900 || year >= 2100) return false;
  const yearEnd = endOfDigits(bytes, start);
  if (yearEnd === end) return true;
  const month = yearEnd + gapLength(bytes, yearEnd, spaceOrDash);
  return yearEnd === start + 4 && endOfDigits(bytes, month) === month + 2 && isDigit(bytes[end - 2]);
}

/** `$150000`, `150000.00`, `15%` */
function isAmount(bytes: Uint8Array, start: number, end: number): boolean {
  const before = bytes[start - 1];
  const isMoney = before === 0x24 || before === 0xa3 || before === 0xac || before === 0x2c;
  return isMoney || bytes[end] === 0x2e || bytes[end] === 0x2c || bytes[end] === 0x25;
}
