/** Streams that no honest server sends, or only a careless one: each of these let a value out once. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { ReadApi } from '../../policy/policy.ts';
import { maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { chunk, laneTexts, type SentEvent, toStream } from './chat-stream.testing.ts';

const engine = createMasking();

function mask(stream: string, api: ReadApi = 'openai') {
  const masker = engine.masker(
    { api, contentType: 'text/event-stream', direction: 'response', path: '' },
    bankProfile,
    { eventBytes: 1 << 20 },
  );
  const { bytes, summary } = maskInChunks(masker, new TextEncoder().encode(stream), []);
  return { text: new TextDecoder().decode(bytes), faults: summary.faults, failure: masker.failure() };
}
const say = (content: unknown, finish: unknown = null): SentEvent =>
  chunk([{ index: 0, delta: { content }, finish_reason: finish }]);
const content = (stream: string): string | undefined => laneTexts(stream).get('0 content');
/** One event for each character of a social security number. */
const spelled = (event: (char: string) => SentEvent | string): string =>
  toStream([...Array.from('123-45-6789', event), '[DONE]']);
const digitsOf = (text: string): string => text.replaceAll(/[^0-9]/g, '');

describe('a lane ends once', () => {
  it('an empty finish reason in every event finishes nothing', () => {
    for (const reason of ['', 'null']) {
      assert.equal(content(mask(spelled((char) => say(char, reason))).text), '***-**-****');
    }
  });
  it('text behind the finish cannot complete what was flushed', () => {
    const { text, faults } = mask(
      toStream([say('123-45-'), say('', 'stop'), say('6789'), say('0, and "123-45-6789" ')]),
    );
    assert.equal(content(text), '123-45-*****, *** "***-**-****" ');
    assert.deepEqual(faults, ['sse_text_after_finish']);
  });
  it('text behind [DONE] cannot either, in a lane or as plain data', () => {
    assert.equal(content(mask(toStream([say('123-45-'), '[DONE]', say('6789')])).text), '123-45-****');
    assert.doesNotMatch(mask('data: x 123-45-\n\ndata: [DONE]\n\ndata: 6789x\n\n').text, /6789/);
  });
});

describe('an index that finds in a client what another index found is not legible', () => {
  const by: Readonly<Record<string, (index: unknown, text: string) => readonly [ReadApi, SentEvent]>> = {
    choices: (index, content) => ['openai', { choices: [{ index, delta: { content } }] }],
    'calls of tools': (index, text) => [
      'openai',
      { choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: text } }] } }] },
    ],
    'items of Responses': (index, delta) => [
      'openai',
      { type: 'response.output_text.delta', output_index: index, content_index: 0, delta },
    ],
    'blocks of Anthropic': (index, text) => [
      'anthropic',
      { type: 'content_block_delta', index, delta: { type: 'text_delta', text } },
    ],
    'candidates of Gemini': (index, text) => ['gemini', { candidates: [{ index, content: { parts: [{ text }] } }] }],
  };
  for (const [name, event] of Object.entries(by)) {
    it(name, () => {
      for (const other of ['1', true, -1, 1.5]) {
        const sent = Array.from('123-45-6789', (char, turn) => event(turn % 2 === 0 ? 1 : other, char));
        const { text, faults } = mask(toStream(sent.map(([, one]) => one)), sent[0]?.[0]);
        assert.doesNotMatch(text, /"[2459]"/);
        assert.deepEqual(faults, ['sse_event_not_json']);
      }
    });
  }
});

describe('an event that two clients read differently is not legible', () => {
  const nested = `${'['.repeat(70)}${']'.repeat(70)}`;
  const spellings: Readonly<Record<string, (char: string) => string>> = {
    'nested too deep': (char) => `{"x":${nested},"choices":[{"index":0,"delta":{"content":"${char}"}}]}`,
    'a key twice': (char) => `{"choices":[{"index":0,"delta":{"content":"x","content":"${char}"}}]}`,
    'a key twice, once escaped': (char) =>
      `{"choices":[{"index":0,"delta":{"content":"x","c\\u006fntent":"${char}"}}]}`,
    'a list of events': (char) => `[{"choices":[{"index":0,"delta":{"content":"${char}"}}]}]`,
    'a string': (char) => `"${char}"`,
    'choices by name': (char) => `{"choices":{"0":{"delta":{"content":"${char}"}}}}`,
    'not a number': (char) => `{"x":NaN,"choices":[{"index":0,"delta":{"content":"${char}"}}]}`,
  };
  for (const [name, spelling] of Object.entries(spellings)) {
    it(name, () => {
      const { text, faults } = mask(spelled(spelling));
      assert.equal(digitsOf(text), '');
      assert.deepEqual(faults, ['sse_event_not_json']);
    });
  }
});

