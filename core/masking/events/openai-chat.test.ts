import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import { anyCuts, cutsAt, everyByte, hostile, maskInChunks, textWithPlanted } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { type Choice, chunk, laneTexts, type SentEvent, spell, toStream } from './chat-stream.testing.ts';

const engine = createMasking();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const eventBytes = 64 * 1024;

function mask(stream: string, cuts: readonly number[] = [], contentType = 'text/event-stream') {
  const masker = engine.masker({ api: 'openai', contentType, direction: 'response', path: '' }, bankProfile, {
    eventBytes,
  });
  const { bytes, summary } = maskInChunks(masker, encoder.encode(stream), cuts);
  return { text: decoder.decode(bytes), summary };
}
const finish = (choice: number, delta: object = {}): SentEvent =>
  chunk([{ index: choice, delta, finish_reason: 'stop' }]);
const say = (text: string, choice = 0): SentEvent =>
  chunk([{ index: choice, delta: { content: text }, finish_reason: null }]);

describe('text over many events', () => {
  it('a social security number spelled one character per event is masked, and every event still comes', () => {
    const text = 'Your number is 123-45-6789.';
    const events = [
      chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
      ...Array.from(text, (char) => say(char)),
      finish(0),
    ];
    const { text: output, summary } = mask(toStream([...events, '[DONE]']));
    assert.equal(laneTexts(output).get('0 content'), 'Your number is ***-**-****.');
    assert.equal(output.split('\n\n').length - 1, events.length + 2, 'one flush and [DONE] besides');
    assert.deepEqual(summary, { counts: { us_ssn: 1 }, faults: [] });
  });

  it('an event goes out with the chunk that completes it, the role event at once', () => {
    const masker = engine.masker(
      { api: 'openai', contentType: 'text/event-stream', direction: 'response', path: '' },
      bankProfile,
      { eventBytes },
    );
    const role = toStream([chunk([{ index: 0, delta: { role: 'assistant', content: null }, finish_reason: null }])]);
    assert.equal(decoder.decode(masker.push(encoder.encode(role))), role);
    const held = decoder.decode(masker.push(encoder.encode(toStream([say('1')]))));
    assert.equal(held, toStream([say('')]), 'the digit is held, the event is not');
    assert.equal(decoder.decode(masker.push(encoder.encode(': ping\n\n'))), ': ping\n\n');
  });

  it('any text, split into any tokens over any lanes, joins to what masking it whole gives', (test) => {
    const tokens = fc.tuple(
      fc.oneof(
        hostile,
        textWithPlanted.map(({ value }) => value),
      ),
      fc.array(fc.nat(40), { maxLength: 12 }),
    );
    fc.assert(
      fc.property(tokens, tokens, tokens, anyCuts, (content, args, second, fractions) => {
        const choices: readonly Choice[] = [
          { index: 0, lane: 'content', text: content[0], tokens: content[1] },
          { index: 0, lane: 'tool 1', text: args[0], tokens: args[1] },
          { index: 1, lane: 'reasoning_content', text: second[0], tokens: second[1] },
        ];
        const stream = toStream([...spell(choices), finish(0), finish(1), '[DONE]']);
        const whole = mask(stream);
        const lanes = laneTexts(whole.text);
        for (const choice of choices) {
          const { index, lane, text } = choice;
          // Arguments are JSON, whose numbers stay numbers.
          const alone = laneTexts(mask(toStream([...spell([{ ...choice, tokens: [] }]), finish(index)])).text);
          const expected = lane === 'tool 1' ? alone.get(`${index} ${lane}`) : engine.maskText(text, bankProfile).text;
          assert.equal(lanes.get(`${index} ${lane}`) ?? '', expected ?? '');
        }
        const length = encoder.encode(stream).length;
        for (const cuts of [cutsAt(fractions, length), everyByte(length)]) assert.deepEqual(mask(stream, cuts), whole);
      }),
      runs(test, 100),
    );
  });

  it('what is planted is masked for every split into tokens', (test) => {
    fc.assert(
      fc.property(textWithPlanted, fc.array(fc.nat(9), { maxLength: 30 }), ({ value, masked }, tokens) => {
        const stream = toStream([...spell([{ index: 0, lane: 'content', text: value, tokens }]), finish(0), '[DONE]']);
        assert.equal(laneTexts(mask(stream).text).get('0 content'), masked);
      }),
      runs(test, 150),
    );
  });
});

