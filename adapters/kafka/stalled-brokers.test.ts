import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StalledBrokers } from './stalled-brokers.ts';

const stall = { fetches: 3, ms: 1000 };

function brokers() {
  let nowMs = 0;
  const stalled = new StalledBrokers(stall, () => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  /** A fetch that took so long comes back empty. */
  const empty = (nodeId: number, duration: number): void => {
    pass(duration);
    stalled.fetched({ nodeId, duration });
  };
  return { stalled, empty, pass };
}

test('a broker whose fetches came back empty for long enough is stalled; another one, whose fetch has not ended, is not', () => {
  const { stalled, empty } = brokers();
  for (let n = 0; n < 4; n++) empty(1, 300);
  assert.deepEqual([stalled.has(1), stalled.has(2), stalled.isAny], [true, false, true]);
});

test('few fetches, or a short time, are no stall', () => {
  const { stalled, empty, pass } = brokers();
  for (let n = 0; n < 3; n++) empty(1, 100);
  assert.equal(stalled.has(1), false);
  pass(700);
  assert.equal(stalled.has(1), true);
  const slow = brokers();
  for (let n = 0; n < 2; n++) slow.empty(1, 5000);
  assert.equal(slow.stalled.has(1), false);
});

test('when something comes all begin anew, and a fetch that began before says nothing', () => {
  const { stalled, empty, pass } = brokers();
  for (let n = 0; n < 4; n++) empty(1, 300);
  pass(200);
  stalled.moved();
  stalled.fetched({ nodeId: 1, duration: 200 });
  assert.equal(stalled.isAny, false);
  for (let n = 0; n < 3; n++) empty(1, 400);
  assert.equal(stalled.has(1), true);
});
