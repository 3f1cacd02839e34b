/** A plus that is a space, in a query inside a text: as found as with spaces, nowhere else, and cut anywhere. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import { testCutAnywhere } from './cut-anywhere.testing.ts';
import { everyByte, maskFlat } from './planted.testing.ts';
import { bankProfile } from './profile.ts';

const engine = createMasking();
const flat = maskFlat(engine);
const mask = (text: string): string => engine.maskText(text, bankProfile).text;

/** Values in groups, and what must be left of them. */
const grouped = [
  ['4111+1111+1111+1111', '****+****+****+1111'],
  ['3782+822463+10005', '****+******+*0005'],
  ['536+22+8841', '***+**+****'],
  ['415+555+2671', '***+***+****'],
  ['(415)+555-2671', '(***)+***-****'],
  ['1+415+555+2671', '*+***+***+****'],
  ['+1+415+555+2671', '+*+***+***+****'],
  ['%2B1+415+555+2671', '%2B*+***+***+****'],
  ['07700+063+966', '*****+***+***'],
  ['415+555+2671+ext.+4587', '***+***+****+***.+****'],
  ['GB82+WEST+1234+5698+7654+32', '****+****+****+****+****+**'],
  ['DE89+3704+0044+0532+0130+00', '****+****+****+****+****+**'],
  ['AB+12+34+56+C', '**+**+**+**+*'],
] as const;

/** Where a query stands: in front of a value, behind it. */
const places = [
  ['https://x.example/pay?name=', '&exp=12/27'],
  ['GET /pay?id=7&name=', ' HTTP/1.1'],
  ['<a href="/pay?id=7&amp;name=', '">pay</a>'],
  ['curl -d "name=', '&ok=1" https://x.example/'],
  ['{"body":"name=', '&ok=1"}'],
  ['{"body":"{\\"form\\":\\"name=', '&ok=1\\"}"}'],
  ['{"url":"https:\\/\\/x.example\\/pay?id=7\\u0026name=', '"}'],
  ['name=', '&ok=1'],
  ['see /pay?text=please+take+it+from+', '+thanks for it'],
  ['/pay?text=%22one%22%0D%0Atwo%20three+', '#top'],
  [`/pay?text=${'more+words+'.repeat(40)}`, ''],
  [`/pay?token=${'x'.repeat(127)}+`, ''],
] as const;

describe('a value in groups is found in a query, with pluses for spaces', () => {
  for (const [front, behind] of places) {
    it(front.length > 60 ? `${front.slice(0, 30)}…` : front, () => {
      for (const [value, masked] of grouped) {
        // What is a plus for everybody is not one more space in front of a number.
        if (value.startsWith('+') && front.endsWith('+')) continue;
        assert.equal(mask(front + value + behind), front + masked + behind);
        assert.equal(flat(front + value + behind, 'json', []), front + masked + behind);
      }
    });
  }
  it('pluses that a JSON writer escaped', () =>
    assert.equal(
      flat('{"u":"/x?a=1\\u0026n=4111\\u002B1111\\u002B1111\\u002B1111"}', 'json', []),
      '{"u":"/x?a=1\\u0026n=****\\u002B****\\u002B****\\u002B1111"}',
    ));
  it('words in front of it count', () =>
    assert.equal(mask('/x?q=my+social+security+number+is+536228841.'), '/x?q=my+social+security+number+is+*********.'));
});

describe('a plus that is meant stays one', () => {
  it('in front of a number, encoded or not', () => {
    assert.equal(mask('/x?to=+14155552671&a=1'), '/x?to=+***********&a=1');
    assert.equal(mask('/x?to=%2B14155552671&a=1'), '/x?to=%2B***********&a=1');
    assert.equal(mask('/x?q=call+%2B14155552671'), '/x?q=call+%2B***********');
  });
  it('in an address', () => assert.equal(mask('/x?to=ann+news@ex.org&a=1'), '/x?to=********@******&a=1'));
  it('in base64', () => {
    const encoded = Buffer.from('~~> 536-22-8841 ~~>').toString('base64');
    assert.ok(encoded.includes('+'));
    assert.equal(mask(`/x?d=${encoded}`), `/x?d=${Buffer.from('~~> ***-**-**** ~~>').toString('base64')}`);
  });
});

describe('outside a query it is no space', () => {
  for (const text of [
    '2+2',
    '1234+5678+9012',
    '536+22+8841',
    '4111+1111+1111+1111',
    'x = 536+22+8841',
    'x=536+22+8841',
    '"x=536+22+8841"',
    'total=536+22+8841',
    '{"sum":"536+22+8841"}',
    'is it so? total = 536+22+8841',
    'a && total=536+22+8841',
    '+536\n+22\n+8841',
    '@@ -536,22 +22,8841 @@',
    '/x?a=1 536+22+8841',
    '/x?a=1\n536+22+8841',
    '"/x?a=1","536+22+8841"',
    '\\"/x?a=1\\",\\"536+22+8841\\"',
    '<a href="/x?a=1">536+22+8841</a>',
    '/x?a=1#536+22+8841',
    '/x?536+22+8841',
    '/x?a=536%2B22%2B8841',
    'x+?=536+22+8841',
  ]) {
    it(text, () => assert.equal(mask(`sum ${text} end`), `sum ${text} end`));
  }
});

describe('whatever is cut, the output is that of the whole', () => {
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...grouped.map(([value]) => value)) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('/x?a=', '&b=', '&amp;c=', '\\u0026d=', '"na=', '?', '&', '=', '+', '%2B'),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...['a', '9', ' ', '"', '\\"', '%20', '%22', '#', '\n', '\u00a0', 'é', ')', '\u001f', '\\u001f'],
        ...['x'.repeat(60), 'x'.repeat(126), '1+'.repeat(20), 'ann+news@ex.org', 'fn4+', '+14155552671'],
      ),
    },
  );
  const body = fc.array(part, { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));
  it('a plus as far behind the sign of a query as it may be, and one further', () => {
    for (const length of [126, 127, 128, 129]) {
      const text = `/x?a=%2B${'x'.repeat(length - 2)}1+415+555+2671 `;
      const whole = flat(text, 'text', []);
      assert.equal(whole.includes('415'), length > 128);
      for (let at = 0; at <= text.length; at++)
        assert.equal(flat(text, 'text', [at]), whole, `${length}, cut at ${at}`);
      assert.equal(flat(text, 'text', everyByte(text.length)), whole, `${length}`);
    }
  });
  it('a text with the character that stands for a plus in the shadow, in front of a value that is hidden', () => {
    const text = '/x?a=4111+1111+1111+1111\u001fann+news@ex.org4111+1111+1111+1111/x?a=';
    assert.equal(flat(text, 'text', [44, 61]), flat(text, 'text', []));
  });
  for (const api of ['text', 'json'] as const)
    testCutAnywhere(flat, api, { body: body, runs: [500, 15] }, { body: body, runs: [10_000, 60] });
});
