/** What counts as a value and what does not, one requirement a line. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { MaskProfile } from '../policy/policy.ts';
import { bankActions } from './action.ts';
import { planted } from './planted.testing.ts';
import { bankProfile, noneProfile } from './profile.ts';

const engine = createMasking();
const mask = (text: string, profile: MaskProfile = bankProfile): string => engine.maskText(text, profile).text;

describe('each form of each value', () => {
  for (const { value, masked } of planted) it(`${value} becomes ${masked}`, () => assert.equal(mask(value), masked));
});

/** [requirement, text, what is left of it]; no third: it stays. */
type Case = readonly [requirement: string, text: string, masked?: string];
function cases(name: string, list: readonly Case[]): void {
  describe(name, () => {
    for (const [requirement, text, masked] of list) it(requirement, () => assert.equal(mask(text), masked ?? text));
  });
}

cases('cards', [
  [
    'every live length: 12, 13, 14, 15, 16, 18, 19',
    '675900000000 4222222222222 30569309025904 378282246310005 6304000000000000 4000000000000000006',
    '********0000 *********2222 **********5904 ***********0005 ************0000 ***************0006',
  ],
  ['Mastercard 2-series', '2720990000000007', '************0007'],
  ['JCB of fifteen digits', '180000000000002', '***********0002'],
  ['a wrong Luhn digit is no card', '4111111111111112'],
  ['no card begins with 0 or 9999', '0000000000000000 9999999999999995'],
  ['followed by its code, only the card is masked', '4111 1111 1111 1111 123', '**** **** **** 1111 123'],
  ['two in a row', '4111111111111111 4111 1111 1111 1111', '************1111 **** **** **** 1111'],
  ['behind another number in groups of four', '1234 4111 1111 1111 1111', '1234 **** **** **** 1111'],
  [
    'unbreakable spaces and dashes, as models write them',
    '4111\u00a01111\u202f1111\u20111111',
    '****\u00a0****\u202f****\u20111111',
  ],
  ['glued to its label', 'card4111111111111111, Visa:4111111111111111', 'card************1111, Visa:************1111'],
  [
    'glued to a label or a word that hexadecimal could spell',
    'cc4111111111111111 %B4111111111111111^ 4111111111111111exp12/28 4111111111111111CVV123',
    'cc************1111 %B************1111^ ************1111exp12/28 ************1111CVV123',
  ],
  ['the fraction of a score is no card', '0.4111111111111111'],
  ['a piece of a hash is no card', 'a4111111111111111f 4111111111111111e5'],
  ['the middle of a UUID is no card', 'a1b2c3d4-6304-0000-0000-a1b2c3d4e5f6'],
  ['swallowed by a phone number it is a card all the same', '+44 4111 1111 1111 1111', '+** **** **** **** 1111'],
]);

cases('social security numbers', [
  [
    'dashes, dots, spaces, a dash between spaces',
    '123-45-6789 123.45.6789 123 45 6789 123 - 45 - 6789',
    '***-**-**** ***.**.**** *** ** **** *** - ** - ****',
  ],
  ['never issued: area 000 and 666, group 00, serial 0000', '000-12-3456 666-12-3456 123-00-4567 123-45-0000'],
  ['areas from 900 are masked: taxpayer numbers look like that', '912-70-1234', '***-**-****'],
  ['famous fakes are masked', '078-05-1120 219-09-9999', '***-**-**** ***-**-****'],
  ['glued to its label', 'SSN123-45-6789x', 'SSN***-**-****x'],
  ['not inside a longer number', '5123-45-6789 123-45-67890'],
  ['an amount and a year are none', '$234.56 2024-01-15'],
  ['with dashes that Markdown escapes', '123\\-45\\-6789', '***\\-**\\-****'],
  ['a bare run of nine digits is anybody’s id', '123456789'],
  ['behind an escaped line end', '\\n123-45-6789 \\\\n123-45-6789', '\\n***-**-**** \\\\n***-**-****'],
  [
    'behind an escaped letter of another script',
    '\\u00e9123-45-6789 \\\\u0020123-45-6789',
    '\\u00e9***-**-**** \\\\u0020***-**-****',
  ],
  ['with escaped digits inside', '\\u00312\\\\u0033-45-6789', '***-**-****'],
]);

