import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { Anchor, Timers } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { AnchorKeeper } from './keeper.ts';

const publication = (size: number): Publication => ({
  ledger: 'proc-service/p1/x',
  size,
  checkpoint: `c${size}`,
  certificate: 'c',
});

/** A keeper whose time is moved by hand, over an anchor that can be away. */
function keeperInTest() {
  const kept: number[] = [];
  const said: string[] = [];
  const sent: boolean[] = [];
  const world = { isAway: false };
  let due: (() => void) | undefined;
  const timers: Timers = {
    after(_, run) {
      due = run;
      return () => {
        due = undefined;
      };
    },
    turn: () => Promise.resolve(),
  };
  const anchor: Anchor = {
    name: 'test',
    async keep({ size }) {
      if (world.isAway) return err({ code: 'ERR_ANCHOR_AWAY', reason: 'no route' });
      kept.push(size);
      return ok(undefined);
    },
  };
  const log = {
    info: (_: object, message: string) => said.push(message),
    warn: (_: object, message: string) => said.push(message),
  };
  const onSent = (isKept: boolean): void => void sent.push(isKept);
  const keeper = new AnchorKeeper({ anchors: [anchor], everyMs: 1000, timers, onSent, log });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = (): Promise<void> => {
    due?.();
    return settle();
  };
  return { keeper, kept, said, sent, world, settle, pass };
}

test('the first goes out at once, then the newest when the time has come, and the last at the end', async () => {
  const { keeper, kept, settle, pass } = keeperInTest();
  keeper.offer(publication(1));
  await settle();
  for (const size of [2, 3, 4]) keeper.offer(publication(size));
  await settle();
  assert.deepEqual(kept, [1]);
  await pass();
  assert.deepEqual(kept, [1, 4]);
  await pass();
  keeper.offer(publication(5));
  await settle();
  keeper.offer(publication(6));
  await keeper.close();
  assert.deepEqual(kept, [1, 4, 5, 6]);
});

test('what could not be anchored is tried again, or is covered by what came since; it is said once', async () => {
  const { keeper, kept, said, sent, world, settle, pass } = keeperInTest();
  world.isAway = true;
  keeper.offer(publication(1));
  await settle();
  await pass();
  keeper.offer(publication(2));
  await pass();
  assert.deepEqual(kept, []);
  world.isAway = false;
  await pass();
  assert.deepEqual(kept, [2]);
  assert.deepEqual(sent, [false, false, false, true]);
  assert.deepEqual(said, ['a checkpoint could not be anchored', 'checkpoints are anchored again']);
  await keeper.close();
});

test('an anchor that is away at the end does not keep the process', async () => {
  const { keeper, kept, world } = keeperInTest();
  world.isAway = true;
  keeper.offer(publication(1));
  await keeper.close();
  assert.deepEqual(kept, []);
});
