import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from './record.ts';
import { partitionOf, topicOf, topics } from './topics.ts';

const ledger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';

test('every record type has a topic', () => {
  for (const type of recordTypes) assert.ok(topics.includes(topicOf(type)), type);
});

test('a partition is FNV-1a over the ledger id: another program finds the same', () => {
  // Published FNV-1a (32 bits) values: "a" is e40c292c, "foobar" is bf9cf968.
  assert.equal(partitionOf('a', 'events', 2 ** 32), 0xe40c292c);
  assert.equal(partitionOf('foobar', 'events', 2 ** 32), 0xbf9cf968);
});

test('a partition exists', () => {
  for (const partitions of [1, 2, 3, 12, 1000]) {
    const partition = partitionOf(ledger, 'events', partitions);
    assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions);
  }
});

test('records whose order matters across ledgers share one partition', () => {
  assert.equal(partitionOf(ledger, 'approvals', 12), 0);
  assert.equal(partitionOf(ledger, 'admin', 12), 0);
});
