import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer4k, answer64k, chatRequest, events, eventsPerStream, sensitive } from './bodies.ts';
import { blocks, mebibyte } from './long-text.ts';

const times = (text: string, value: string): number => text.split(value).length - 1;

test('a request is 1 KB, an answer 4 KB with each value once, or 64 KB as dense', () => {
  assert.equal(chatRequest(true).length, 1_024);
  assert.equal(answer4k.length, 4_096);
  assert.equal(answer64k.length, 65_536);
  for (const value of sensitive) {
    assert.equal(times(answer4k.toString(), value), 1);
    assert.equal(times(answer64k.toString(), value), 16);
  }
});

test('a stream is 100 events of about 150 bytes, and no event holds a whole card, number or account', () => {
  assert.equal(events.length, eventsPerStream);
  const meanBytes = Buffer.concat(events).length / events.length;
  assert.ok(meanBytes > 120 && meanBytes < 200, `${meanBytes}`);
  for (const value of sensitive)
    assert.ok(
      events.every((event) => !event.includes(value)),
      value,
    );
});

test('every block of a long text is another one, and none has a digit', () => {
  const all = [...blocks(mebibyte)].map(String);
  assert.equal(new Set(all).size, 16);
  assert.equal(all.join('').length, mebibyte);
  assert.doesNotMatch(all.join(''), /\d/);
});
