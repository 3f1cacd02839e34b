/** What an answer of Ollama must not let out, and must keep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventBytes, hidden, mask, spelled, ssn } from './masked.testing.ts';
import { dig, eventsOf, joinedAt, lines, list, type Sent } from './wire.testing.ts';

describe('Ollama', () => {
  const say = (response: string, more: object = {}): Sent => ({
    model: 'm',
    created_at: 't',
    response,
    done: false,
    ...more,
  });

  it('held text comes in the last line where that has text, else in front of it; all stays but the token ids', () => {
    const last = say('', { done: true, context: [1, 2, 3], eval_duration: 123456789012 });
    const { text, faults } = mask('ollama', lines([say('bo'), last]), 'application/x-ndjson');
    assert.deepEqual(eventsOf(text), [say(''), { ...last, response: 'bo', context: [] }]);
    const { response: _, ...bare } = last;
    const other = mask('ollama', lines([say('bo'), bare]), 'application/x-ndjson');
    assert.deepEqual(eventsOf(other.text), [say(''), say('bo'), { ...bare, context: [] }]);
    assert.deepEqual(faults, ['logprobs_removed']);
  });
  it('calls of tools are whole values', () => {
    const message = { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: { ssn } } }] };
    const [event] = eventsOf(mask('ollama', lines([{ message, done: true }]), 'application/x-ndjson').text);
    assert.equal(dig(event, 'message', 'tool_calls', 0, 'function', 'arguments', 'ssn'), hidden);
  });
  it('a single document, over several lines or not, with blanks behind it', () => {
    for (const indent of [undefined, 2]) {
      const answer = `${JSON.stringify(say(`is ${ssn} or 12`, { done: undefined }), null, indent)}\n  \n`;
      assert.equal(mask('ollama', answer, 'application/json').text, answer.replace(ssn, hidden));
    }
  });
  it('lines that are called JSON, objects without line ends, a list of them', () => {
    const sent = [...spelled((char) => say(char)), say('', { done: true })];
    const forms = [lines(sent), sent.map((event) => JSON.stringify(event)).join(''), list(sent)];
    for (const form of forms) {
      const { text } = mask('ollama', form, 'application/json');
      const read = text.startsWith('[') ? eventsOf(text) : eventsOf(text.replaceAll('}{', '}\n{'));
      assert.equal(joinedAt(read, 'response'), hidden);
    }
  });
  it('what stands between values is blotted', () => {
    const { text, faults } = mask(
      'ollama',
      `${lines([say('a ')])}x ${ssn}\n${lines([say('b ')])}`,
      'application/x-ndjson',
    );
    assert.doesNotMatch(text, /8841/);
    assert.deepEqual(faults, ['json_between_values']);
  });
  it('a value that two readers see differently loses its letters and digits', () => {
    for (const value of [
      `{"response":"x","response":"${ssn}"}`,
      `["${ssn}"]`,
      `"${ssn}"`,
      `{"response":${ssn}}`,
      `{"message":"${ssn}"}`,
    ]) {
      const { text, faults } = mask('ollama', `${lines([say('a ')])}${value}\n`, 'application/x-ndjson');
      assert.doesNotMatch(text, /536/);
      assert.deepEqual(faults, ['json_value_not_legible'], value);
    }
  });
  it('a value that is cut off is dropped, and the record says so', () => {
    const { text, faults } = mask('ollama', `${lines([say('a ')])}{"response":"536-2`, 'application/x-ndjson');
    assert.equal(text, lines([say('a ')]));
    assert.deepEqual(faults, ['json_value_incomplete']);
  });
  it('a document longer than an event is masked all the same, a line of a stream that long ends it', () => {
    const long = say(`${'x '.repeat(eventBytes)}${ssn}`);
    const { text } = mask('ollama', JSON.stringify(long), 'application/json');
    assert.equal(text, JSON.stringify(long).replace(ssn, hidden));
    const { failure } = mask('ollama', lines([say('a '), long]), 'application/x-ndjson');
    assert.equal(failure, 'json_value_too_long');
  });
  it('bytes that are no UTF-8 end it', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"response":"'), 0xff, 0x22, 0x7d, 0x0a]);
    assert.equal(mask('ollama', bytes, 'application/x-ndjson').failure, 'bad_utf8');
  });
});
