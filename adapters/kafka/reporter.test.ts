import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from './problem.ts';
import { createReporter, type LogEntry } from './reporter.ts';
import type { SinkStatus } from './status.ts';
import { createArraySpool } from './test/array-spool.ts';

const topics = { partitions: new Map(), drift: [], unreadable: [] };
const unreachable: Problem = { reason: 'broker_unreachable', detail: 'no broker answers' };
const forbidden: Problem = { reason: 'no_write_permission', detail: 'no WRITE permission' };

function createRig() {
  const statuses: SinkStatus[] = [];
  const log: LogEntry[] = [];
  const spool = createArraySpool();
  const reporter = createReporter({
    spool,
    topicPrefix: 'countersign',
    onStatus: (status) => void statuses.push(status),
    onLog: (entry) => void log.push(entry),
  });
  return { ...reporter, statuses, log, spool };
}

test('a change of state is told at once, with what waits', () => {
  const { report, statuses, spool } = createRig();
  const { time } = spool.append({ topic: 'events', partition: 0 });
  report.failed(unreachable, 1);
  report.connected(topics);
  assert.deepEqual(
    statuses.map(({ state }) => state),
    ['retrying', 'connected'],
  );
  assert.deepEqual(statuses[0]?.backlog, { records: 1, oldest: time });
});

test('what someone has to change is `blocked` and an error, what passes by itself is `retrying` and a warning', () => {
  const { report, statuses, log } = createRig();
  report.failed(unreachable, 1);
  report.failed(forbidden, 2);
  assert.deepEqual(
    statuses.map(({ state }) => state),
    ['retrying', 'blocked'],
  );
  assert.deepEqual(
    log.map(({ level }) => level),
    ['warn', 'error'],
  );
});

test('a thousand failures of one kind are eleven lines, and a thousand statuses', () => {
  const { report, statuses, log } = createRig();
  for (let attempts = 1; attempts <= 1_024; attempts++) report.failed(unreachable, attempts);
  assert.equal(log.length, 11);
  assert.equal(statuses.length, 1_024);
});

test('acknowledgements are counted, and where the newest record lies is known to the last digit', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { report, statuses, spool } = createRig();
  const batch = [spool.append({ topic: 'events', partition: 2 }), spool.append({ topic: 'events', partition: 2 })];
  for (let count = 0; count < 50; count++) report.acknowledged(batch, '9007199254740993');
  assert.equal(statuses.length, 0, 'counts do not bother the thread that serves calls for each batch');
  t.mock.timers.tick(500);
  assert.equal(statuses.length, 1);
  const { records, last } = statuses[0]?.acknowledged ?? {};
  assert.equal(records, 100);
  assert.equal(last?.offset, '9007199254740994');
  assert.deepEqual([last?.seq, last?.topic, last?.partition], [1, 'countersign.events.v1', 2]);
});

test('drift is logged when it is found and when it changes, not with every connection', () => {
  const { report, log } = createRig();
  const drift = [{ topic: 'countersign.events.v1', setting: 'cleanup.policy', expected: 'delete', actual: 'compact' }];
  report.connected({ ...topics, drift });
  report.failed(unreachable, 1);
  report.connected({ ...topics, drift: [...drift] });
  assert.equal(log.filter(({ message }) => message === 'kafka_topic_drift').length, 1);
});
