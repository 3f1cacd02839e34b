/**
 * A token of a card must not be a card: it could be somebody's. Everything but the check digit is encrypted; the check digit of a
 * token is one more than Luhn asks for. So a token never passes Luhn, and what was wrong before can be told from what is ours.
 */

import { isReplacement } from '@countersign/core/masking/action.ts';

const shortest = 12;

export interface CardBody {
  /** All digits but the last. */
  readonly digits: string;
  /** How far the last digit is from the one that Luhn asks for. */
  readonly excess: number;
}

/** undefined: not the digits of a card, apart from spaces and the like. */
export function cardBody(value: string): CardBody | undefined {
  const digits = value.replace(/[^0-9]/g, '');
  if (!isReplacement(value) || /[A-Za-z]/.test(value) || digits.length < shortest) return undefined;
  const body = digits.slice(0, -1);
  return { digits: body, excess: (Number(digits.at(-1)) - checkDigit(body) + 10) % 10 };
}

/** undefined: the number was no card to begin with (only a key said so), and its token would be one. */
export function withWrongCheckDigit(value: string, { excess }: CardBody, body: string): string | undefined {
  if (excess === 9) return undefined;
  return inPlace(value, `${body}${(checkDigit(body) + excess + 1) % 10}`);
}

/** undefined: a right check digit, which no token has. */
export function withWrittenCheckDigit(token: string, { excess }: CardBody, body: string): string | undefined {
  if (excess === 0) return undefined;
  return inPlace(token, `${body}${(checkDigit(body) + excess - 1) % 10}`);
}

function inPlace(value: string, digits: string): string {
  let at = 0;
  return value.replace(/[0-9]/g, () => digits[at++] ?? '');
}

/** ISO/IEC 7812-1 annex B, for a number that lacks it. */
function checkDigit(body: string): number {
  let sum = 0;
  for (let at = body.length - 1, doubles = true; at >= 0; at--, doubles = !doubles) {
    const value = Number(body[at]) * (doubles ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return (10 - (sum % 10)) % 10;
}
