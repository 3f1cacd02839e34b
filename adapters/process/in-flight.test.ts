import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlight } from './in-flight.ts';

test('nothing running: settled at once', async () => {
  assert.equal(await new InFlight().settled(60_000), 0);
});

test('waits for everything that runs, also for what fails and for what begins meanwhile', async () => {
  const inFlight = new InFlight();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const failing = Promise.withResolvers<void>();
  failing.promise.catch(() => undefined);
  inFlight.track(first.promise);
  inFlight.track(failing.promise);
  let settled = false;
  const waiting = inFlight.settled(60_000).then((left) => {
    settled = true;
    return left;
  });
  inFlight.track(second.promise);
  first.resolve();
  failing.reject(new Error('its owner knows'));
  await new Promise((turn) => setImmediate(turn));
  assert.equal(settled, false);
  second.resolve();
  assert.equal(await waiting, 0);
});

test('work that does not end is not waited for for ever, and is counted', async () => {
  const inFlight = new InFlight();
  inFlight.track(new Promise(() => undefined));
  inFlight.track(Promise.resolve());
  assert.equal(await inFlight.settled(1), 1);
});

test('what is over is forgotten', async () => {
  const inFlight = new InFlight();
  for (let i = 0; i < 1000; i++) inFlight.track(Promise.resolve(i));
  await new Promise((turn) => setImmediate(turn));
  assert.equal(await inFlight.settled(0), 0);
});
