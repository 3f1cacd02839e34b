/** Blocks are a shortcut: whatever lies in a file, they lead to what the rows lead to. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, type TestContext, test } from 'node:test';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import fc from 'fast-check';
import { systemHash } from '../process/system.ts';
import { ThreadsOnDemand } from './block-threads.ts';
import { type Audit, auditSources, noTrust } from './ledger-audit.ts';
import { directorySources, type OpenedLedger, type ReplicaSource } from './ledger-sources.ts';
import { draft, ledgerFolder, open } from './test/ledgers.ts';

const world = { directory: '', file: '' };
before(async () => {
  world.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-walk-'));
  const ledger = await open(world.directory);
  for (let n = 0; n < 700; n++) {
    const type =
      (['session.opened', 'payload.part', 'session.closed', 'session.denied'] as const)[n % 4] ?? 'session.denied';
    const session = n % 9 === 0 ? `s${n}` : `s${n - (n % 4)}`;
    await ledger.append([
      draft(type, session, { n, text: `tab\t€"${'x'.repeat(n % 50)}`, list: [true, null, { a: -1 }] }),
    ]);
  }
  await ledger.append([{ type: 'policy.loaded', time: '2026-01-02T03:04:05.678Z', data: { clé: 1 } }]);
  await ledger.close('done');
  world.file = ledger.file;
});
after(() => fs.rmSync(world.directory, { recursive: true }));

/** For the smallest of ledgers, a few records at a time. */
const threads = new ThreadsOnDemand(1, 90);
after(() => threads.close());

function audit(
  directory: string,
  change: (opened: OpenedLedger) => OpenedLedger,
  given = new ThreadsOnDemand(),
): Audit {
  const replicas = directorySources(directory).map(
    (replica): ReplicaSource => ({
      ...replica,
      ledgers: () =>
        replica.ledgers().map((ledger) => ({ ...ledger, open: (helping) => change(ledger.open(helping)) })),
    }),
  );
  return auditSources(replicas, () => undefined, noTrust, given);
}

/** The same for both ways. */
function audited(directory: string): Audit {
  const inBlocks = audit(directory, (opened) => opened);
  assert.deepEqual(
    inBlocks,
    audit(directory, (opened) => ({ ...opened, blocks: undefined })),
  );
  return inBlocks;
}

function copyInTest(t: TestContext): { readonly directory: string; readonly file: string } {
  const directory = ledgerFolder(t);
  fs.cpSync(world.directory, directory, { recursive: true });
  return { directory, file: path.join(directory, path.relative(world.directory, world.file)) };
}

test('a ledger without a fault is taken in blocks, but for its first record and what is not plain', () => {
  const places: unknown[] = [];
  const { exitCode, ledgers } = audit(world.directory, (opened) => ({
    ...opened,
    rows(...place) {
      places.push(place);
      return opened.rows(...place);
    },
  }));
  assert.deepEqual([exitCode, ledgers[0]?.records], [0, 703]);
  assert.deepEqual(places, [[undefined, 0], [641, 702], [703]]);
});