describe('held text is flushed', () => {
  const flushed = (events: readonly (SentEvent | string)[]) => mask(toStream(events)).text.split('\n\n');

  it('before the event that finishes its choice, with the envelope of its choice and nothing repeated', () => {
    const parts = flushed([say('bo'), finish(0), '[DONE]']);
    assert.deepEqual(parts.slice(1), [
      `data: ${JSON.stringify({ ...say(''), choices: [{ index: 0, delta: { content: 'bo' }, finish_reason: null }] })}`,
      `data: ${JSON.stringify(finish(0))}`,
      'data: [DONE]',
      '',
    ]);
  });

  it('inside the finishing event when that carries text itself', () => {
    assert.deepEqual(flushed([say('123-45-'), finish(0, { content: '6789' })]).slice(1), [
      `data: ${JSON.stringify(finish(0, { content: '***-**-****' }))}`,
      '',
    ]);
  });

  it('before [DONE] when no choice finished, and at the end when there is no [DONE]', () => {
    assert.equal(
      laneTexts(
        flushed([say('12'), '[DONE]'])
          .slice(0, 2)
          .join('\n\n'),
      ).get('0 content'),
      '12',
    );
    assert.equal(laneTexts(mask(toStream([say('12')])).text).get('0 content'), '12');
  });

  it('only of the choice that finishes', () => {
    const parts = flushed([say('12', 0), say('34', 1), finish(0)]);
    assert.equal(laneTexts(parts.slice(0, 4).join('\n\n')).get('0 content'), '12');
    assert.equal(laneTexts(parts.slice(0, 4).join('\n\n')).get('1 content') ?? '', '');
  });

  it('with the index of its tool call, so that arguments join where they belong', () => {
    const call = { index: 2, function: { arguments: '{"n":"123-45' } };
    const [, flush] = flushed([chunk([{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }]), finish(0)]);
    assert.match(flush ?? '', /"delta":\{"tool_calls":\[\{"index":2,"function":\{"arguments":"123-45"\}\}\]\}/);
  });
});

