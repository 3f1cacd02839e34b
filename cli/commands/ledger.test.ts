import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { draft, ledgerFolder, open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { countersign } from '../test/countersign.ts';

test('ledger verify says what it found of each ledger, and what it did not prove', async (t) => {
  const directory = ledgerFolder(t);
  await (await open(directory)).close('done');
  const live = await open(directory);
  await live.append([draft('session.opened', 's1')]);
  const { status, stdout, stderr } = await countersign('ledger', 'verify', '--ledger', directory);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /proc-service\/p1\/\w{26} {2}2 records {2}closed\n/);
  assert.match(stdout, /2 records {2}being written now\n/);
  assert.match(stdout, /2 ledgers, 4 records: consistent/);
  assert.match(stdout, /does not prove that the administrator of the host/);
});

test('ledger verify names file, place and kind of an alteration, and exits with its code', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1', { subject: 'ana' })]);
  await ledger.close('done');
  const db = new DatabaseSync(ledger.file);
  db.exec("UPDATE record SET value = CAST(replace(CAST(value AS TEXT), 'ana', 'eve') AS BLOB) WHERE seq = 1");
  db.close();

  const text = await countersign('ledger', 'verify', directory);
  assert.equal(text.status, 10);
  assert.ok(
    text.stdout.includes(`ALTERED  ${ledger.id} at 1: the record is not the one that was hashed (leaf_differs)`),
  );

  const json = await countersign('ledger', 'verify', directory, '--json');
  assert.equal(json.status, 10);
  const { limits, ledgers, ...rest } = JSON.parse(json.stdout);
  assert.deepEqual(rest, {
    consistent: false,
    exit_code: 10,
    findings: [{ kind: 'altered', ledger: ledger.id, seq: 1, reason: 'leaf_differs' }],
    more_findings: 0,
    trusted: { key: null, anchor: null },
  });
  assert.equal(ledgers[0].file, ledger.file);
  assert.match(limits, /No signed checkpoint/);
});

test('ledger verify finds the folder by the configuration', async (t) => {
  const config = ledgerFolder(t);
  fs.writeFileSync(path.join(config, 'countersign.yaml'), 'version: 1\nledgr: {}\n');
  const { status, stderr } = await countersign('ledger', 'verify', '--config', config);
  assert.equal(status, 2);
  assert.match(stderr, /countersign\.yaml:2/);
});

for (const [what, args] of [
  ['no folder', []],
  ['a folder that is not there', ['--ledger', '/nonexistent']],
  ['both ways at once', ['--ledger', '/tmp', '--config', '/tmp']],
] as const) {
  test(`ledger verify with ${what} is wrong usage`, async () => {
    const { status, stdout, stderr } = await countersign('ledger', 'verify', ...args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.notEqual(stderr, '');
  });
}

test('a folder without ledgers verifies nothing and does not look like success', async (t) => {
  const { status, stderr } = await countersign('ledger', 'verify', ledgerFolder(t));
  assert.equal(status, 2);
  assert.match(stderr, /holds no ledger/);
});
