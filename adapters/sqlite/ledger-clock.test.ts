/** Wall clocks jump: by hand, by NTP, by a host that slept. What was written first stays first, whatever its time says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { systemClock } from '../process/system.ts';
import { auditLedgers } from './ledger-audit.ts';
import { ledgerFolder, open, rowsOf } from './test/ledgers.ts';

const hourMs = 3_600_000;

test('a clock that jumps either way while a ledger is written, and between runs: order, certificates and checkpoints stand', async (t) => {
  const directory = ledgerFolder(t);
  let offsetMs = 0;
  const now = (): number => systemClock.now() + offsetMs;
  const clock = { ...systemClock, now };
  const sessions: string[] = [];
  for (const run of [0, 1, 2]) {
    const ids = { ulid: () => `${(5 - run).toString()}ZZZZZZZZ00000000000000000` };
    const ledger = await open(directory, { clock, ids });
    for (const jumpMs of [0, hourMs, -2 * hourMs, hourMs]) {
      offsetMs += jumpMs;
      const session = `${run} ${jumpMs} ${sessions.length}`;
      sessions.push(session);
      const written = await ledger.append([{ type: 'session.denied', session, time: isoTime(now()), data: {} }]);
      assert.ok(written.ok);
    }
    await ledger.close('done');
    offsetMs -= 24 * hourMs;
  }
  const { findings, exitCode, ledgers } = auditLedgers(directory, () => undefined);
  assert.deepEqual([findings, exitCode], [[], 0]);
  assert.deepEqual(
    ledgers.map(({ certificate }) => certificate?.counter),
    [0, 1, 2],
  );
  const found = ledgers.flatMap(({ file }) => rowsOf(file)).flatMap(({ session }) => session ?? []);
  assert.deepEqual(found, sessions);
});
