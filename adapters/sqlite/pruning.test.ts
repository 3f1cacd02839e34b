/** What Kafka has had for a week goes, oldest first; all that is left verifies, and nothing goes that somebody still needs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { auditLedgers } from './ledger-audit.ts';
import { openSpool } from './spool.ts';
import { draft, ledgerFolder, replica, rowsOf, service } from './test/ledgers.ts';
import { clockOfDays, deliver, pruneOnce, start, writeCalls } from './test/pruning.ts';

const audit = (directory: string) => auditLedgers(directory, () => undefined);

test('a week after Kafka has them records go, up to a checkpoint; the rest verifies, and the report says what is gone', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 800);
  deliver(directory);
  assert.equal(await pruneOnce(ledger), 0, 'just seen');
  clock.pass(6.9);
  assert.equal(await pruneOnce(ledger), 0, 'not a week');
  clock.pass(0.2);
  const gone = await pruneOnce(ledger);
  assert.ok(gone > 1000, String(gone));
  const [first, second] = rowsOf(ledger.file);
  assert.deepEqual([first?.seq, first?.type, second?.seq], [0, 'ledger.opened', gone + 1]);
  const { findings, ledgers } = audit(directory);
  assert.deepEqual(findings, []);
  assert.equal(ledgers[0]?.pruned?.to, gone + 1);
  assert.ok((ledgers[0]?.pruned?.passed ?? 0) > 0);
  await ledger.close('done');
  assert.deepEqual(audit(directory).findings, []);
});

test('what Kafka does not have stays, however old', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 800);
  for (let day = 0; day < 20; day++) {
    clock.pass(1);
    assert.equal(await pruneOnce(ledger), 0);
  }
  await ledger.close('done');
});

test('a call that is under way keeps its records, and all behind them', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 100);
  await ledger.append([draft('session.opened', 'long')]);
  await writeCalls(ledger, 800, 'later');
  deliver(directory);
  await pruneOnce(ledger);
  clock.pass(8);
  assert.equal(await pruneOnce(ledger), 300);
  assert.equal(rowsOf(ledger.file)[1]?.session, 'long');
  await ledger.append([draft('session.closed', 'long')]);
  assert.ok((await pruneOnce(ledger)) > 1000);
  assert.deepEqual(audit(directory).findings, []);
  await ledger.close('done');
});

test('a clock that is set forward by a year makes nothing old; time that nobody ran does not count', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 800);
  deliver(directory);
  await pruneOnce(ledger);
  clock.jump(365 * 86_400_000);
  assert.equal(await pruneOnce(ledger), 0);
  await ledger.close('done');
  clock.pass(30);
  const next = await start(directory, clock);
  assert.equal(await pruneOnce(next), 0);
  clock.pass(7.1);
  assert.ok((await pruneOnce(next)) > 1000);
  await next.close('done');
});

test('ledgers of before go in their order to their ends, with sessions of runs that died; small files stay, and verify', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const first = await start(directory, clock);
  await writeCalls(first, 800);
  await first.append([draft('session.opened', 'cut')]);
  await first.close('done');
  const second = await start(directory, clock);
  await writeCalls(second, 400);
  await second.close('done');
  const live = await start(directory, clock);
  const before = fs.statSync(first.file).size;
  deliver(directory);
  await pruneOnce(live);
  clock.pass(8);
  for (let look = 0; look < 4; look++) {
    await pruneOnce(live);
    assert.deepEqual(audit(directory).findings, []);
  }
  assert.deepEqual(
    [first, second].map(({ file }) => rowsOf(file).length),
    [1, 1],
  );
  assert.ok(fs.statSync(first.file).size < before / 2, 'the disk has its room back');
  await live.close('done');
  const next = await start(directory, clock);
  assert.deepEqual(audit(directory).findings, []);
  await next.close('done');
});

test('the sink goes on where it was, although all that said how far it was is lost', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 800);
  deliver(directory);
  await pruneOnce(ledger);
  clock.pass(8);
  const gone = await pruneOnce(ledger);
  for (const end of ['', '-wal', '-shm']) fs.rmSync(ledger.file.replace(/\.db$/, `.acks.db${end}`), { force: true });
  const spool = openSpool({ directory, service, replica });
  assert.equal(spool.waitingFrom(ledger.id), gone + 1);
  assert.equal(spool.next(1, 1e9)[0]?.seq, gone + 1);
  spool.close();
  deliver(directory);
  const after = openSpool({ directory, service, replica });
  assert.deepEqual(after.backlog(), { records: 0, oldest: undefined });
  after.close();
  await ledger.close('done');
});
