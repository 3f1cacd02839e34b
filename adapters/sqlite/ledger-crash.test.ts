import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { auditLedgers } from './ledger-audit.ts';
import { listLedgerFiles, replicaPlace } from './ledger-directory.ts';
import { writeUntilKilled } from './test/killed-writer.ts';
import { draft, ledgerFolder, open, type Row, replica, rowsOf, service } from './test/ledgers.ts';

const rounds = 10;

function allRows(directory: string): readonly Row[] {
  return listLedgerFiles(replicaPlace(directory, service, replica)).flatMap(({ file }) => rowsOf(file));
}

test(`a writer killed ${rounds} times at random: all it acknowledged is there, in its place, without a gap`, async (t) => {
  const directory = ledgerFolder(t);
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round++) {
    acknowledged.push(...(await writeUntilKilled(directory, randomInt(1, 400))));
  }
  await (await open(directory)).close('done');
  const { findings, ledgers } = auditLedgers(directory, () => undefined);
  assert.deepEqual(findings, []);
  assert.equal(ledgers.length, rounds + 1);
  const places = new Set(allRows(directory).map(({ session, seq }) => `${session} ${seq}`));
  assert.deepEqual(
    acknowledged.filter((line) => !places.has(line)),
    [],
  );
  assert.ok(acknowledged.length > rounds);
});

test('a session that was under way is aborted in the next ledger, once, however often the process starts', async (t) => {
  const directory = ledgerFolder(t);
  await writeUntilKilled(directory, 50);
  const [crashed] = listLedgerFiles(replicaPlace(directory, service, replica));
  assert.ok(crashed);
  const ended = new Set(
    rowsOf(crashed.file)
      .filter(({ type }) => type === 'session.closed')
      .map(({ session }) => session),
  );
  const unended = rowsOf(crashed.file).filter(({ type, session }) => type === 'session.opened' && !ended.has(session));
  for (let start = 0; start < 3; start++) await (await open(directory)).close('done');
  const aborted = allRows(directory).filter(({ type }) => type === 'session.aborted');
  assert.deepEqual(
    aborted.map(({ session, value }) => ({ session, data: JSON.parse(value).data })),
    unended.map(({ session, seq }) => ({
      session,
      data: { reason: 'process_ended', ledger: crashed.id, opened_seq: seq },
    })),
  );
});

test('a call that was held when its process ended is aborted too', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.held', 'waiting'), draft('session.denied', 'refused')]);
  await ledger.close('sigterm');
  const next = await open(directory);
  assert.deepEqual(
    rowsOf(next.file).map(({ type, session }) => [type, session]),
    [
      ['ledger.opened', null],
      ['session.aborted', 'waiting'],
    ],
  );
  await next.close('done');
});

test('a start that died before its first commit leaves nothing behind that counts', async (t) => {
  const directory = ledgerFolder(t);
  const first = await open(directory);
  await first.append([draft('session.opened', 's1')]);
  await first.close('done');
  const folder = path.dirname(first.file);
  for (const name of ['01ZZZZZZZZ0000000000000000.db.new', '01ZZZZZZZZ0000000000000000.db.new-journal']) {
    fs.writeFileSync(path.join(folder, name), 'half a file');
  }
  const next = await open(directory);
  assert.equal(rowsOf(next.file).filter(({ type }) => type === 'session.aborted').length, 1);
  await next.close('done');
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => name.includes('.new')),
    [],
  );
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
});
