/** What a stream of Anthropic must not let out, and must keep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hidden, mask, spelled, ssn } from './masked.testing.ts';
import { dig, eventsOf, joinedAt, type Sent, sse } from './wire.testing.ts';

describe('Anthropic', () => {
  const start = (index: number, content_block: object): Sent => ({ type: 'content_block_start', index, content_block });
  const delta = (index: number, type: string, member: object): Sent => ({
    type: 'content_block_delta',
    index,
    delta: { type, ...member },
  });
  const stop = (index: number): Sent => ({ type: 'content_block_stop', index });
  const say = (text: string, index = 0): Sent => delta(index, 'text_delta', { text });
  const events = (sent: readonly Sent[]): readonly Sent[] => eventsOf(mask('anthropic', sse(sent, true)).text);

  it('held text comes as a delta in front of the stop, under the name of a delta', () => {
    const { text } = mask('anthropic', sse([start(0, { type: 'text', text: '' }), say('bo'), stop(0)], true));
    assert.deepEqual(eventsOf(text).slice(1), [say(''), say('bo'), stop(0)]);
  });
  it('text that a block begins with is the beginning of its lane, and comes as a delta when it is held', () => {
    const [begun, more] = events([start(0, { type: 'text', text: '536-22-' }), say('8841 x'), stop(0)]);
    assert.deepEqual([dig(begun, 'content_block', 'text'), dig(more, 'delta', 'text')], ['', `${hidden} `]);
    assert.deepEqual(events([start(0, { type: 'text', text: 'bo' }), stop(0)]).slice(1), [say('bo'), stop(0)]);
  });
  it('blocks that alternate are texts of their own', () => {
    const sent = Array.from(ssn, (char) => [say(char, 0), say(char, 1)]).flat();
    const read = events([...sent, stop(0), stop(1), { type: 'message_stop' }]);
    for (const index of [0, 1]) {
      assert.equal(
        joinedAt(
          read.filter((event) => event['index'] === index),
          'delta',
          'text',
        ),
        hidden,
      );
    }
  });
  it('a stop that never comes: the end of the message, an error and the end of the body are ends too', () => {
    for (const last of [
      [{ type: 'message_delta', delta: {} }],
      [{ type: 'error', error: { type: 'overloaded_error' } }],
      [],
    ]) {
      const read = events([...spelled((char) => say(char)), ...last]);
      assert.equal(joinedAt(read, 'delta', 'text'), hidden);
      assert.deepEqual(read.slice(read.length - last.length), last);
    }
  });
  it('a block that goes on behind its stop cannot complete what is out', () => {
    const { text, faults } = mask('anthropic', sse([say('536-22-'), stop(0), say('8841')], true));
    assert.doesNotMatch(text, /8841/);
    assert.deepEqual(faults, ['sse_text_after_finish']);
  });
  it('a delta of a kind that is not known is a text of its block', () => {
    assert.equal(
      joinedAt(events(spelled((char) => delta(0, 'new_delta', { saying: char }))), 'delta', 'saying'),
      hidden,
    );
  });
  it('citations are complete in their event', () => {
    const [cited] = events([
      delta(0, 'citations_delta', { citation: { type: 'char_location', cited_text: `is ${ssn}` } }),
    ]);
    assert.equal(dig(cited, 'delta', 'citation', 'cited_text'), `is ${hidden}`);
  });

  const thinking = (text: string): readonly Sent[] => [
    start(0, { type: 'thinking', thinking: '', signature: '' }),
    ...Array.from(text, (char) => delta(0, 'thinking_delta', { thinking: char })),
    delta(0, 'signature_delta', { signature: 'EqQBCkYIARgCKkA' }),
    stop(0),
  ];
  it('a signature passes with the thinking that it signs, all of which is out before it', () => {
    const read = events(thinking('I know bo'));
    assert.equal(joinedAt(read, 'delta', 'thinking'), 'I know bo');
    assert.deepEqual(read.slice(-2), thinking('').slice(-2));
  });
  it('a signature does not pass beside thinking that was altered, and the record says so', () => {
    const { text, faults } = mask('anthropic', sse(thinking(`it is ${ssn}`), true));
    assert.equal(joinedAt(eventsOf(text), 'delta', 'thinking'), `it is ${hidden}`);
    assert.equal(joinedAt(eventsOf(text), 'delta', 'signature'), '');
    assert.deepEqual(faults, ['signature_removed']);
  });
  it('nor in a whole message; there text stays and its order too', () => {
    const message = (thought: string, signature: string): string =>
      JSON.stringify({
        type: 'message',
        content: [
          { type: 'thinking', thinking: thought, signature },
          { type: 'text', text: 'ok' },
        ],
      });
    const { text, faults } = mask('anthropic', message(`it is ${ssn}`, 'EqQB'), 'application/json');
    assert.equal(text, message(`it is ${hidden}`, ''));
    assert.deepEqual(faults, ['signature_removed']);
    const clean = message('nothing', 'EqQB');
    assert.deepEqual(mask('anthropic', clean, 'application/json'), { text: clean, faults: [], failure: undefined });
  });
  it('completions of old', () => {
    const read = events([
      ...spelled((char) => ({ type: 'completion', completion: char, stop_reason: null })),
      { type: 'completion', completion: '', stop_reason: 'stop_sequence' },
    ]);
    assert.equal(joinedAt(read, 'completion'), hidden);
  });
});