cases('IBANs', [
  [
    'any case, in groups or not, unbreakable spaces',
    'fr1420041010050500013M02606 FR14\u00a02004 1010 0505 0001 3M02 606',
    '*************************** ****\u00a0**** **** **** **** **** ***',
  ],
  ['a wrong check digit is no IBAN', 'GB83WEST12345698765432'],
  ['a country outside the registry is none', 'ZZ82WEST12345698765432'],
  ['words behind it stay', 'NO93 8601 1117 947 paid by', '**** **** **** *** paid by'],
  ['glued to its label', 'IBANGB82WEST12345698765432', 'IBAN**********************'],
  ['behind an escaped line end', '\\nGB82WEST12345698765432', '\\n**********************'],
  ['not inside a longer token', 'xGB82WEST12345698765432 GB82WEST12345698765432x'],
]);

cases('email addresses', [
  [
    'quotes, bullets and brackets around it stay',
    `'ann@ex.org' <ann@ex.org>, (ann@ex.org).`,
    `'***@******' <***@******>, (***@******).`,
  ],
  ['letters beyond ASCII in the name', 'josé@ex.org', '****@******'],
  ['with characters that Markdown escapes', 'john\\_doe@ex.org ann\\@ex.org', '********@****** ***\\@******'],
  ['a sentence that ends behind it', 'ask ann@ex.org. Then', 'ask ***@******. Then'],
  ['a number behind it is not part of it', 'ann@ex.org.123', '***@******.123'],
  ['a mention, a price, a package version are none', '@ann 12@3.50 pkg@1.2.3 ann@localhost'],
  [
    'behind an escaped line end the escape stays valid',
    '{\\"to\\":\\"x\\nann@ex.org\\"}',
    '{\\"to\\":\\"x\\n***@******\\"}',
  ],
  ['a social security number in front is masked with it', '123-45-6789@ex.org', '***********@******'],
  [
    'of a name longer than 64 bytes the last 64 are masked',
    `${'a'.repeat(70)}@ex.org`,
    `${'a'.repeat(6)}${'*'.repeat(64)}@******`,
  ],
]);

cases('phone numbers', [
  [
    'North American forms',
    '415.555.2671 (415)555-2671 1-415-555-2671 1 (415) 555-2671 415/555-2671',
    '***.***.**** (***)***-**** *-***-***-**** * (***) ***-**** ***/***-****',
  ],
  ['international forms', '+44 (0)20 7946 0958, +86-138-0013-8000', '+** (*)** **** ****, +**-***-****-****'],
  ['an area or exchange that begins with 0 or 1 is none', '115-555-2671 415-155-2671'],
  ['a bare run of ten digits is anybody’s id', '4155552671'],
  ['two glued to each other', '+14155552671+442079460958', '+***********+************'],
  ['with slashes that JSON escapes', '415\\/555\\/2671', '***\\/***\\/****'],
  [
    'glued to its label and its extension, or behind another number',
    'tel+14155552671ext5 2(415) 555-2671',
    'tel+*************** 2(***) ***-****',
  ],
  ['a count behind a complete number stays', '+442079460958 3 times', '+************ 3 times'],
  [
    'signed amounts, a time zone and its date are none',
    '+2500 -2300 +4100 +2500.50 1200.75 (UTC+2) 2024-01-15 20+12345678 9.03e+8 9.5007063961144e+6',
  ],
  ['a date behind it stays', '+49 30 901820 2024-01-15', '+** ** ****** 2024-01-15'],
  ['a growth, a signed decimal, a sum are none', '+12% +1.23456789 1+2 +4.123456789'],
  ['dates, times and versions are none', '2024-01-15T10:15:30Z 1.2.3 2024.01.15'],
]);

cases('a run of digits longer than any number', [
  ['is masked whole: it may be a card with its code glued on', '41111111111111111225123', '***********************'],
  ['unless it is a fraction', '0.41111111111111111225123'],
]);

describe('profiles', () => {
  it('only the entities of the profile are looked for', () => {
    const profile: MaskProfile = { ...bankProfile, entities: ['email'] };
    assert.equal(mask('ann@ex.org 123-45-6789', profile), '***@****** 123-45-6789');
  });
  it('a profile may hide a whole card', () => {
    const profile: MaskProfile = { ...bankProfile, actions: { default: bankActions.default, of: {} } };
    assert.equal(mask('4111-1111-1111-1111', profile), '****-****-****-****');
  });
  it('none looks for nothing', () => {
    assert.deepEqual(engine.maskText('123-45-6789', noneProfile), {
      text: '123-45-6789',
      summary: { counts: {}, faults: [] },
    });
  });
  it('counts say how many of each, and a number inside another one counts once', () => {
    const { summary } = engine.maskText('+1 415 555 2671, 123-45-6789, 123-45-6789', bankProfile);
    assert.deepEqual(summary, { counts: { phone: 1, us_ssn: 2 }, faults: [] });
  });
});
