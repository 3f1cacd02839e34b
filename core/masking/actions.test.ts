/** What becomes of what was found. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { Action, MaskProfile } from '../policy/policy.ts';
import type { Replacements } from '../ports.ts';
import { entities } from './entities.ts';
import { anyCuts, cutsAt, everyByte, hostile, maskInChunks } from './planted.testing.ts';
import { runs } from './seeded-runs.testing.ts';

/** Longer, shorter and equal, so that no length is a coincidence. */
const replacements: Replacements = {
  replace: (kind, entity, value) => (kind === 'hash' ? '#' : `<${kind}:${entity}:${value.length}>`),
};
const engine = createMasking(replacements);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const profileOf = (all: Action, of: MaskProfile['actions']['of'] = {}): MaskProfile => ({
  name: 'test',
  entities,
  custom: [],
  fields: [],
  actions: { default: all, of },
});
const mask = (keepFirst: number, keepLast: number): Action => ({ kind: 'mask', keepFirst, keepLast });
const text = (value: string, profile: MaskProfile): string => engine.maskText(value, profile).text;

function flat(body: string, profile: MaskProfile, cuts: readonly number[] = [], on = engine) {
  const masker = on.masker({ api: 'json', contentType: 'application/json', direction: 'response', path: '' }, profile, {
    eventBytes: 1024,
  });
  const { bytes, summary } = maskInChunks(masker, encoder.encode(body), cuts);
  return { text: decoder.decode(bytes), ...summary, failure: masker.failure() };
}

describe('mask', () => {
  it('keeps first and last as people count them: letters and digits', () => {
    assert.equal(text('4111-1111-1111-1111 123-45-6789', profileOf(mask(6, 4))), '4111-11**-****-1111 1**-**-6789');
    assert.equal(text('123-45-6789', profileOf(mask(3, 2))), '123-**-**89');
    assert.equal(text('ann.lee@ex.org', profileOf(mask(1, 0))), 'a******@******');
  });
  it('hides at least four letters and digits of every value: the beginning is given up first', () => {
    assert.equal(text('123-45-6789', profileOf(mask(5, 4))), '1**-**-6789');
    assert.equal(text('123-45-6789', profileOf(mask(4, 5))), '***-*5-6789');
    assert.equal(text('123-45-6789', profileOf(mask(0, 99))), '***-*5-6789');
  });
  it('shows the first eight digits of a card only where it has sixteen', () => {
    assert.equal(text('4111 1111 1111 1111', profileOf(mask(8, 4))), '4111 1111 **** 1111');
    assert.equal(text('3782 822463 10005', profileOf(mask(8, 4))), '3782 82**** *0005');
  });
});

describe('replacements', () => {
  const profile = profileOf({ kind: 'redact' }, { email: { kind: 'tokenize' }, credit_card: { kind: 'hash' } });
  it('redact names the entity, tokens and hashes come from their port', () => {
    assert.equal(text('123-45-6789, ann@ex.org: 4111 1111 1111 1111.', profile), '[US_SSN], <tokenize:email:10>: #.');
  });
  it('of two that overlap the first is replaced, the rest of the other starred', () => {
    assert.equal(text('123-45-6789@ex.org', profile), '<tokenize:email:18>');
    assert.equal(text('+44 4111 1111 1111 1111', profile), '[PHONE] ****');
  });
  it('a value is handed over as people read it', () => {
    const seen: string[] = [];
    const listening = createMasking({
      replace: (_, __, value) => `${seen.push(value)}`,
    });
    const all = profileOf({ kind: 'pseudonym' });
    flat('{"a":"\\u0031\\u00323-45-6789","b":"jos\\u00e9@ex.org","c":"josé@ex.org"}', all, [], listening);
    assert.deepEqual(seen, ['123-45-6789', 'josé@ex.org', 'josé@ex.org']);
  });
  it('what would need an escape in JSON is not written: stars are', () => {
    for (const bad of ['"', '\\', '\n', 'é', '']) {
      const careless = createMasking({ replace: () => bad });
      assert.equal(careless.maskText('123-45-6789', profileOf({ kind: 'hash' })).text, '***-**-****');
    }
  });
  it('without their port no masker is made: bodies are withheld, texts are blotted', () => {
    const without = createMasking();
    assert.equal(flat('{"a":1}', profile, [], without).failure, 'replacements_missing');
    assert.deepEqual(without.maskText('hello 123', profile), {
      text: '***** ***',
      summary: { counts: {}, faults: ['replacements_missing'] },
    });
    assert.equal(without.maskText('ann@ex.org', profileOf({ kind: 'redact' })).text, '[EMAIL]');
  });
});

it('a masker that threw says no more: what it was at cannot be gone on with', () => {
  const failing = createMasking({
    replace: () => {
      throw new Error('a bug');
    },
  });
  const masker = failing.masker(
    { api: 'json', contentType: '', direction: 'request', path: '' },
    profileOf({ kind: 'hash' }),
    { eventBytes: 1024 },
  );
  assert.throws(() => masker.push(encoder.encode('ann@ex.org ')), /a bug/);
  assert.throws(() => masker.push(encoder.encode('more')), /not asked again/);
  assert.throws(() => masker.end(), /not asked again/);
});

