/** What Kafka has had for a week goes, oldest first; all that is left verifies, and nothing goes that somebody still needs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { auditLedgers } from './ledger-audit.ts';
import { openSpool } from './spool.ts';
import { draft, ledgerFolder, replica, rowsOf, service } from './test/ledgers.ts';
import { clockOfDays, dayMs, deliver, pruneOnce, start, writeCalls } from './test/pruning.ts';

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

test('a row that was moved to another partition hides nothing from Kafka: until it is found nothing is pruned', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  await writeCalls(ledger, 800);
  const db = new DatabaseSync(ledger.file);
  db.exec(`UPDATE record SET "partition" = -1 WHERE topic = 'events' AND pseq = 1200`);
  db.close();
  deliver(directory);
  for (let day = 0; day < 10; day++) {
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
  await writeCalls(ledger, 800);
  deliver(directory);
  await pruneOnce(ledger);
  clock.pass(8);
  assert.equal(await pruneOnce(ledger), 300);
  assert.equal(rowsOf(ledger.file)[1]?.session, 'long');
  const said = () => rowsOf(ledger.file).filter(({ type }) => type === 'ledger.pruned').length;
  for (let look = 0; look < 3; look++) assert.equal(await pruneOnce(ledger), 0);
  assert.equal(said(), 1, 'no record says what cannot be done');
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
  clock.jump(365 * dayMs);
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

test('a record that was altered, or that no checkpoint was signed for, is not pruned: what was done stays to be found', async (t) => {
  for (const [alter, reason] of [
    [
      `UPDATE record SET value = CAST(replace(CAST(value AS TEXT), 'completed', 'completes') AS BLOB) WHERE seq = 300`,
      'leaf_differs',
    ],
    [`UPDATE record SET leaf = zeroblob(32) WHERE seq = 700`, 'leaf_differs'],
    [`DELETE FROM record WHERE seq = 500`, 'records_missing'],
  ] as const) {
    const [directory, clock] = [ledgerFolder(t), clockOfDays()];
    const old = await start(directory, clock);
    await writeCalls(old, 500);
    await old.close('done');
    const ledger = await start(directory, clock);
    deliver(directory);
    await pruneOnce(ledger);
    clock.pass(8);
    const db = new DatabaseSync(old.file);
    db.exec(alter);
    db.close();
    for (let look = 0; look < 3; look++)
      await assert.rejects(pruneOnce(ledger), /not as it was written|not those that were signed/);
    const said = rowsOf(ledger.file).filter(({ type }) => type === 'ledger.pruned');
    assert.ok(said.length <= 1, 'no record says again and again what cannot be done');
    const { findings } = audit(directory);
    assert.deepEqual(
      findings.map((finding) => finding.reason),
      [reason],
    );
    await ledger.close('done');
  }
});

test('a full disk has room again when old records go', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock, { maxFileBytes: 3 * 2 ** 20, probeEveryMs: 10 });
  await writeCalls(ledger, 500);
  deliver(directory);
  await pruneOnce(ledger);
  clock.pass(8);
  const looked = await ledger.pruning.look();
  assert.ok(looked.ok && looked.value !== undefined);
  await ledger.append([{ ...draft('session.denied', 's'), type: 'ledger.pruned', data: { ...looked.value } }]);
  await assert.rejects(writeCalls(ledger, 4000), /disk_full/);
  assert.equal(ledger.state(), 'full');
  for (;;) {
    const pruned = await ledger.pruning.prune(looked.value);
    if (!pruned.ok || pruned.value === undefined) break;
  }
  for (let n = 0; n < 500 && ledger.state() === 'full'; n++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(ledger.state(), 'writing');
  await writeCalls(ledger, 10);
  await ledger.close('done');
  assert.deepEqual(audit(directory).findings, []);
});