describe('text of other APIs, which nobody joins here', () => {
  const spellings: Readonly<Record<string, (char: string) => SentEvent>> = {
    'a delta at the top': (char) => ({ type: 'text.delta', delta: char }),
    'a delta in an object': (char) => ({ type: 'content_block_delta', delta: { type: 'text_delta', text: char } }),
    'content at the top': (char) => ({ content: char }),
    candidates: (char) => ({ candidates: [{ content: { parts: [{ text: char }] } }] }),
  };
  for (const [name, spelling] of Object.entries(spellings)) {
    it(`${name} is blotted`, () => {
      const { text, faults } = mask(spelled(spelling));
      assert.equal(digitsOf(text), '');
      assert.deepEqual(faults, ['sse_unknown_text']);
    });
  }
  it('an error and citations stay legible', () => {
    const events = [{ error: { message: 'overloaded', type: 'server' } }, { ...say('a '), citations: [{ text: 'b' }] }];
    assert.equal(mask(toStream(events)).text, toStream(events));
  });
});

describe('what a client makes text of', () => {
  it('a message that streams like a delta', () => {
    const { text } = mask(spelled((char) => chunk([{ index: 0, message: { content: char }, finish_reason: null }])));
    assert.equal(digitsOf(text.replaceAll(/"(?:id|created|index)":[^,]*/g, '')), '');
  });
  it('numbers as content', () => {
    const { text } = mask(toStream(Array.from('4111111111111111', (char) => say(Number(char)))));
    assert.equal(content(text), '************1111');
  });
  it('a number that is masked in no lane stays a number', () =>
    assert.equal(mask(toStream([say('x '), { x: 12 }])).text, toStream([say('x '), { x: 12 }])));
});

describe('a flush repeats nothing that was masked', () => {
  const flushed = (event: SentEvent): string => mask(toStream([event])).text;

  it('member names, types and indexes', () => {
    assert.doesNotMatch(flushed({ ...say('1'), '123-45-6789': 1 }), /6789/);
    assert.doesNotMatch(flushed(say([{ type: '123-45-6789', text: '1' }])), /6789/);
    assert.doesNotMatch(flushed(chunk([{ index: 0, delta: { '123-45-6789': '1' } }])), /6789/);
    assert.doesNotMatch(flushed(chunk([{ index: 4111111111111111, delta: { content: '1' } }])), /4111/);
  });
  it('long members, once for each lane', () => {
    const event = { ...say(Array.from({ length: 500 }, () => '1')), long: 'x'.repeat(50_000) };
    assert.ok(flushed(event).length < 250_000);
  });
});

it('a retry time is a time, not a card', () =>
  assert.equal(mask('retry: 4111111111111111\ndata: {}\n\n').text, 'data: {}\n\n'));

it('lanes without end are cut', () => {
  const { text, failure } = mask(toStream([say('a '), say(Array.from({ length: 2000 }, () => '1'))]));
  assert.equal(text, toStream([say('a ')]));
  assert.equal(failure, 'sse_too_many_lanes');
});

describe('members that a client finds whatever their case are not legible where text may go on', () => {
  const spelt: Readonly<Record<string, readonly [ReadApi, (text: string) => SentEvent]>> = {
    'Message.Content of Ollama': ['ollama', (text) => ({ Message: { Content: text } })],
    'Response of Ollama': ['ollama', (text) => ({ Response: text })],
    'Candidates of Gemini': ['gemini', (text) => ({ Candidates: [{ Content: { Parts: [{ Text: text }] } }] })],
    'function_call of Gemini': [
      'gemini',
      (text) => ({
        candidates: [
          { content: { parts: [{ function_call: { partial_args: [{ json_path: '$.a', string_value: text }] } }] } },
        ],
      }),
    ],
    'Choices of OpenAI': ['openai', (text) => ({ Choices: [{ Delta: { Content: text } }] })],
    'a key with a NUL behind it': ['ollama', (text) => ({ 'response\0': text })],
  };
  for (const [name, [api, event]] of Object.entries(spelt)) {
    it(name, () => {
      const { text, faults } = mask(toStream(Array.from('123-45-6789', event)), api);
      assert.equal(digitsOf(text.replaceAll('u0000', '')), '');
      assert.deepEqual(faults, ['sse_unknown_text']);
    });
  }
});

