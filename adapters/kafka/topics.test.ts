import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionOf, topics } from '@countersign/core/ledger/topics.ts';
import fc from 'fast-check';
import { kafkaConfig } from './test/replica.ts';
import { partitionsNeeded, topicName } from './topics.ts';

test('every partition that a ledger can choose exists in the topic that is asked for', () => {
  const options = fc.record({
    ledger: fc.string(),
    topic: fc.constantFrom(...topics),
    partitions: fc.integer({ min: 1, max: 64 }),
  });
  fc.assert(
    fc.property(options, ({ ledger, topic, partitions }) => {
      assert.ok(partitionOf(ledger, topic, partitions) < partitionsNeeded(topic, kafkaConfig({ partitions })));
    }),
  );
});

test('topics are named prefix, short name, version', () => {
  assert.equal(topicName('countersign', 'events'), 'countersign.events.v1');
});