describe('no other way out', () => {
  const hidden = (event: unknown, secret = /6789/): void => {
    const { text } = mask(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`);
    assert.doesNotMatch(text, secret);
    for (const line of text.split('\n')) if (line.startsWith('data: {')) JSON.parse(line.slice(6));
  };
  const choice = (delta: object) => chunk([{ index: 0, delta, finish_reason: null }]);

  it('refusal, reasoning, legacy function arguments, audio transcript, content parts, unknown members of a delta', () => {
    for (const member of ['refusal', 'reasoning', 'thinking', 'x_new']) hidden(choice({ [member]: '123-45-6789' }));
    hidden(choice({ function_call: { name: 'f', arguments: '"123-45-6789"' } }));
    hidden(choice({ audio: { transcript: '123-45-6789' } }));
    hidden(choice({ content: [{ type: 'text', text: '123-45-6789' }] }));
    hidden(choice({ reasoning_details: [{ type: 'reasoning.text', text: '123-45-6789' }] }));
  });
  it('unknown members spelled over events', () => {
    const events = Array.from('123-45-6789', (char) => choice({ x_new: char }));
    assert.doesNotMatch(mask(toStream([...events, '[DONE]'])).text.replaceAll(/[^0-9-]/g, ''), /123-?45/);
  });
  it('ids, names, keys, errors and citations, as whole values', () => {
    hidden({ ...choice({}), id: '123-45-6789' });
    hidden(choice({ tool_calls: [{ index: 0, id: '123-45-6789', function: { name: '123-45-6789' } }] }));
    hidden({ error: { message: 'no such customer 123-45-6789' } });
    hidden({ ...choice({}), '123-45-6789': 1, citations: [{ deep: ['123-45-6789'] }] });
  });
  it('a card as a number: digits become 9, the number stays one', () => {
    const { text } = mask('data: {"choices":[],"x":4111111111111111}\n\n');
    assert.equal(text, 'data: {"choices":[],"x":9999999999991111}\n\n');
  });
  it('logprobs and token ids become null, and the record says so', () => {
    const event = chunk([
      { index: 0, delta: { content: 'x ' }, finish_reason: null, logprobs: { content: [{ token: '6789' }] } },
    ]);
    const { text, summary } = mask(toStream([event, { ...event, prompt_token_ids: [6789] }]));
    assert.doesNotMatch(text, /6789/);
    assert.match(text, /"logprobs":null/);
    assert.deepEqual(summary.faults, ['logprobs_removed']);
  });
  it('data that is no JSON is one text over all its events', () => {
    const { text, summary } = mask(
      `${Array.from('ssn 123-45-6789 ', (char) => `data: ${char}x`.slice(0, 7)).join('\n\n')}\n\n`,
    );
    assert.doesNotMatch(text.replaceAll(/data: |\n/g, ''), /123-45-6789/);
    assert.deepEqual(summary.faults, ['sse_event_not_json']);
  });
  it('a comment, an id and an event name are masked as text', () => {
    const { text } = mask(': 123-45-6789\nid: 123-45-6789\nevent: 123-45-6789\nretry: 1000\ndata: {}\n\n');
    assert.equal(text, ': ***-**-****\nretry: 1000\nid: ***-**-****\nevent: ***-**-****\ndata: {}\n\n');
  });
  it('an event stream that is called JSON, and JSON that is called an event stream', () => {
    const stream = toStream([...Array.from('123-45-6789', (char) => say(char)), '[DONE]']);
    assert.equal(laneTexts(mask(stream, [], 'application/json').text).get('0 content'), '***-**-****');
    assert.equal(mask('{"a":"123-45-6789"}').text, '{"a":"***-**-****"}');
  });
});

describe('every other byte of an event stays', () => {
  const untouched = 'data: { "id":"c" ,"created":1731000000123456789, "x":1.0e+2,"choices":[ ],"u":"\\u00e9\\/" }\n\n';
  it('an event with nothing to change keeps its text', () => assert.equal(mask(untouched).text, untouched));
  it('an event with something to change keeps all but that', () => {
    const event =
      'data: {"n":12345678901, "f":1.50, "choices":[ {"index":0,"delta":{"content":"a 123-45-6789 b "}} ]}\n\n';
    assert.equal(mask(event).text, event.replace('123-45-6789', '***-**-****'));
  });
  it('CRLF, CR, a byte order mark and data over several lines are read', () => {
    const lines = ['\ufeffdata: {"choices":[],', 'data: "x":"123-45-6789"}', '', ''];
    for (const end of ['\r\n', '\r', '\n']) {
      const expected = 'data: {"choices":[],\ndata: "x":"***-**-****"}\n\n';
      assert.equal(mask(lines.join(end)).text, expected);
      assert.equal(mask(lines.join(end), everyByte(60)).text, expected);
    }
  });
  it('a surrogate pair cut in two by the server survives', () => {
    const { text } = mask(
      'data: {"choices":[{"index":0,"delta":{"content":"a \\ud83d"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"\\ude00"}}]}\n\n',
    );
    assert.equal(laneTexts(text).get('0 content'), 'a 😀');
  });
});

describe('what cannot be read is not released', () => {
  it('an event longer than the limit ends the output, held text too', () => {
    const stream = `${toStream([say('12')])}data: ${'x'.repeat(eventBytes)}\n\n${toStream([say('after ')])}`;
    const whole = mask(stream);
    assert.equal(whole.text, toStream([say('')]));
    assert.deepEqual(whole.summary.faults, ['sse_event_too_long']);
    assert.deepEqual(mask(stream, [10, 1000, 40_000]), whole);
  });
  it('an incomplete tail is dropped, and the record says so', () => {
    const { text, summary } = mask(`${toStream([say('hello ')])}data: {"choices":[{"delta":{"content":"123`);
    assert.equal(laneTexts(text).get('0 content'), 'hello ');
    assert.deepEqual(summary.faults, ['sse_event_incomplete']);
  });
  it('invalid UTF-8 ends the output', () => {
    const masker = engine.masker(
      { api: 'openai', contentType: 'text/event-stream', direction: 'response', path: '' },
      bankProfile,
      { eventBytes },
    );
    const bytes = new Uint8Array([...encoder.encode('data: {"x":"'), 0xff, ...encoder.encode('"}\n\n')]);
    assert.equal(maskInChunks(masker, bytes, []).bytes.length, 0);
    assert.deepEqual(masker.summary().faults, ['bad_utf8']);
  });
  it('lines that are no field are left out, and the record says so', () => {
    const { text, summary } = mask('123-45-6789\ndata: {}\n\n');
    assert.equal(text, 'data: {}\n\n');
    assert.deepEqual(summary.faults, ['sse_unknown_field']);
  });
  it('events nested deeper than is read are masked as text', () => {
    const { text, summary } = mask(`data: {"x":${'['.repeat(100)}"123-45-6789"${']'.repeat(100)}}\n\n`);
    assert.match(text, /\*\*\*-\*\*-\*\*\*\*/);
    assert.deepEqual(summary.faults, ['sse_event_not_json']);
  });
});
