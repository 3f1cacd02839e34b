/** What a stream of Responses must not let out, and must keep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hidden, mask, spelled, ssn } from './masked.testing.ts';
import { eventsOf, joinedAt, type Sent, sse } from './wire.testing.ts';

describe('OpenAI Responses', () => {
  const delta = (text: string, more: object = {}): Sent => ({
    type: 'response.output_text.delta',
    item_id: 'm',
    output_index: 0,
    content_index: 0,
    delta: text,
    ...more,
  });
  const events = (sent: readonly Sent[]): readonly Sent[] => eventsOf(mask('openai', sse(sent, true)).text);

  it('log probabilities of a delta go out as the empty list that SDKs look for', () => {
    const { text, faults } = mask('openai', sse([delta('x ', { logprobs: [{ token: ssn, bytes: [53] }] })], true));
    assert.deepEqual(eventsOf(text), [delta('x ', { logprobs: [] })]);
    assert.deepEqual(faults, ['logprobs_removed']);
  });
  it('parts and items that alternate are texts of their own', () => {
    const at = [{}, { content_index: 1 }, { item_id: 'n', output_index: 1 }, { type: 'response.refusal.delta' }];
    const read = events(Array.from(ssn, (char) => at.map((more) => delta(char, more))).flat());
    const of = (more: object) =>
      read.filter((event) => JSON.stringify({ ...event, delta: '' }) === JSON.stringify(delta('', more)));
    for (const more of at) assert.equal(joinedAt(of(more), 'delta'), hidden);
  });
  it('a response that fails says no half of a value, but what was said', () => {
    const failed = { type: 'response.failed', response: { status: 'failed', error: { message: 'x' } } };
    assert.equal(joinedAt(events([...spelled((char) => delta(char)), failed]), 'delta'), hidden);
  });
  it('arguments of every kind of tool, code, a transcript', () => {
    for (const channel of [
      'mcp_call_arguments',
      'custom_tool_call_input',
      'code_interpreter_call_code',
      'audio.transcript',
    ]) {
      const read = events(spelled((char) => delta(char, { type: `response.${channel}.delta` })));
      assert.equal(joinedAt(read, 'delta'), hidden, channel);
    }
  });
  it('numbers behind events that were put in move up, whatever event it is', () => {
    const numbered = [
      delta('bo'),
      { type: 'response.output_text.done', item_id: 'm', output_index: 0, content_index: 0, text: 'bo' },
      delta('x,'),
    ];
    const read = events(numbered.map((event, at) => ({ ...event, sequence_number: 10 + at })));
    assert.deepEqual(
      read.map((event) => event['sequence_number']),
      [10, 11, 12, 13],
    );
  });
});
