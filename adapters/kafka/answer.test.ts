import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyAnswer } from './answer.ts';
import type { PartitionAnswer } from './client.ts';

const expected = { topic: 'countersign.events.v1', partition: 3 };
const good: PartitionAnswer = { topic: expected.topic, partition: 3, errorCode: 0, baseOffset: '41' };

test('exactly the one partition, no error, an offset: written', () => {
  assert.deepEqual(verifyAnswer([good], expected), { ok: true, value: '41' });
  assert.deepEqual(verifyAnswer([{ ...good, baseOffset: '0' }], expected), { ok: true, value: '0' });
});

test('an offset beyond the safe integers survives', () => {
  const baseOffset = '9223372036854775807';
  assert.deepEqual(verifyAnswer([{ ...good, baseOffset }], expected), { ok: true, value: baseOffset });
});

const odd: readonly (readonly [string, readonly PartitionAnswer[]])[] = [
  ['nothing, as kafkajs resolves after a connection race', []],
  ['another partition only, as kafkajs resolves when leadership moved', [{ ...good, partition: 2 }]],
  ['another partition as well', [good, { ...good, partition: 2 }]],
  ['the same partition twice', [good, good]],
  ['another topic', [{ ...good, topic: 'countersign.admin.v1' }]],
  ['an error code', [{ ...good, errorCode: 45 }]],
  ['the error code of "unknown"', [{ ...good, errorCode: -1 }]],
  ['no offset', [{ ...good, baseOffset: undefined }]],
  ['the offset of a duplicate that the broker no longer knows', [{ ...good, baseOffset: '-1' }]],
  ['an offset that is no number', [{ ...good, baseOffset: '' }]],
];
for (const [what, answer] of odd) {
  test(`not written: ${what}`, () => {
    assert.equal(verifyAnswer(answer, expected).ok, false);
  });
}
