import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { asks, good, openStore, temporaryFile } from '@countersign/adapters/sqlite/test/approvals.ts';
import { ok } from '@countersign/core/result.ts';
import { keepApprovals } from './approval-housekeeping.ts';

const abandonedMs = 200;

class TwoClocks {
  wallMs = 1_700_000_000_000;
  monotonicMs = 0;
  now = (): number => this.wallMs;
  monotonic = (): number => this.monotonicMs;
  /** Time passes, as on a clock that is well. */
  pass(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }
}

/** One request that no call waits for, and a keeper that sweeps without a pause. */
function kept(t: TestContext) {
  const clock = new TwoClocks();
  const store = openStore(t, temporaryFile(t), clock);
  const { approval } = good(store.request(asks('ana'), clock.now()));
  const types: string[] = [];
  let sweeps = 0;
  const counted = {
    sweep: (nowMs: number, afterMs: number) => {
      sweeps += 1;
      return store.sweep(nowMs, afterMs);
    },
    recorded: (ids: readonly string[]) => store.recorded(ids),
  };
  const ledger = {
    id: 'proc-service/0/x',
    append: (drafts: readonly { readonly type: string }[]) => {
      types.push(...drafts.map(({ type }) => type));
      return Promise.resolve(ok([]));
    },
    close: () => Promise.resolve(),
  };
  const log = { error: assert.fail };
  const keeper = keepApprovals({ store: counted, ledger, clock, log, abandonedMs, sweepMs: 1 });
  t.after(() => keeper.stop());
  /** One whole sweep from now on. */
  const swept = async (): Promise<void> => {
    const before = sweeps;
    while (sweeps < before + 2) await pause(1);
  };
  return { clock, types, swept, state: () => good(store.get(approval.id, clock.now())).state };
}

test('what no call waits for is withdrawn, and recorded, when its time is up', async (t) => {
  const { clock, types, swept, state } = kept(t);
  clock.pass(abandonedMs - 1);
  await swept();
  assert.equal(state(), 'requested');
  clock.pass(2);
  await swept();
  assert.equal(state(), 'withdrawn');
  assert.deepEqual(types, ['approval.withdrawn']);
});

for (const [direction, stepMs] of [
  ['forward', 10_000],
  ['back', -10_000],
] as const) {
  test(`a clock that jumps ${direction} makes nothing abandoned: first all who wait have the time to say so`, async (t) => {
    const { clock, swept, state } = kept(t);
    await swept();
    clock.pass(abandonedMs - 1);
    clock.wallMs += stepMs;
    await swept();
    clock.pass(abandonedMs - 1);
    await swept();
    assert.equal(state(), 'requested');
  });
}

test('after a start, too: a caller whose call was cut has the time to come back', async (t) => {
  const { clock, swept, state } = kept(t);
  // The request is far older than this process.
  clock.wallMs += 1_000;
  await swept();
  assert.equal(state(), 'requested');
});
