/** What an answer of Gemini must not let out, and must keep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hidden, mask, spelled, ssn } from './masked.testing.ts';
import { dig, eventsOf, list, type Sent, sse } from './wire.testing.ts';

describe('Gemini', () => {
  const said = (parts: readonly object[], more: object = {}): Sent => ({
    candidates: [{ content: { parts }, index: 0, ...more }],
  });
  const textOf = (events: readonly Sent[], index = 0): string =>
    events
      .flatMap((event) => dig(event, 'candidates'))
      .filter((candidate) => (dig(candidate, 'index') ?? 0) === index)
      .flatMap((candidate) => dig(candidate, 'content', 'parts'))
      .map((part) => dig(part, 'text') ?? '')
      .join('');

  it('a second candidate, in events of its own or beside the first', () => {
    const both = spelled((text) => ({
      candidates: [0, 1].map((index) => ({ content: { parts: [{ text }] }, index })),
    }));
    const read = eventsOf(mask('gemini', sse(both, false)).text);
    assert.deepEqual([textOf(read, 0), textOf(read, 1)], [hidden, hidden]);
  });
  it('text around a function call, whose arguments are whole', () => {
    const call = { functionCall: { name: 'f', args: { n: `is ${ssn}`, deep: [{ x: ssn }] } } };
    const read = eventsOf(mask('gemini', sse([said([{ text: '536-' }, call, { text: '22-8841 ' }])], false)).text);
    assert.equal(textOf(read), `${hidden} `);
    const parts = dig(read[0], 'candidates', 0, 'content', 'parts');
    assert.deepEqual(dig(parts, 1, 'functionCall', 'args'), { n: `is ${hidden}`, deep: [{ x: hidden }] });
  });
  it('arguments that come bit by bit, by their path', () => {
    const bits = spelled((stringValue) =>
      said([{ functionCall: { id: 'c', partialArgs: [{ jsonPath: '$.ssn', stringValue, willContinue: true }] } }]),
    );
    const read = eventsOf(mask('gemini', sse([...bits, said([], { finishReason: 'STOP' })], false)).text);
    const value = (event: Sent) => dig(event, 'candidates', 0, 'content', 'parts', 0, 'functionCall', 'partialArgs', 0);
    assert.equal(read.map((event) => dig(value(event), 'stringValue') ?? '').join(''), hidden);
    assert.equal(dig(value(read.at(-2) ?? {}), 'jsonPath'), '$.ssn');
  });
  it('log probabilities', () => {
    const { text, faults } = mask(
      'gemini',
      sse([said([{ text: 'x ' }], { logprobsResult: { chosenCandidates: [{ token: ssn }] } })], false),
    );
    assert.equal(dig(eventsOf(text)[0], 'candidates', 0, 'logprobsResult'), null);
    assert.deepEqual(faults, ['logprobs_removed']);
  });
  it('a list: what is held comes as an element in front of its end, also when no candidate finished', () => {
    const { text } = mask('gemini', list([said([{ text: '12' }])]), 'application/json');
    assert.equal(textOf(JSON.parse(text)), '12');
    assert.deepEqual(JSON.parse(mask('gemini', '[ ]\n', 'application/json').text), []);
  });
  it('a whole answer keeps all its text in one document, without a finish reason too', () => {
    const answer = said([{ text: 'ssn 536-22-' }, { text: '8841 and 12' }]);
    const { text } = mask('gemini', JSON.stringify(answer), 'application/json');
    assert.equal(textOf([JSON.parse(text)]), `ssn ${hidden} and 12`);
  });
});
