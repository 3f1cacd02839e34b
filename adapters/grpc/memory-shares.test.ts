/** However many streams there are, what they may keep together is bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryShares } from './memory-shares.ts';
import { nextWindow } from './stream-windows.ts';

const MiB = 1024 * 1024;

test('one stream may keep 256 KiB read and 128 KiB unsent', () => {
  const shares = new MemoryShares();
  shares.opened();
  assert.deepEqual([shares.inboxBytes, shares.outboxBytes], [256 * 1024, 128 * 1024]);
});

test('a thousand streams keep 32 MiB each way together, and two thousand no more', () => {
  for (const streams of [1_000, 2_000]) {
    const shares = new MemoryShares();
    for (let open = 0; open < streams; open++) shares.opened();
    assert.ok(shares.inboxBytes * streams <= 32 * MiB && shares.outboxBytes * streams <= 32 * MiB);
    assert.ok(shares.inboxBytes >= 16 * 1024);
    for (let open = streams; open > 1; open--) shares.closed();
    assert.equal(shares.inboxBytes, 256 * 1024);
  }
});

test('windows: together at most 64 MiB, each at least the 64 KiB of HTTP/2, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 200 }), (steps) => {
      let streams = 0;
      let window = MiB;
      for (const step of steps) {
        streams = Math.max(0, streams + step);
        window = nextWindow(window, streams);
        assert.ok(window >= 64 * 1024 && window <= MiB);
        assert.ok(window === 64 * 1024 || window * streams <= 64 * MiB);
      }
    }),
  );
});

test('a stream more or less about a boundary does not change the window each time', () => {
  let window = nextWindow(MiB, 65);
  const first = window;
  for (let turn = 0; turn < 100; turn++) {
    window = nextWindow(window, 64 + (turn % 2));
    assert.equal(window, first);
  }
  assert.equal(nextWindow(window, 32), MiB);
});
