/** What commands say of ledgers whose oldest records are in Kafka only. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { calls, logFolder, logText } from '@countersign/adapters/access-log/population.testing.ts';
import { ledgerFolder } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { clockOfDays, deliver, pruneOnce, start, writeCalls } from '@countersign/adapters/sqlite/test/pruning.ts';
import { countersign } from '../test/countersign.ts';

async function prunedFolder(t: TestContext): Promise<{ readonly folder: string; readonly gone: number }> {
  const [folder, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(folder, clock);
  await writeCalls(ledger, 500);
  deliver(folder);
  await pruneOnce(ledger);
  clock.pass(8);
  const gone = await pruneOnce(ledger);
  await ledger.close('done');
  return { folder, gone };
}

test('ledger verify: consistent, and says which records are in Kafka only', async (t) => {
  const { folder, gone } = await prunedFolder(t);
  const text = await countersign('ledger', 'verify', folder);
  assert.equal(text.status, 0, text.stdout);
  assert.match(text.stdout, new RegExp(`PRUNED: records 1 to ${gone} are in Kafka, not here`));
  const json = JSON.parse((await countersign('ledger', 'verify', folder, '--json')).stdout);
  assert.equal(json.ledgers[0].pruned.to, gone + 1);
});

test('session show: of a session that is not found it says that Kafka may have it', async (t) => {
  const { folder } = await prunedFolder(t);
  const { status, stderr } = await countersign('session', 'show', 'call-0', '--ledger', folder);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /no record of session "call-0"; the oldest records of 1 ledgers were pruned here, Kafka has them/,
  );
});

test('ledger reconcile: a time of which records are gone is not judged, exit 2', async (t) => {
  const { folder } = await prunedFolder(t);
  const log = join(logFolder(t), 'access.log');
  writeFileSync(log, logText([calls.closed(0).line]));
  const { status, stderr } = await countersign('ledger', 'reconcile', log, '--ledger', folder);
  assert.equal(status, 2);
  assert.match(stderr, /the oldest records of .* were pruned, and are in Kafka only: ask with --from \d{4}-/);
});
