import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createLedgerKey } from '@countersign/adapters/keys/ledger-key.ts';
import { createRunKey } from '@countersign/adapters/keys/run-key.ts';
import { ledgerKeyForTests } from '@countersign/adapters/keys/test/ledger-key.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { draft, ledgerFolder, open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { countersign } from '../test/countersign.ts';

const otherKey = formatNoteKey(systemHash, {
  name: ledgerKeyForTests.key.name,
  publicKey: createRunKey('other').key.publicKey,
});
const testKey = formatNoteKey(systemHash, ledgerKeyForTests.key);

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
  assert.match(stdout, /not resistant to the host's administrator/);
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
    trusted: { pinned_keys: [], keys_of_the_ledgers: [testKey], anchor: null },
  });
  assert.equal(ledgers[0].file, ledger.file);
  assert.match(limits, /No key was pinned/);
});

test('ledger verify trusts the key it was given, and no other', async (t) => {
  const directory = ledgerFolder(t);
  await (await open(directory)).close('done');
  const own = await countersign('ledger', 'verify', directory, '--key', testKey);
  assert.equal(own.status, 0, own.stderr);
  assert.match(own.stdout, /trusted key, pinned: countersign\/ledger\+/);
  const keys = path.join(directory, 'keys.txt');
  fs.writeFileSync(keys, `${otherKey}\n`);
  const other = await countersign('ledger', 'verify', directory, '--key', keys);
  assert.equal(other.status, 13);
  assert.match(other.stdout, /certificate_forged/);
  const both = await countersign('ledger', 'verify', directory, '--key', keys, '--key', testKey);
  assert.equal(both.status, 0);
  const none = await countersign('ledger', 'verify', directory, '--key', 'countersign/ledger+00000000+AAAA');
  assert.equal(none.status, 2);
});

test('ledger key prints the half of the long-term key that may be seen', async (t) => {
  const config = ledgerFolder(t);
  fs.writeFileSync(
    path.join(config, 'countersign.yaml'),
    'version: 1\nissuers: [{ issuer: "https://idp.test", audience: [models] }]\nkeys: { ledger: ledger.key }\n',
  );
  const made = createLedgerKey(createKey(path.join(config, 'ledger.key')));
  const { status, stdout } = await countersign('ledger', 'key', '--config', config);
  assert.equal(status, 0);
  assert.equal(stdout, `${formatNoteKey(systemHash, made.key)}\n`);
  const none = await countersign('ledger', 'key', '--config', path.join(config, 'none'));
  assert.equal(none.status, 2);
});

test('ledger export makes one file, for its owner alone, that verifies like the folder; it overwrites nothing', async (t) => {
  const directory = ledgerFolder(t);
  await (await open(directory)).close('done');
  const file = path.join(ledgerFolder(t), 'ledgers.jsonl');
  const exported = await countersign('ledger', 'export', directory, '--out', file);
  assert.equal(exported.status, 0, exported.stderr);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const verified = await countersign('ledger', 'verify', file, '--key', testKey);
  assert.equal(verified.status, 0, verified.stderr);
  assert.match(verified.stdout, /1 ledgers, 2 records: consistent/);
  assert.equal((await countersign('ledger', 'export', directory, '--out', file)).status, 2);
  fs.truncateSync(file, fs.statSync(file).size - 10);
  const cut = await countersign('ledger', 'verify', file);
  assert.deepEqual([cut.status, cut.stdout], [2, '']);
  assert.match(cut.stderr, /ends within a line/);
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
