/** What a stream can hold that cannot be masked as it should be. Each test is a row of docs/failure-modes.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventBytes, hidden, mask, spelled, ssn } from './masked.testing.ts';
import { dig, eventsOf, joinedAt, lines, type Sent, sse } from './wire.testing.ts';

const say = (content: string, finish_reason: string | null = null): Sent => ({
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const line = (response: string): Sent => ({ model: 'm', response, done: false });
const contentOf = (text: string): string => joinedAt(eventsOf(text), 'choices', 0, 'delta', 'content');
/** Released whole, with these faults on record. */
const closed = (outcome: ReturnType<typeof mask>, ...faults: readonly string[]): string => {
  assert.deepEqual({ failure: outcome.failure, faults: outcome.faults }, { failure: undefined, faults });
  return outcome.text;
};
/** Only the beginning is released, and the stream has no end. */
const cut = (outcome: ReturnType<typeof mask>, reason: string): string => {
  assert.deepEqual({ failure: outcome.failure, faults: outcome.faults }, { failure: reason, faults: [reason] });
  return outcome.text;
};

test('an event that two readers would see differently: no letter and no digit of it', () => {
  const text = closed(mask('openai', `data: {"choices":[],"x":1,"x":"${ssn}"}\n\n`), 'sse_event_not_json');
  assert.equal(text, 'data: {"*******":[],"*":*,"*":"***-**-****"}\n\n');
});

test('data that is no JSON: masked as one text over all its events', () => {
  const stream = `${Array.from(`is-${ssn};`, (char) => `data: ${char}`).join('\n\n')}\n\n`;
  const text = closed(mask('openai', stream), 'sse_event_not_json');
  assert.equal(text.replaceAll(/data: |\n/g, ''), `is-${hidden};`);
});

test('running text in an event whose type is not known: stars', () => {
  const text = closed(
    mask(
      'anthropic',
      sse(
        spelled((char) => ({ type: 'new', text: char })),
        false,
      ),
    ),
    'sse_unknown_text',
  );
  assert.equal(joinedAt(eventsOf(text), 'text'), hidden);
});

test('text behind the event that ended it: stars, up to a sign that no value goes on over', () => {
  const stream = sse([say('is 536-22-'), say('', 'stop'), say('8841, he\n'), say(' says ')], false);
  assert.equal(contentOf(closed(mask('openai', stream), 'sse_text_after_finish')), 'is 536-22-****, **\n says ');
});

test('a value that some client joins from texts that are parted here: stars, up to a sign that no value goes on over', () => {
  const by = (index: number, content: string): Sent => ({
    choices: [{ index, delta: { content }, finish_reason: null }],
  });
  const parted = [by(0, 'is 536 22 '), by(0, 'x'), by(1, '8841, he\n'), by(1, 'says ')];
  const text = closed(mask('openai', sse(parted, false)), 'sse_text_over_lanes');
  assert.equal(contentOf(text), 'is 536 22 ****, **\nsays x');
});

test('log probabilities and token ids: gone', () => {
  const event = {
    ...say('x '),
    prompt_token_ids: [6789],
    choices: [{ index: 0, text: 'x ', logprobs: { tokens: [ssn] } }],
  };
  const text = closed(mask('openai', sse([event], false)), 'logprobs_removed');
  assert.deepEqual(eventsOf(text), [{ prompt_token_ids: [], choices: [{ index: 0, text: 'x ', logprobs: null }] }]);
});

test('thinking that was altered, and its signature: the signature is empty', () => {
  const delta = (member: object): Sent => ({ type: 'content_block_delta', index: 0, delta: member });
  const signed = [
    delta({ type: 'thinking_delta', thinking: ssn }),
    delta({ type: 'signature_delta', signature: 'EqQB' }),
  ];
  const text = closed(mask('anthropic', sse(signed, true)), 'signature_removed');
  assert.deepEqual(
    [joinedAt(eventsOf(text), 'delta', 'thinking'), joinedAt(eventsOf(text), 'delta', 'signature')],
    [hidden, ''],
  );
});

test('lines of an event that are no field: left out', () => {
  assert.equal(closed(mask('openai', `${ssn}\ndata: {}\n\n`), 'sse_unknown_field'), 'data: {}\n\n');
});

test('an event that the end of the stream cuts: dropped, what was held before it comes', () => {
  const text = closed(
    mask('openai', `${sse([say('a 12')], false)}data: {"choices":[{"delta":{"content":"536`),
    'sse_event_incomplete',
  );
  assert.equal(contentOf(text), 'a 12');
});

test('a stream without the event that ends its text: what was held comes in an event of its own', () => {
  const text = closed(
    mask(
      'openai',
      sse(
        spelled((char) => say(char)),
        false,
      ),
    ),
  );
  assert.equal(contentOf(text), hidden);
});

test('an event longer than the limit: cut in front of it, held text too', () => {
  const stream = `${sse([say('a 12')], false)}data: ${'x'.repeat(eventBytes)}\n\n`;
  assert.equal(contentOf(cut(mask('openai', stream), 'sse_event_too_long')), 'a ');
});

test('bytes in an event that are no UTF-8: cut in front of it', () => {
  const bytes = new Uint8Array([
    ...new TextEncoder().encode(`${sse([say('a ')], false)}data: "`),
    0xff,
    0x22,
    0x0a,
    0x0a,
  ]);
  assert.equal(contentOf(cut(mask('openai', bytes), 'bad_utf8')), 'a ');
});

test('more texts at once than any answer has: cut', () => {
  const content = Array.from({ length: 1100 }, () => '1');
  const many = { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
  assert.equal(contentOf(cut(mask('openai', sse([say('a '), many], false)), 'sse_too_many_lanes')), 'a ');
});

test('JSON lines, and something else between them: stars for it', () => {
  const text = closed(
    mask('ollama', `${lines([line('a ')])}is ${ssn}\n`, 'application/x-ndjson'),
    'json_between_values',
  );
  assert.equal(text, `${lines([line('a ')])}** ${hidden}\n`);
});

test('a line that two readers would see differently: no letter and no digit of it', () => {
  const text = closed(
    mask('ollama', `{"response":1,"response":"${ssn}"}\n`, 'application/x-ndjson'),
    'json_value_not_legible',
  );
  assert.equal(text, `{"********":*,"********":"${hidden}"}\n`);
});

test('a line that the end of the stream cuts: dropped', () => {
  const text = closed(
    mask('ollama', `${lines([line('a ')])}{"response":"536`, 'application/x-ndjson'),
    'json_value_incomplete',
  );
  assert.equal(text, lines([line('a ')]));
});

test('a line longer than the limit: cut in front of it', () => {
  const stream = lines([line('a '), line('x'.repeat(eventBytes))]);
  assert.equal(cut(mask('ollama', stream, 'application/x-ndjson'), 'json_value_too_long'), lines([line('a ')]));
});

test('a stream under a wrong content type: masked as what its first bytes show', () => {
  const events = [...spelled((char) => say(char)), say('', 'stop')];
  assert.equal(contentOf(closed(mask('openai', sse(events, false), 'application/json'))), hidden);
  const objects = [...spelled(line), { ...line(''), done: true }];
  for (const contentType of ['application/json', 'text/event-stream', 'text/plain']) {
    assert.equal(joinedAt(eventsOf(closed(mask('ollama', lines(objects), contentType))), 'response'), hidden);
  }
  assert.equal(dig(eventsOf(closed(mask('ollama', sse(objects, false), 'application/x-ndjson'))).at(-1), 'done'), true);
});