it('an index that SDKs do not look at parts nothing', () => {
  const sent = (type: string, numbered: string) => (delta: string, turn: number) => ({
    type,
    output_index: 0,
    summary_index: 0,
    [numbered]: turn,
    delta,
  });
  for (const event of [
    sent('response.function_call_arguments.delta', 'content_index'),
    sent('response.custom_tool_call_input.delta', 'summary_index'),
    sent('response.reasoning_summary_text.delta', 'content_index'),
  ]) {
    assert.doesNotMatch(mask(toStream(Array.from('123-45-6789', event))).text, /"delta":"[^"]*[0-9]/);
  }
});

it('a ping of Anthropic has no text, whatever its event is called', () => {
  const { text, faults } = mask(
    toStream(
      Array.from('123-45-6789', (char) => ({ type: 'ping', index: 0, delta: { type: 'text_delta', text: char } })),
    ),
    'anthropic',
  );
  assert.doesNotMatch(text, /"text":"[0-9]/);
  assert.deepEqual(faults, ['sse_unknown_text']);
});

describe('what readers of one language take for text, and those of another do not, is not legible', () => {
  const delta = (member: object): SentEvent => ({ choices: [{ index: 0, ...member }] });
  const part = (member: object): SentEvent => ({ candidates: [{ index: 0, content: { parts: [member] } }] });
  const spelt: Readonly<Record<string, readonly [ReadApi, (text: string, turn: number) => SentEvent]>> = {
    'a delta of OpenAI in another case': ['openai', (text) => delta({ Delta: { Content: text } })],
    'a delta of OpenAI that is a text': ['openai', (text) => delta({ delta: text })],
    'a choice as an object': ['openai', (text) => ({ choices: { index: 0, delta: { content: text } } })],
    'content as lists in lists': ['openai', (text) => delta({ delta: { content: [[text]] } })],
    'content as parts': ['openai', (text) => delta({ delta: { content: [{ type: 'text', text }] } })],
    'what was said by sound': ['openai', (text) => delta({ delta: { audio: { id: 'a', transcript: text } } })],
    'content in two cases in one event': ['openai', (text) => delta({ delta: { content: 'x', Content: text } })],
    'log probabilities in another case': [
      'openai',
      (text) => delta({ delta: {}, LogProbs: { content: [{ token: text }] } }),
    ],
    'a thought of Gemini that is 1': ['gemini', (text, turn) => part({ text, thought: turn % 2 === 0 ? 1 : true })],
    'a thought of Gemini that is "true"': [
      'gemini',
      (text, turn) => part({ text, thought: turn % 2 === 0 ? 'true' : true }),
    ],
    'a part of Gemini in another case': ['gemini', (text) => part({ Text: text })],
    'parts that are no list': ['gemini', (text) => ({ candidates: [{ content: { parts: { text } } }] })],
    'candidates that are no list': ['gemini', (text) => ({ candidates: { content: { parts: [{ text }] } } })],
    'a token of TGI in another case': ['openai', (text) => ({ token: { Text: text } })],
    'a delta of text in an event that ends a message': [
      'anthropic',
      (text) => ({ type: 'message_delta', delta: { type: 'text_delta', text } }),
    ],
  };
  for (const [name, [api, event]] of Object.entries(spelt)) {
    it(name, () => {
      const { text, faults } = mask(toStream(Array.from('536-22-8841', event)), api);
      const said = text.replaceAll(/"(?:index|thought)":("[^"]*"|[^,}]*)/g, '');
      assert.ok(digitsOf(said).length <= 5, said);
      assert.doesNotMatch(said, /8841/);
      assert.ok(faults.length > 0 || digitsOf(said) === '');
    });
  }
});

describe('what frames of events may hold is no way around', () => {
  const event = (char: string): string => JSON.stringify(say(char));
  const framed: Readonly<Record<string, (char: string, turn: number) => string>> = {
    'lines that end with CR alone': (char) => `data: ${event(char)}\r\r`,
    'a byte order mark in front of data': (char) => `data: \ufeff${event(char)}\n\n`,
    'a byte order mark in front of a field': (char) => `\ufeffdata: ${event(char)}\n\n`,
    'another name for each event': (char, turn) => `event: e${'xyz'[turn % 3]}\ndata: ${event(char)}\n\n`,
    'the end of the stream behind each event': (char) => `data: ${event(char)}\n\ndata: [DONE]\n\n`,
    'data on two lines': (char) => `data: ${event(char).replace(',', ',\ndata: ')}\n\n`,
  };
  for (const [name, frame] of Object.entries(framed)) {
    it(name, () => {
      const { text } = mask(Array.from('536-22-8841', frame).join(''));
      assert.doesNotMatch(digitsOf(text.replaceAll(/"(?:id|created|index)":[^,]*/g, '')), /8841|22/);
    });
  }
});
