import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { FF1 } from '@noble/ciphers/ff1.js';
import fc from 'fast-check';
import type { KeyFile } from '../keys/key-file.ts';
import { createReplacements } from './replacements.ts';
import { createTokens } from './tokens.ts';

const keyOf = (fill: number): KeyFile => ({ id: `${fill}`, secret: createSecretKey(Buffer.alloc(32, fill)) });
const one = createReplacements(keyOf(1));
const other = createReplacements(keyOf(2));
const tokens = createTokens(keyOf(1).secret);
const tokenOf = (entity: string, value: string): string => one.replace('tokenize', entity, value);

const passesLuhn = (text: string): boolean => {
  const digits = Array.from(text.replace(/[^0-9]/g, ''), Number).reverse();
  const sum = digits.reduce((all, digit, at) => all + (at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
};

describe('FF1', () => {
  const key128 = '2b7e151628aed2a6abf7158809cf4f3c';
  const key192 = `${key128}ef4359d8d580aa4f`;
  const key256 = `${key192}7f036d6f04fc6a94`;
  const tweak = '39383736353433323130';
  // NIST SP 800-38G, FF1 samples 1 to 9 (csrc.nist.gov, "Examples with Intermediate Values").
  const samples: readonly (readonly [radix: number, key: string, tweak: string, plain: string, cipher: string])[] = [
    [10, key128, '', '0123456789', '2433477484'],
    [10, key128, tweak, '0123456789', '6124200773'],
    [36, key128, '3737373770717273373737', '0123456789abcdefghi', 'a9tv40mll9kdu509eum'],
    [10, key192, '', '0123456789', '2830668132'],
    [10, key192, tweak, '0123456789', '2496655549'],
    [36, key192, '3737373770717273373737', '0123456789abcdefghi', 'xbj3kv35jrawxv32ysr'],
    [10, key256, '', '0123456789', '6657667009'],
    [10, key256, tweak, '0123456789', '1001623463'],
    [36, key256, '3737373770717273373737', '0123456789abcdefghi', 'xs8a0azh2avyalyzuwd'],
  ];
  samples.forEach(([radix, key, tweakHex, plain, cipher], index) => {
    it(`agrees with sample ${index + 1} of NIST`, () => {
      const ff1 = FF1(radix, Buffer.from(key, 'hex'), Buffer.from(tweakHex, 'hex'));
      const numerals = (text: string): number[] => Array.from(text, (char) => Number.parseInt(char, 36));
      const text = (digits: readonly number[]): string => digits.map((digit) => digit.toString(36)).join('');
      assert.equal(text(ff1.encrypt(numerals(plain))), cipher);
      assert.equal(text(ff1.decrypt(numerals(cipher))), plain);
    });
  });
});

describe('a token', () => {
  it('keeps length, separators, and what is a digit, a capital or a small letter', () => {
    for (const [entity, value] of [
      ['us_ssn', '123-45-6789'],
      ['iban', 'DE89 3704 0044 0532 0130 00'],
      ['email', 'ann.Lee+x@bank.example'],
      ['us_mbi', '1EG4-TE5-MK73'],
      ['loan_number', 'LN-12345678'],
    ] as const) {
      const token = tokenOf(entity, value);
      const shape = (text: string): string => text.replace(/[0-9]/g, '9').replace(/[a-z]/g, 'a').replace(/[A-Z]/g, 'A');
      assert.equal(shape(token), shape(value));
      assert.notEqual(token, value);
      assert.equal(tokens.reveal(entity, token), value);
    }
  });

  it('is turned back by its key and entity alone, whatever the value', () => {
    const character = fc.constantFrom(...'0123456789ABCXYZabcxyz-. @/');
    const value = fc.array(character, { maxLength: 40 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(fc.constantFrom('us_ssn', 'email', 'own'), value, (entity, text) => {
        const token = tokens.tokenize(entity, text);
        if (token !== undefined) assert.equal(tokens.reveal(entity, token), text);
      }),
      { numRuns: 300 },
    );
    const token = tokenOf('us_ssn', '123-45-6789');
    assert.notEqual(tokens.reveal('us_itin', token), '123-45-6789');
    assert.notEqual(createTokens(keyOf(2).secret).reveal('us_ssn', token), '123-45-6789');
  });

  it('is the same for the same value however it is separated, and another one for every other value', () => {
    assert.equal(tokenOf('us_ssn', '123 45 6789').replaceAll(' ', '-'), tokenOf('us_ssn', '123-45-6789'));
    const all = new Set(Array.from({ length: 2000 }, (_, n) => tokenOf('account', `${100_000 + n}`)));
    assert.equal(all.size, 2000);
  });

  it('of a card is never a card, and the card comes back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n ** 14n, max: 10n ** 15n - 1n }),
        fc.constantFrom('', ' ', '-'),
        (body, separator) => {
          const digits = Array.from({ length: 10 }, (_, check) => `${body}${check}`).find(passesLuhn) ?? '';
          const card = digits.replace(/(....)(?=.)/g, `$1${separator}`);
          const token = tokenOf('credit_card', card);
          assert.equal(passesLuhn(token), false, token);
          assert.equal(token.length, card.length);
          assert.equal(tokens.reveal('credit_card', token), card);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of a number that is no card, which only a key made one, is no card either, or stars', () => {
    for (let check = 0; check < 10; check++) {
      const token = tokenOf('credit_card', `411111111111111${check}`);
      if (/^\*{16}$/.test(token)) continue;
      assert.equal(passesLuhn(token), false);
      assert.equal(tokens.reveal('credit_card', token), `411111111111111${check}`);
    }
    assert.equal(tokens.reveal('credit_card', '4111111111111111'), undefined);
  });

  it('is not made of what has fewer than a million spellings, more than 64 letters, or letters beyond ASCII: stars instead', () => {
    assert.equal(tokenOf('pin', '12345'), '*****');
    assert.equal(tokenOf('pin', 'AB-1'), '**-*');
    assert.equal(tokenOf('own', 'x'.repeat(65)), '*'.repeat(65));
    assert.equal(tokenOf('email', 'jörg@bank.example'), '****@****.*******');
    assert.equal(tokenOf('us_ssn', '１２３-45-6789'), '***-**-****');
  });
});

describe('a pseudonym', () => {
  const nameOf = (entity: string, value: string): string => one.replace('pseudonym', entity, value);

  it('is the entity and 24 letters, which are no digits and no word', () => {
    assert.match(nameOf('us_ssn', '123-45-6789'), /^\[US_SSN:[b-df-hj-np-tv-z]{24}\]$/);
  });
  it('is the same for one value in different spellings', () => {
    assert.equal(nameOf('us_ssn', '123-45-6789'), nameOf('us_ssn', '123 45 6789'));
    assert.equal(nameOf('us_ssn', '123-45-6789'), nameOf('us_ssn', '１２３\u200b-45-6789'));
    assert.equal(nameOf('email', 'Ann@Bank.Example'), nameOf('email', 'ann@bank.example'));
    assert.equal(nameOf('iban', 'de89 3704 0044'), nameOf('iban', 'DE8937040044'));
  });
  it('differs by value, entity and key', () => {
    const names = [
      nameOf('us_ssn', '123-45-6789'),
      nameOf('us_ssn', '123-45-6780'),
      nameOf('us_itin', '123-45-6789'),
      other.replace('pseudonym', 'us_ssn', '123-45-6789'),
      nameOf('ip_address', '1.11.1.1'),
      nameOf('ip_address', '11.1.1.1'),
      nameOf('own', '12-3'),
      nameOf('own', '123'),
    ];
    assert.equal(new Set(names).size, names.length);
  });
});

describe('a hash', () => {
  it('is the same within a process, another one in every other, and never a pseudonym', () => {
    const hash = one.replace('hash', 'us_ssn', '123-45-6789');
    assert.match(hash, /^\[US_SSN#[b-df-hj-np-tv-z]{24}\]$/);
    assert.equal(one.replace('hash', 'us_ssn', '123 45 6789'), hash);
    assert.notEqual(createReplacements(keyOf(1)).replace('hash', 'us_ssn', '123-45-6789'), hash);
  });
});

describe('without a key', () => {
  const keyless = createReplacements(undefined);
  it('tokens and pseudonyms are stars, hashes work', () => {
    for (const kind of ['tokenize', 'pseudonym'] as const) {
      assert.equal(keyless.replace(kind, 'email', 'ann@bank.example'), '***@****.*******');
    }
    assert.match(keyless.replace('hash', 'email', 'ann@bank.example'), /^\[EMAIL#/);
  });
});

it('a value with a quote or a backslash has no token: one would keep it', () => {
  for (const value of ['"00AAA', '12345678"', 'ab\\cdefgh', '4111"1111 1111 1111'])
    for (const entity of ['own', 'credit_card'])
      assert.match(one.replace('tokenize', entity, value), /^[* ]+$/, `${entity} ${value}`);
});

it('every replacement is printable ASCII without quotes and backslashes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('tokenize', 'pseudonym', 'hash'),
      fc.constantFrom('email', 'credit_card', 'own'),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      (kind, entity, value) => {
        for (const from of [one, createReplacements(undefined)]) {
          const text = from.replace(kind, entity, value);
          if (kind !== 'tokenize' || /[^ !#-[\]-~]/.test(value)) assert.match(text, /^[ !#-[\]-~]+$/);
        }
      },
    ),
    { numRuns: 300 },
  );
});
