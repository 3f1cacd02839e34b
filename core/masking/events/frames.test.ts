/** What is true of the streams of every API: events that are not known, frames of every form, and what is not parsed. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { MaskProfile, ReadApi } from '../../policy/policy.ts';
import { hostile } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { fixtures } from './fixtures.testing.ts';
import { eventBytes, hidden, mask, spelled, ssn } from './masked.testing.ts';
import { dig, eventsOf, joinedAt, type Sent, sse } from './wire.testing.ts';

const noDigits = (events: readonly Sent[], kept: RegExp): void =>
  assert.doesNotMatch(JSON.stringify(events).replaceAll(kept, ''), /\d/);

describe('events of a type that is not known', () => {
  const unknown: readonly (readonly [ReadApi, (char: string) => Sent])[] = [
    ['openai', (text) => ({ type: 'response.new_thing.chunk', text })],
    ['openai', (text) => ({ type: 'response.output_text.delta', item_id: 'm', delta: '', text })],
    ['openai', (text) => ({ index: 1, token: { text: '' }, text })],
    ['anthropic', (text) => ({ type: 'content_block_more', index: 0, text })],
    ['anthropic', (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta' }, text })],
    ['anthropic', (text) => ({ delta: { type: 'text_delta', text } })],
    ['anthropic', (content) => ({ choices: [{ index: 0, delta: { content } }] })],
    ['gemini', (text) => ({ outputs: [{ text }] })],
    ['gemini', (text) => ({ candidates: [{ text, index: 0 }] })],
    ['gemini', (text) => ({ candidates: [{ content: { text }, index: 0 }] })],
    ['gemini', (content) => ({ choices: [{ index: 0, delta: { content } }] })],
    ['ollama', (text) => ({ output: { text }, done: false })],
    ['ollama', (content) => ({ choices: [{ index: 0, delta: { content } }] })],
  ];
  for (const [api, event] of unknown) {
    it(`${api}: running text in ${JSON.stringify(event('…'))} is blotted`, () => {
      const { text, faults } = mask(api, sse(spelled(event), false));
      noDigits(eventsOf(text), /"index":[01]/g);
      assert.deepEqual(faults, ['sse_unknown_text']);
    });
  }
  it('their other values are masked whole', () => {
    for (const api of ['openai', 'anthropic', 'gemini', 'ollama'] as const) {
      const { text, faults } = mask(api, sse([{ type: 'x_new', note: `of ${ssn}`, list: [{ [ssn]: 1 }] }], false));
      assert.deepEqual(eventsOf(text), [{ type: 'x_new', note: `of ${hidden}`, list: [{ [hidden]: 1 }] }]);
      assert.deepEqual(faults, []);
    }
  });
});

describe('Triton’s generate_stream', () => {
  it('every text output is a text of its own, by name; model and id are not', () => {
    const read = eventsOf(
      mask(
        'open-inference-v2',
        sse(
          spelled((char) => ({ model_name: 'm', a: char, b: [char] })),
          false,
        ),
      ).text,
    );
    assert.equal(joinedAt(read, 'a'), hidden);
    assert.equal(joinedAt(read, 'b', 0), hidden);
    assert.equal(dig(read.at(-1), 'model_name'), 'm');
  });
});

it('Text Generation Inference: ids, likelihoods and alternatives of tokens go out empty', () => {
  const event = {
    index: 1,
    token: { id: 6789, text: 'x ', logprob: -1.5, special: false },
    top_tokens: [{ id: 1, text: ssn }],
    generated_text: null,
  };
  const { text } = mask('openai', sse([event], false));
  const expected = { ...event, token: { ...event.token, id: null, logprob: null }, top_tokens: [] };
  assert.deepEqual(eventsOf(text), [expected]);
});

describe('a value whose name says what it is', () => {
  const value = '536228841';
  const masked = '*********';
  it('in an event, as text, as a number, in a list, deep inside', () => {
    for (const api of ['openai', 'anthropic', 'gemini', 'ollama'] as const) {
      const event = { type: 'x', ssn: value, list: { ssn: [value, Number(value)] }, other: value };
      const [read] = eventsOf(mask(api, sse([event], false)).text);
      assert.deepEqual(read, { ...event, ssn: masked, list: { ssn: [masked, 999999999] } });
    }
  });
  it('in the arguments of a call, whole or bit by bit', () => {
    const args = { functionCall: { name: 'f', args: { ssn: value, count: value } } };
    const candidate = { candidates: [{ content: { parts: [args] }, index: 0 }] };
    const [read] = eventsOf(mask('gemini', sse([candidate], false)).text);
    const call = dig(read, 'candidates', 0, 'content', 'parts', 0, 'functionCall');
    assert.deepEqual(call, { name: 'f', args: { ssn: masked, count: value } });
    const bits = Array.from(value, (stringValue) => ({
      candidates: [
        { content: { parts: [{ functionCall: { partialArgs: [{ jsonPath: "$['ssn']", stringValue }] } }] }, index: 0 },
      ],
    }));
    const joined = joinedAt(
      eventsOf(mask('gemini', sse(bits, false)).text),
      ...['candidates', 0, 'content', 'parts', 0, 'functionCall', 'partialArgs', 0, 'stringValue'],
    );
    assert.equal(joined, masked);
    const json = Array.from(`{"ssn":"${value}"}`, (partial_json) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json },
    }));
    const input = joinedAt(eventsOf(mask('anthropic', sse(json, true)).text), 'delta', 'partial_json');
    assert.equal(input, `{"ssn":"${masked}"}`);
  });
  it('in a member of a delta that is not known, one character an event', () => {
    const events = Array.from(value, (ssn) => ({ choices: [{ index: 0, delta: { ssn } }] }));
    assert.equal(joinedAt(eventsOf(mask('openai', sse(events, false)).text), 'choices', 0, 'delta', 'ssn'), masked);
  });
});

it('a value that blocks ends every kind of stream in front of the event that completes it', () => {
  const profile: MaskProfile = {
    ...bankProfile,
    name: 'b',
    actions: { ...bankProfile.actions, of: { us_ssn: { kind: 'block' } } },
  };
  for (const { name, api, contentType, write } of fixtures) {
    const stream = write([Array.from(`${ssn}, and more`), ['a'], ['b']]);
    const { text, failure } = mask(api, stream, contentType, undefined, profile);
    assert.equal(failure, 'blocked_us_ssn', name);
    assert.doesNotMatch(text, /8841|more/, name);
  }
});

describe('what a hostile server could make us keep or write', () => {
  const long = 'x'.repeat(3000);
  it('a long event is remembered by its short members only', () => {
    const event = {
      type: 'response.output_text.delta',
      model: long,
      item_id: 'm',
      delta: `bo`,
      more: { deep: [long] },
    };
    const [, carried] = eventsOf(mask('openai', sse([{ ...event, pad: `${long}${long}` }], true)).text);
    assert.deepEqual(carried, { type: 'response.output_text.delta', item_id: 'm', delta: 'bo' });
  });
  it('what a field rule hides in a long event is not in what is remembered of it', () => {
    const event = { type: 'response.x.delta', item_id: 'm', delta: 'bo', customer: 'Kim', pad: `${long}${long}` };
    const profile: MaskProfile = { ...bankProfile, name: 'f', fields: [{ path: '$.customer', as: 'us_ssn' }] };
    const { text } = mask('openai', sse([event], true), undefined, undefined, profile);
    assert.equal(eventsOf(text).length, 2);
    assert.doesNotMatch(text, /Kim/);
  });
  it('a lane whose name has no end', () => {
    const { failure } = mask('openai', sse([{ type: 'response.x.delta', item_id: long, delta: '1' }], true));
    assert.equal(failure, 'sse_too_many_lanes');
  });
  it('a number of an event that is none', () => {
    const event = { type: 'response.x.delta', item_id: 'm', delta: 'bo', sequence_number: 4111111111111111 };
    const done = { ...event, type: 'response.x.done', delta: undefined };
    const numbers = eventsOf(mask('openai', sse([event, done], true)).text).map((one) => one['sequence_number']);
    const hiddenNumber = Number('9999999999991111');
    assert.deepEqual(numbers, [hiddenNumber, hiddenNumber, hiddenNumber]);
  });
});

describe('frames', () => {
  for (const { name, api, contentType, write, read } of fixtures.filter((one) =>
    one.contentType.startsWith('text/event'),
  )) {
    const stream = write([Array.from(ssn), Array.from(ssn), Array.from(ssn)]);
    it(`${name}: CR, CRLF, a byte order mark, comments, data over several lines`, () => {
      const expected = read(eventsOf(mask(api, stream, contentType).text));
      const several = stream.replaceAll(/^data: \{/gm, 'data: {\ndata: ');
      for (const form of [
        stream.replaceAll('\n', '\r'),
        stream.replaceAll('\n', '\r\n'),
        `\ufeff${stream}`,
        stream.replaceAll('\n\n', '\n\n: hi\n\n'),
        several,
      ]) {
        const { text } = mask(api, form, contentType);
        const plain = text.replaceAll('data: {\ndata: ', 'data: {').replaceAll(': hi\n\n', '');
        assert.deepEqual(read(eventsOf(plain)), expected);
      }
    });
    it(`${name}: an event longer than the limit ends the stream`, () => {
      const { text, failure } = mask(
        api,
        `${stream.slice(0, stream.indexOf('\n\n') + 2)}data: "${'x'.repeat(eventBytes)}"\n\n${stream}`,
        contentType,
      );
      assert.equal(failure, 'sse_event_too_long');
      assert.equal(eventsOf(text).length, 1);
    });
  }
});

it('an event that is not parsed comes out as it would when it is', (test: TestContext) => {
  const seed = Date.now() % 0x7fffffff;
  test.diagnostic(`seed ${seed}`);
  const texts = fc.array(fc.oneof(hostile, fc.constantFrom('a', '"', '\\', '\n', '12')), {
    minLength: 3,
    maxLength: 12,
  });
  const property = fc.property(
    fc.constantFrom(...fixtures),
    texts,
    ({ api, contentType, write, texts: count }, pieces) => {
      const stream = write(Array.from({ length: count }, () => pieces));
      let turn = 0;
      // A blank more or less in each: none is like the one before.
      const unlike = stream.replaceAll(/\}(?=\n|,\r\n|\]$)/g, () => `${' '.repeat(turn++ % 7)}}`);
      const blankless = (text: string): string => text.replaceAll(/ +\}(?=\n|,|\]|$)/g, '}');
      assert.equal(blankless(mask(api, unlike, contentType).text), blankless(mask(api, stream, contentType).text));
    },
  );
  fc.assert(property, { seed, numRuns: 60 });
});
