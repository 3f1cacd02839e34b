/** Each entity: what counts as one, and what only looks like it. One requirement a line. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { Entity } from './entities.ts';
import { bankProfile, minimalProfile, strictProfile } from './profile.ts';

const engine = createMasking();

const found = (text: string, profile = bankProfile): readonly string[] =>
  engine
    .inspect(text, profile)
    .spans.map(([start, end, entity]) => `${entity} ${[...text].slice(start, end).join('')}`);

/** [text, the value in it]; no value: nothing may be found. */
type Case = readonly [text: string, value?: string];
function entity(name: Entity, cases: readonly Case[]): void {
  describe(name, () => {
    for (const [text, value] of cases) {
      it(`${text} ${value === undefined ? 'has none' : `has ${value}`}`, () =>
        assert.deepEqual(found(text), value === undefined ? [] : [`${name} ${value}`]));
    }
  });
}

entity('credit_card', [
  ['card 4111111111111112', '4111111111111112'],
  ['{"card":"0000111122223333"}', '0000111122223333'],
  ['{"card_number":4111111111111112}', '4111111111111112'],
  ['{"pan":"41-11-1111-1111-1112"}', '41-11-1111-1111-1112'],
  ['{"card":{"number":"4111111111111112","cvv":"123"}}', '4111111111111112'],
  ['{"card_type":"4111111111111112"}'],
  ['{"type":"card","id":"4111111111111112"}'],
  ['UATP 120000000000005 is rare'],
]);
entity('us_ssn', [
  ['{"ssn":"123456789"}', '123456789'],
  ['{"customerSsn" : 123456789}', '123456789'],
  ['{"SSN":"000123456"}', '000123456'],
  ['my SSN is 123456789', '123456789'],
  ['social security number: 123456789', '123456789'],
  ['ssn=123456789&x=1', '123456789'],
  ['<ssn>123456789</ssn>', '123456789'],
  ["{'ssn': '123456789'}", '123456789'],
  ['{"id":"123456789"}'],
  ['{"ssn_verified":true,"id":"123456789"}'],
  ['the ssn was asked for in the branch long ago, order 123456789'],
]);
entity('us_itin', [['912-70-1234', '912-70-1234'], ['ITIN 912701234', '912701234'], ['912701234']]);
entity('us_ein', [['EIN 12-3456789', '12-3456789'], ['{"ein":"123456789"}', '123456789'], ['lot 12-3456789']]);
entity('us_passport', [
  ['passport number C12345678', 'C12345678'],
  ['{"passport":"123456789"}', '123456789'],
  ['{"passport_count":"123456789"}'],
  ['C12345678'],
]);
entity('us_driver_license', [
  ["driver's license F162823540116", 'F162823540116'],
  ['Driver License: 2270-66-1551', '2270-66-1551'],
  ["driver's license, expires 2029-01-15"],
  ['F162823540116'],
]);
entity('aba_routing', [
  ['routing number 021000021', '021000021'],
  ['{"routing":"123456789"}', '123456789'],
  ['021000021'],
]);
entity('us_bank_account', [
  ['account number 12345678', '12345678'],
  ['Account: 12345678', '12345678'],
  ['{"accountNumber":1234}', '1234'],
  ['{"account_status":"12345678"}'],
  ['account number opened 20190512 with $1500000'],
  ['your account has been open since 20190512'],
]);
entity('iban', [
  ['{"iban":"ZZ82WEST12345698765432"}', 'ZZ82WEST12345698765432'],
  ['IBAN gb83west12345698765432', 'gb83west12345698765432'],
  ['GB83WEST12345698765432'],
  ['d55fc8e5-47c8-4d81-be89-0cefb0618ed7'],
]);
entity('swift_bic', [
  ['SWIFT: DEUTDEFF500', 'DEUTDEFF500'],
  ['{"bic":"deutdeff"}', 'deutdeff'],
  ['BIC DEUTDEFF', 'DEUTDEFF'],
  ['DEUTDEFF'],
  ['SWIFT payments and SWIFT messages'],
]);
entity('crypto_address', [
  ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ['to 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy.', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy'],
  ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'],
  ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb'],
  ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp'],
]);
entity('phone', [
  ['call me on 9472 7916', '9472 7916'],
  ['Phone:\n60-56-85-91', '60-56-85-91'],
  ['Fax: 9498777106', '9498777106'],
  ['(08) 8747 6301', '(08) 8747 6301'],
  ['345-899-3560x4587', '345-899-3560x4587'],
  ['{"phone_verified":true,"id":4155552671}'],
  ['{"phone_verified_at":1700000000}'],
  ['9472 7916'],
  ['part 4155-552-671'],
]);
entity('ip_address', [
  ['from 203.0.113.77 to', '203.0.113.77'],
  ['[2001:db8::ff00:42:8329]:443', '2001:db8::ff00:42:8329'],
  ['fe80::1ff:fe23:4567:890a', 'fe80::1ff:fe23:4567:890a'],
  ['{"ip":"1.2.3.4"}', '1.2.3.4'],
  ['section 1.2.3.4, v10.20.30.40, version 10.20.30.40'],
  ['1.3.6.1.4.1.311 and 256.1.2.300'],
  ['std::dec a::b 10:15:30:45 ::1'],
]);
entity('mac_address', [
  ['00:1b:44:11:3a:b7', '00:1b:44:11:3a:b7'],
  ['{"mac":"001b44113ab7"}', '001b44113ab7'],
  ['ab:cd:ef:01:23:45:67:89 is a fingerprint'],
]);
entity('date_of_birth', [
  ['DOB 1980-03-12', '1980-03-12'],
  ['{"dateOfBirth":"12/03/1980"}', '12/03/1980'],
  ['born on 12 March 1980', '12 March 1980'],
  ['born March 12th, 1980', 'March 12th, 1980'],
  ['{"dob":19800312}', '19800312'],
  ['opened 1980-03-12'],
]);
entity('uk_nhs', [['NHS number 401 023 2137', '401 023 2137'], ['NHS 4010232137', '4010232137'], ['4010232137']]);
entity('uk_nino', [['AB123456C', 'AB123456C'], ['{"nino":"ab123456c"}', 'ab123456c'], ['GB123456C AB123456E']]);
entity('us_npi', [['NPI: 1234567893', '1234567893'], ['1234567893']]);
entity('us_mbi', [['1EG4TE5MK73', '1EG4TE5MK73'], ['{"mbi":"1eg4te5mk73"}', '1eg4te5mk73'], ['1EG4TE5MS73']]);
entity('person_name', [
  ['{"customer_name":"Ann Lée"}', 'Ann Lée'],
  ['{"firstName":"Ann","model_name":"risk"}', 'Ann'],
  ['{"customer":{"full_name":{"a":"Ann"}}}', 'Ann'],
  ['{"username":"ann","filename":"ann.txt","name":"fraud"}'],
  ['first name Ann'],
]);

describe('what a key says of a value', () => {
  it('holds for everything under it, and for nothing behind it', () => {
    assert.deepEqual(found('{"ssn":["123456789",{"a":[234567890]}],"id":345678901,"b":"456789012"}'), [
      'us_ssn 123456789',
      'us_ssn 234567890',
    ]);
  });
  it('holds in JSON inside a string, at any depth', () => {
    let text = '{"ssn":["123456789"]}';
    for (let depth = 0; depth < 3; depth++) {
      assert.equal(found(text).length, 1, text);
      text = JSON.stringify({ inner: text });
    }
  });
  it('holds whatever the spelling', () => {
    for (const key of [
      'account_number',
      'accountNumber',
      'account-number',
      'Account Number',
      'ACCOUNT_NUMBER',
      'accountnumber',
    ])
      assert.deepEqual(found(`{"primary_${key}":"1234"}`), ['us_bank_account 1234'], key);
  });
  it('a name longer than any person has is hidden all the same', () => {
    const { text } = engine.inspect(`{"customer_name":"${'Ann Lee '.repeat(40)}","id":"x"}`, bankProfile);
    assert.equal(text, `{"customer_name":"${'*** *** '.repeat(40)}","id":"x"}`);
  });
});

describe('strictness', () => {
  it('strict takes less evidence', () => {
    assert.deepEqual(found('401 023 2137', strictProfile), ['uk_nhs 401 023 2137']);
    assert.deepEqual(found('401 023 2137'), []);
    assert.deepEqual(found('120000000000005', strictProfile), ['credit_card 120000000000005']);
  });
  it('minimal looks for little', () =>
    assert.deepEqual(found('ann@ex.org 123-45-6789', minimalProfile), ['us_ssn 123-45-6789']));
});
