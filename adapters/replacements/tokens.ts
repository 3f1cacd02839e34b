/**
 * Tokens: values of the same shape, which whoever has the key can turn back. FF1 (NIST SP 800-38G), AES-256, the entity as tweak,
 * over numerals of the radix that fits the shape: 10 for digits, 26 for letters. Where no radix fits exactly, the permutation is
 * walked until it meets a value of the shape again (cycle walking): a step or two.
 */
import type { KeyObject } from 'node:crypto';
import { FF1 } from '@noble/ciphers/ff1.js';
import { deriveBytes } from '../keys/derive.ts';
import { cardBody, withWrittenCheckDigit, withWrongCheckDigit } from './card-token.ts';
import { fromNumerals, numeralsFor, toNumerals } from './numerals.ts';
import { fromNumber, shapeOf, toNumber } from './shape.ts';

export interface Tokens {
  /** undefined: this value has no safe token. */
  tokenize(entity: string, value: string): string | undefined;
  /** The value of a token that `tokenize` made. undefined: it can have made none like this. Anything else is not noticed. */
  reveal(entity: string, token: string): string | undefined;
}

/** FF1 must not be used on fewer (SP 800-38G Rev. 1): so few can be tried one by one. */
const leastValues = 1_000_000n;
/** 64 letters: the arithmetic of longer values would cost more than a call may. */
const mostValues = 26n ** 64n;

export function createTokens(secret: KeyObject): Tokens {
  const key = deriveBytes(secret, 'token', 32);
  const permutations = new Map<string, ReturnType<typeof FF1>>();

  /** Few: the entities of the policy, with the radices of their shapes. */
  function permutationOf(entity: string, radix: number): ReturnType<typeof FF1> {
    const name = `${radix} ${entity}`;
    const known = permutations.get(name);
    if (known !== undefined) return known;
    const permutation = FF1(radix, key, new TextEncoder().encode(entity));
    permutations.set(name, permutation);
    return permutation;
  }

  function walk(entity: string, value: string, direction: 'encrypt' | 'decrypt'): string | undefined {
    const shape = shapeOf(value);
    if (shape === undefined || shape.size < leastValues || shape.size > mostValues) return undefined;
    const numerals = numeralsFor(shape.size);
    const permutation = permutationOf(entity, numerals.radix);
    let number = toNumber(value, shape);
    do number = fromNumerals(permutation[direction](toNumerals(number, numerals)), numerals);
    while (number >= shape.size);
    return fromNumber(number, value, shape);
  }

  return {
    tokenize(entity, value) {
      if (entity !== 'credit_card') return walk(entity, value, 'encrypt');
      const body = cardBody(value);
      const token = body && walk(entity, body.digits, 'encrypt');
      return body && token && withWrongCheckDigit(value, body, token);
    },
    reveal(entity, token) {
      if (entity !== 'credit_card') return walk(entity, token, 'decrypt');
      const body = cardBody(token);
      const digits = body && walk(entity, body.digits, 'decrypt');
      return body && digits && withWrittenCheckDigit(token, body, digits);
    },
  };
}