const text = 'CAST(value AS TEXT)';
for (const [what, sql] of [
  ['nothing', ''],
  ['a value altered', `UPDATE record SET value = CAST(replace(${text}, '"n":300', '"n":301') AS BLOB) WHERE seq = 301`],
  ['a value that is no JSON', "UPDATE record SET value = x'7b' WHERE seq = 301"],
  ['an empty value', "UPDATE record SET value = x'' WHERE seq = 301"],
  [
    'a value with the next one in it',
    `UPDATE record SET value = CAST(value || x'00' || (SELECT value FROM record WHERE seq = 302) AS BLOB) WHERE seq = 301;
    UPDATE record SET value = x'' WHERE seq = 302`,
  ],
  ['a zero behind a value', "UPDATE record SET value = CAST(value || x'00' AS BLOB) WHERE seq = 301"],
  ['white space behind a value', "UPDATE record SET value = CAST(value || ' ' AS BLOB) WHERE seq = 301"],
  [
    'bytes that are no UTF-8',
    `UPDATE record SET value = CAST(replace(${text}, '€', CAST(x'e282' AS TEXT)) AS BLOB) WHERE seq = 301`,
  ],
  ['a leaf', 'UPDATE record SET leaf = zeroblob(32) WHERE seq = 301'],
  ['a leaf that is too long', 'UPDATE record SET leaf = zeroblob(33) WHERE seq = 301'],
  [
    'two leaves of other lengths',
    'UPDATE record SET leaf = zeroblob(31) WHERE seq = 301; UPDATE record SET leaf = zeroblob(33) WHERE seq = 302',
  ],
  ['a row taken out', 'DELETE FROM record WHERE seq = 301'],
  ['the last row of a block taken out', 'DELETE FROM record WHERE seq = 256'],
  ['the first row taken out', 'DELETE FROM record WHERE seq = 0'],
  [
    'a row before the first',
    `INSERT INTO record SELECT -1, type, session, time, topic, "partition", 9999, leaf, value FROM record WHERE seq = 5`,
  ],
  [
    'a row far behind the last',
    `INSERT INTO record SELECT 9223372036854775807, type, session, time, topic, "partition", 9999, leaf, value FROM record WHERE seq = 5`,
  ],
  ['a number that JavaScript cannot hold', 'UPDATE record SET pseq = 9223372036854775807 WHERE seq = 301'],
  [
    'a number within the topic below zero, in value, leaf and column',
    `UPDATE record SET pseq = -pseq, value = CAST(replace(${text}, '"pseq":', '"pseq":-') AS BLOB) WHERE seq = 301; UPDATE record SET leaf = leaf_of(value) WHERE seq = 301`,
  ],
  ['a session with a quote', `UPDATE record SET session = session || '","time":"x' WHERE seq = 301`],
  ['no session', 'UPDATE record SET session = NULL WHERE seq = 301'],
  ['a session where there is none', "UPDATE record SET session = 's' WHERE seq = 702"],
  ['a zero in a column', 'UPDATE record SET topic = topic || char(0) WHERE seq = 301'],
  ['a topic that says the partition', `UPDATE record SET topic = topic || '/1' WHERE seq = 301`],
  ['a partition', 'UPDATE record SET "partition" = 77 WHERE seq = 301'],
  ['a time', "UPDATE record SET time = '2026-01-01T00:00:00.000Z' WHERE seq = 301"],
  [
    'two values swapped',
    `UPDATE record SET seq = -7 WHERE seq = 301; UPDATE record SET seq = 301 WHERE seq = 302; UPDATE record SET seq = 302 WHERE seq = -7`,
  ],
  ['a published checkpoint', "UPDATE checkpoint SET note = '' WHERE number = 0"],
  [
    'sizes that JavaScript cannot hold',
    'UPDATE checkpoint SET size = 9223372036854775807 WHERE number = 1; UPDATE tip SET size = -9223372036854775808; UPDATE certificate SET counter = 9223372036854775807',
  ],
  [
    'a schema that lets anything in',
    `CREATE TABLE other AS SELECT * FROM record; DROP TABLE record; ALTER TABLE other RENAME TO record;
    UPDATE record SET value = CAST(value AS TEXT), pseq = CAST(pseq AS TEXT) WHERE seq = 301`,
  ],
] as const) {
  test(`${what}: blocks lead to what rows lead to, and so do threads`, (t) => {
    const { directory, file } = copyInTest(t);
    const db = new DatabaseSync(file);
    db.function('leaf_of', (value) => (value instanceof Uint8Array ? leafOf(systemHash, value) : null));
    db.exec(sql);
    db.close();
    const { exitCode } = audited(directory);
    assert.equal(exitCode === 0, what === 'nothing');
    assert.notEqual(exitCode, 2);
  });
}

test('whatever bytes of whichever record are changed, with its leaf or without: blocks lead to what rows lead to, and so do threads', (t) => {
  const { directory, file } = copyInTest(t);
  const db = new DatabaseSync(file);
  const get = db.prepare('SELECT value, leaf FROM record WHERE seq = ?');
  const put = db.prepare('UPDATE record SET value = ?, leaf = ? WHERE seq = ?');
  const change = fc.record({
    seq: fc.nat(702),
    at: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 3 }),
    removed: fc.nat(3),
  });
  fc.assert(
    fc.property(change, ({ seq, at, bytes, removed }) => {
      const { value, leaf } = get.get(seq) ?? {};
      assert.ok(value instanceof Uint8Array && leaf instanceof Uint8Array);
      const place = at % value.length;
      put.run(Buffer.concat([value.subarray(0, place), bytes, value.subarray(place + removed)]), leaf, seq);
      audited(directory);
      put.run(value, leaf, seq);
    }),
    runs(t, 30),
  );
  db.close();
});