describe('a bare JSON number stays a number: digits become nines, whatever the action', () => {
  const card = 4111111111111111;
  const redact = profileOf({ kind: 'redact' });
  it('as a member, in a list, alone, negative, with a fraction', () => {
    for (const body of [{ card }, [card, card], card, { a: [card] }, [-card], { card, x: 1 }]) {
      for (const json of [JSON.stringify(body), JSON.stringify(body, undefined, 24)]) {
        const { text: masked } = flat(json, redact);
        assert.equal(masked, json.replaceAll(String(card), '9999999999999999'));
        JSON.parse(masked);
      }
    }
    assert.equal(flat(`{"a" : ${card} }`, redact).text, '{"a" : 9999999999999999 }');
    assert.equal(flat(`[${card}.50]`, redact).text, '[9999999999999999.50]');
  });
  it('with a point in it too, whatever it was taken for', () => {
    for (const body of ['{"card":0.4111111111111111}', '{"phone":4155552671.0}', '{"phone":[4155552671.5,1]}']) {
      const { text: masked } = flat(body, redact);
      assert.equal(masked, body.replaceAll(/\d(?=[\d.])|(?<=\.\d*)\d/g, '9').replace(',9]', ',1]'));
      JSON.parse(masked);
    }
  });
  it('in JSON inside JSON too', () => {
    const body = JSON.stringify({ arguments: JSON.stringify({ card }) });
    assert.equal(flat(body, redact).text, body.replace(String(card), '9999999999999999'));
  });
  it('in a string it is replaced', () => {
    assert.equal(
      flat(`{"a":"${card}","b":"pay ${card} now"}`, redact).text,
      '{"a":"[CREDIT_CARD]","b":"pay [CREDIT_CARD] now"}',
    );
  });
  it('digits without end too', () => {
    assert.equal(flat(`{"a":${'1'.repeat(60)}}`, redact, everyByte(66)).text, `{"a":${'9'.repeat(60)}}`);
  });
});

describe('keep', () => {
  it('counts, and leaves as it is; where something else overlaps, that is hidden', () => {
    const profile = profileOf(mask(0, 0), { phone: { kind: 'keep' } });
    assert.deepEqual(engine.maskText('415-555-2671', profile), {
      text: '415-555-2671',
      summary: { counts: { phone: 1 }, faults: [] },
    });
    assert.equal(text('+44 4111 1111 1111 1111', profile), '+44 **** **** **** ****');
  });
});

describe('block', () => {
  const profile = profileOf(mask(0, 0), { us_ssn: { kind: 'block' } });
  it('nothing leaves from the value on, and the summary says which entity', () => {
    const {
      text: masked,
      failure,
      counts,
      faults,
    } = flat('{"a":"ann@ex.org","b":"123-45-6789","c":"bob@ex.org"}', profile);
    assert.equal(masked, '{"a":"***@******","b":"');
    assert.equal(failure, 'blocked_us_ssn');
    assert.deepEqual({ counts, faults }, { counts: { email: 1, us_ssn: 1 }, faults: ['blocked_us_ssn'] });
  });
  it('of a text, what stands before the value is left', () => {
    assert.deepEqual(engine.maskText('a 123-45-6789 b', profile), {
      text: 'a ',
      summary: { counts: { us_ssn: 1 }, faults: ['blocked_us_ssn'] },
    });
  });
  it('ends an event stream in front of the event that would complete the value', () => {
    const masker = engine.masker(
      { api: 'openai', contentType: 'text/event-stream', direction: 'response', path: '' },
      profile,
      { eventBytes: 4096 },
    );
    const event = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
    assert.notEqual(masker.push(encoder.encode(event('see 123-45-'))).length, 0);
    assert.equal(masker.push(encoder.encode(event('6789 ok') + event('more'))).length, 0);
    assert.equal(masker.failure(), 'blocked_us_ssn');
    assert.equal(masker.end().length, 0);
  });
});

describe('inspection', () => {
  it('says where each value is, in code points', () => {
    const {
      text: masked,
      spans,
      summary,
    } = engine.inspect('😀 ann@ex.org \\u0031\\u00323-45-6789', profileOf(mask(0, 0)));
    assert.equal(masked, '😀 ***@****** ***-**-****');
    assert.deepEqual(spans, [
      [2, 12, 'email'],
      [13, 34, 'us_ssn'],
    ]);
    assert.deepEqual(summary.counts, { email: 1, us_ssn: 1 });
  });
});

describe('whatever the actions, the output does not depend on chunks', () => {
  const kinds: readonly Action[] = [
    mask(0, 0),
    mask(2, 3),
    ...(['redact', 'tokenize', 'hash', 'keep', 'block'] as const).map((kind) => ({ kind })),
  ];
  const anyProfile = fc
    .tuple(...entities.map(() => fc.constantFrom(...kinds)), fc.constantFrom(...kinds))
    .map((actions) => {
      const of = Object.fromEntries(entities.map((entity, at) => [entity, actions[at] ?? mask(0, 0)]));
      return profileOf(mask(0, 0), of);
    });
  it('random texts, profiles and cuts', (test) => {
    fc.assert(
      fc.property(hostile, hostile, anyProfile, anyCuts, fc.boolean(), (left, right, profile, fractions, inJson) => {
        const body = inJson ? JSON.stringify({ left, list: [right, 4111111111111111] }) : left + right;
        const whole = flat(body, profile);
        const { length } = encoder.encode(body);
        for (const cuts of [cutsAt(fractions, length), everyByte(length)]) {
          assert.deepEqual(flat(body, profile, cuts), whole);
        }
        if (inJson && whole.failure === undefined) JSON.parse(whole.text);
      }),
      runs(test, times(10_000, 200)),
    );
  });
});
