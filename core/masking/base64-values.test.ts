/** Values that hide in base64 and base64url: masked inside, however the letters are cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import { anyCuts, cutsAt, everyByte, maskFlat, planted } from './planted.testing.ts';
import { bankProfile } from './profile.ts';
import { runs } from './seeded-runs.testing.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const mask = (text: string): string => engine.maskText(text, bankProfile).text;
const flat = maskFlat(engine);

describe('base64', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const base64url = (text: string): string => Buffer.from(text).toString('base64url');
  it('each value is masked inside, and what comes out is base64 of the same length', () => {
    for (const { value, masked } of planted) {
      const text = `to ${value} .`;
      const expected = base64(`to ${masked} .`);
      assert.equal(mask(base64(text)), expected);
      assert.equal(mask(`"data:text/plain;base64,${base64(text)}"`), `"data:text/plain;base64,${expected}"`);
    }
  });
  it('base64url too, in its own letters', () => {
    for (const { value, masked } of planted) {
      const text = `is?${value} José .`;
      assert.match(base64url(text), /[-_]/);
      for (const padding of ['', '='.repeat(-base64url(text).length & 3)])
        assert.equal(mask(base64url(text) + padding), base64url(`is?${masked} José .`) + padding);
    }
    const token = (name: string) => `eyJhbGciOiJub25lIn0.${base64url(`{"sub":"is?","name":"José","ssn":"${name}"}`)}.`;
    assert.equal(mask(token('536-22-8726')), token('***-**-****'));
  });
  it('JSON in it stays JSON', () => {
    const of = (card: string) => JSON.stringify({ a: base64(`{"cards":[${card},${card}],"card":${card}}`) });
    assert.equal(flat(of('4111111111111111'), 'json', []), of('9999999999991111'));
  });
  it('in base64 in base64', () => {
    const twice = (text: string) => base64(`see ${base64(text)}`);
    assert.equal(mask(twice('to 123-45-6789')), twice('to ***-**-****'));
  });
  it('escaped slashes and padding', () => {
    const encoded = base64('??? 123-45-6789.');
    assert.ok(encoded.includes('/') && encoded.endsWith('='));
    const body = JSON.stringify(encoded).replaceAll('/', '\\/').replaceAll('=', '\\u003d');
    assert.equal(JSON.parse(flat(body, 'json', [])), base64('??? ***-**-****.'));
  });
  it('a card in the middle of a long run of letters is still one', () => {
    assert.equal(mask('zzzzzzzzzzzzzzzzzz/4111111111111111'), 'zzzzzzzzzzzzzzzzzz/************1111');
  });
  it('counts what is inside, and blocks by it', () => {
    const { summary, spans } = engine.inspect(base64('123-45-6789 ann@ex.org'), bankProfile);
    assert.deepEqual(summary.counts, { us_ssn: 1, email: 1 });
    assert.deepEqual(spans, [
      [0, 32, 'us_ssn'],
      [0, 32, 'email'],
    ]);
    const blocking = { ...bankProfile, actions: { default: { kind: 'block' }, of: {} } } as const;
    const { text, summary: blocked } = engine.maskText(`a ${base64('123-45-6789')} b`, blocking);
    assert.equal(text, 'a ');
    assert.deepEqual(blocked.faults, ['blocked_us_ssn']);
  });
  it('cut anywhere and byte by byte', (test) => {
    const text = fc.constantFrom(...planted).map(({ value }) => value);
    const value = fc.oneof(
      text.map((planted) => base64(`${planted}!`)),
      text.map((planted) => base64url(`is?${planted}é`)),
    );
    const body = fc
      .array(
        fc.tuple(
          fc.constantFrom('', 'x', '/', '=', ' ', '-', '_', 'id_', '4111', '\\/', 'é'),
          value,
          fc.constantFrom('', '=', '-', ' '),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(body, anyCuts, (text, fractions) => {
        const whole = flat(text, 'json', []);
        const { length } = encoder.encode(text);
        for (const cuts of [cutsAt(fractions, length), everyByte(length)])
          assert.equal(flat(text, 'json', cuts), whole);
      }),
      runs(test, times(10_000, 100)),
    );
  });
  it('a run of base64url that a "/" ends too early, whatever follows it, cut anywhere', () => {
    for (const between of ['\\/', '/', 'abc/', '+', 'abcdefghijklmn/']) {
      const body = `aXM_YkBleC5vcmfDqQ-${between}MTIzLTQ1LTY3ODkhMTIzLTQ1LTY3ODkh `;
      const whole = flat(body, 'json', []);
      for (let at = 0; at <= body.length; at++)
        assert.equal(flat(body, 'json', [at]), whole, `${between}, cut at ${at}`);
      assert.equal(flat(body, 'json', everyByte(body.length)), whole, between);
    }
  });
  it('a run of base64url that begins behind a few letters of base64 which are gone already, cut anywhere', () => {
    for (const front of ['\\/', '/', 'abc/', 'x+', ' ']) {
      const body = `${front}${base64url('is?alice.o-neil+x@mail.example.co.uké1is?123-45-6789é')}/${base64('123-45-6789!')} `;
      const whole = flat(body, 'json', []);
      for (let at = 0; at <= body.length; at++) assert.equal(flat(body, 'json', [at]), whole, `${front}, cut at ${at}`);
      assert.equal(flat(body, 'json', everyByte(body.length)), whole, front);
    }
  });
  it('a run that is too long is not held, and what can be found in its letters is', () => {
    const masker = engine.masker({ api: 'text', contentType: '', direction: 'request', path: '' }, bankProfile, {
      eventBytes: 1024,
    });
    const chunk = encoder.encode('aZ09'.repeat(1000));
    let released = 0;
    for (let i = 0; i < 5; i++) released += masker.push(chunk).length;
    assert.ok(5 * chunk.length - released <= 128, `${released} of ${5 * chunk.length}`);
    assert.doesNotMatch(mask(`${'aZ09'.repeat(2000)}/4111111111111111`), /4111111111111111/);
  });
  it('a run of base64url that is too long: what lies between its letters is read however it is cut', () => {
    const body = `${'aZ0_'.repeat(1020)}${base64('to 536-22-8726 .')}-${base64url('is?536-22-8726 José')} `;
    const whole = flat(body, 'text', []);
    assert.notEqual(whole, body);
    for (let at = 3900; at <= body.length; at += 7) assert.equal(flat(body, 'text', [at]), whole, `cut at ${at}`);
    for (const step of [1, 64, 1000])
      assert.equal(
        flat(
          body,
          'text',
          everyByte(body.length).filter((at) => at % step === 0),
        ),
        whole,
        `by ${step}`,
      );
  });
});
