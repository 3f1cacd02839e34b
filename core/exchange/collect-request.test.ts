import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from './byte-budget.ts';
import { type CollectPorts, collectRequest } from './collect-request.ts';
import type { Inbound, InboundHeaders } from './message.ts';
import { createWorld } from './world.testing.ts';

const first: InboundHeaders = { kind: 'request_headers', headers: [], end: false, handOff: undefined };
const body = (length: number, end: boolean): Inbound => ({ kind: 'request_body', bytes: new Uint8Array(length), end });

async function refusal(script: readonly Inbound[], change: Partial<CollectPorts> = {}): Promise<string> {
  const world = createWorld(script, {});
  const collected = await collectRequest(world.exchange, first, '01JD0000000000000000000000', true, {
    ...world.ports,
    ...change,
  });
  if (collected.ok) return '';
  return collected.error.kind === 'refused' ? collected.error.refusal.code : collected.error.kind;
}

test('an upload that stops is refused, and what came of it is given back', async () => {
  const budget = new ByteBudget(64);
  const silent = createWorld([body(40, false)], {});
  let asked = 0;
  const exchange = {
    ...silent.exchange,
    hasArrived: (): boolean => asked++ === 0,
    arrival: (): Promise<void> => new Promise(() => undefined),
  };
  const timers = {
    after: (_: number, run: () => void) => {
      if (asked > 0) queueMicrotask(run);
      return () => undefined;
    },
    turn: () => Promise.resolve(),
  };
  const collected = await collectRequest(exchange, first, '01JD0000000000000000000000', true, {
    ...silent.ports,
    budget,
    timers,
  });
  assert.equal(
    !collected.ok && collected.error.kind === 'refused' && collected.error.refusal.code,
    'ERR_REQUEST_TIMEOUT',
  );
  assert.equal(budget.take(64), true);
});

test('with no memory left a request is refused, and takes none', async () => {
  const budget = new ByteBudget(10);
  assert.equal(await refusal([body(40, true)], { budget }), 'ERR_BUSY');
  assert.equal(budget.take(10), true);
});

test('over the limit of one request', async () => {
  assert.equal(await refusal([body(40, false), body(40, true)]), 'ERR_BODY_TOO_LARGE');
});

test('a collected request gives its memory back once, however often it is asked to', async () => {
  const budget = new ByteBudget(64);
  const world = createWorld([body(40, true)], {});
  const collected = await collectRequest(world.exchange, first, '01JD0000000000000000000000', true, {
    ...world.ports,
    budget,
  });
  assert.ok(collected.ok);
  assert.equal(budget.take(64), false);
  collected.value.release();
  collected.value.release();
  assert.equal(budget.take(64), true);
  assert.equal(budget.take(1), false);
});
