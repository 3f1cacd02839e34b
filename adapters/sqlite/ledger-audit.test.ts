import assert from 'node:assert/strict';
import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { leafOf } from '@countersign/core/ledger/chain.ts';
import { kindOf } from '@countersign/core/ledger/findings.ts';
import { systemHash } from '../process/system.ts';
import { type Audit, auditLedgers } from './ledger-audit.ts';
import { draft, ledgerFolder, open } from './test/ledgers.ts';

/** Three runs of one replica: files of the first, the second and the last. */
async function threeRuns(t: TestContext): Promise<{ readonly directory: string; readonly files: readonly string[] }> {
  const directory = ledgerFolder(t);
  const files: string[] = [];
  for (let run = 0; run < 3; run++) {
    const ledger = await open(directory);
    await ledger.append([
      draft('session.opened', `s${run}`, { subject: 'ana' }),
      draft('payload.part', `s${run}`, { sealed: 'AAAA' }),
      draft('session.closed', `s${run}`, { outcome: 'completed' }),
    ]);
    await ledger.close('done');
    files.push(ledger.file);
  }
  return { directory, files };
}

function audit(directory: string): Audit {
  return auditLedgers(directory, () => undefined);
}

function tamper(file: string | undefined, work: (db: DatabaseSync) => void): void {
  assert.ok(file);
  const db = new DatabaseSync(file);
  db.function('leaf_of', (value) => leafOf(systemHash, Buffer.from(String(value))));
  work(db);
  db.close();
}

const text = 'CAST(value AS TEXT)';
/** Rewrites part of a value and, with it, the leaf. */
const rewrite = (from: string, to: string, where: string): string =>
  `UPDATE record SET value = CAST(replace(${text}, '${from}', '${to}') AS BLOB) WHERE ${where};
   UPDATE record SET leaf = leaf_of(${text}) WHERE ${where}`;

// seq 0 ledger.opened, 1 session.opened, 2 payload.part, 3 session.closed, 4 ledger.closed
const mutations: readonly (readonly [what: string, sql: string, exitCode: number, reason: string])[] = [
  [
    'a letter of a record',
    `UPDATE record SET value = CAST(replace(${text}, 'ana', 'eve') AS BLOB) WHERE seq = 1`,
    10,
    'leaf_differs',
  ],
  ['a letter and the leaf', rewrite('ana', 'eve', 'seq = 1'), 10, 'prev_differs'],
  ['a letter of the last record and its leaf', rewrite('done', 'gone', 'seq = 4'), 10, 'root_differs'],
  ['chain.seq', rewrite('"seq":1', '"seq":9', 'seq = 1'), 10, 'seq_differs'],
  ['chain.pseq', rewrite('"pseq":0', '"pseq":9', 'seq = 1'), 10, 'pseq_differs'],
  ['chain.prev', rewrite('"prev":"', '"prev":"A', 'seq = 1'), 10, 'prev_differs'],
  ['chain.ledger', rewrite('"ledger":"proc', '"ledger":"prox', 'seq = 1'), 10, 'wrong_ledger'],
  ['the version', rewrite('"v":1', '"v":2', 'seq = 1'), 10, 'not_a_record'],
  ['white space', rewrite('{"chain"', '{ "chain"', 'seq = 1'), 10, 'not_canonical'],
  ['an empty value', "UPDATE record SET value = x'' WHERE seq = 1", 10, 'leaf_differs'],
  ['the leaf', "UPDATE record SET leaf = x'00' WHERE seq = 1", 10, 'leaf_differs'],
  ['the column seq', 'UPDATE record SET seq = 99 WHERE seq = 4', 10, 'column_differs'],
  ['the column type', "UPDATE record SET type = 'session.denied' WHERE seq = 1", 10, 'column_differs'],
  ['the column session', 'UPDATE record SET session = NULL WHERE seq = 1', 10, 'column_differs'],
  ['the column time', "UPDATE record SET time = '' WHERE seq = 1", 10, 'column_differs'],
  ['the column topic', "UPDATE record SET topic = 'x' WHERE seq = 1", 10, 'column_differs'],
  ['the column partition', 'UPDATE record SET "partition" = 77 WHERE seq = 1', 10, 'column_differs'],
  ['the column pseq', 'UPDATE record SET pseq = 77 WHERE seq = 1', 10, 'column_differs'],
  ['the first record away', 'DELETE FROM record WHERE seq = 0', 11, 'records_missing'],
  ['a record in the middle away', 'DELETE FROM record WHERE seq = 2', 11, 'records_missing'],
  ['the tail away', 'DELETE FROM record WHERE seq >= 3', 11, 'tail_missing'],
  ['all records away', 'DELETE FROM record', 11, 'no_records'],
  [
    'two records swapped',
    'UPDATE record SET seq = -1 WHERE seq = 2; UPDATE record SET seq = 2 WHERE seq = 3; UPDATE record SET seq = 3 WHERE seq = -1',
    10,
    'reordered',
  ],
  [
    'a record doubled at the end',
    'INSERT INTO record SELECT 5, type, session, time, topic, "partition", 99, leaf, value FROM record WHERE seq = 3',
    12,
    'repeated_seq',
  ],
  [
    'the root in a checkpoint',
    "UPDATE tip SET note = replace(note, char(10) || '5' || char(10), char(10) || '4' || char(10))",
    13,
    'checkpoint_forged',
  ],
  ['the column size of a checkpoint', 'UPDATE checkpoint SET size = 2 WHERE number = 0', 10, 'column_differs'],
  ['the newest checkpoint away', 'DELETE FROM tip', 13, 'no_checkpoint'],
  ['a second newest checkpoint', 'INSERT INTO tip SELECT size, note FROM checkpoint', 13, 'no_checkpoint'],
  ['the first published checkpoint away', 'DELETE FROM checkpoint WHERE number = 0', 11, 'checkpoints_missing'],
  ['the last published checkpoint away', 'DELETE FROM checkpoint WHERE number = 1', 11, 'checkpoints_missing'],
  ['the certificate away', 'DELETE FROM certificate', 13, 'no_certificate'],
  ['the table of certificates away', 'DROP TABLE certificate', 13, 'no_certificate'],
  ['a letter of the certificate', "UPDATE certificate SET note = replace(note, 'T', 'U')", 13, 'no_certificate'],
  [
    'the counter of the certificate',
    "UPDATE certificate SET note = replace(note, char(10) || '1' || char(10), char(10) || '2' || char(10))",
    13,
    'certificate_forged',
  ],
  ['the column counter', 'UPDATE certificate SET counter = 7', 10, 'column_differs'],
  ['a trigger added', 'CREATE TRIGGER hide AFTER INSERT ON record BEGIN DELETE FROM record; END', 10, 'schema_differs'],
  ['an index dropped', 'DROP INDEX record_session', 10, 'schema_differs'],
];

for (const [what, sql, exitCode, reason] of mutations) {
  test(`altered: ${what} → exit ${exitCode}`, async (t) => {
    const { directory, files } = await threeRuns(t);
    assert.equal(audit(directory).exitCode, 0);
    tamper(files[1], (db) => db.exec(sql));
    const { exitCode: code, findings } = audit(directory);
    assert.ok(
      findings.some((finding) => finding.reason === reason),
      JSON.stringify(findings),
    );
    assert.equal(code, exitCode, JSON.stringify(findings));
  });
}

test('a ledger left out is a gap', async (t) => {
  const { directory, files } = await threeRuns(t);
  fs.rmSync(files[1] ?? '');
  const { exitCode, findings } = audit(directory);
  assert.deepEqual([exitCode, findings.map(({ reason }) => reason)], [11, ['ledger_missing']]);
});

test('two ledgers that follow the same one are a fork', async (t) => {
  const { directory, files } = await threeRuns(t);
  const [first = '', second = '', third = ''] = files;
  const aside = `${directory}/aside`;
  fs.renameSync(second, aside);
  fs.renameSync(third, `${third}.aside`);
  await (await open(directory)).close('done');
  fs.renameSync(aside, second);
  fs.rmSync(`${third}.aside`);
  assert.ok(fs.existsSync(first));
  const { exitCode, findings } = audit(directory);
  assert.equal(exitCode, 12);
  assert.ok(findings.some(({ reason }) => reason === 'two_successors'));
});

test('a tail cut from the newest ledger is a gap: its signed checkpoint covers more', async (t) => {
  const { directory, files } = await threeRuns(t);
  tamper(files[2], (db) => db.exec('DELETE FROM record WHERE seq >= 2'));
  const { exitCode, findings } = audit(directory);
  assert.equal(exitCode, 11);
  assert.deepEqual(findings.map(({ reason }) => reason).toSorted(), ['not_closed', 'session_without_end', 'tail_cut']);
});

test('a tail cut back to a published checkpoint is not closed: nothing but an anchor could tell more', async (t) => {
  const { directory, files } = await threeRuns(t);
  tamper(files[2], (db) =>
    db.exec(`DELETE FROM record WHERE seq >= 1; DELETE FROM checkpoint WHERE number > 0;
      UPDATE tip SET size = 1, note = (SELECT note FROM checkpoint)`),
  );
  const { exitCode, findings } = audit(directory);
  assert.deepEqual([exitCode, findings.map(({ reason }) => reason)], [14, ['not_closed']]);
});

test('a ledger that is being written is reported as such, and is fine', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.opened', 's1')]);
  const { exitCode, ledgers } = audit(directory);
  assert.deepEqual([exitCode, ledgers.map(({ end }) => end)], [0, ['writing']]);
  await ledger.close('done');
});

for (const [what, ruin] of [
  ['no database', (file: string) => fs.writeFileSync(file, 'x'.repeat(5000))],
  ['a database without records', (file: string) => tamper(file, (db) => db.exec('DROP TABLE record'))],
  ['a file cut in the middle', (file: string) => fs.truncateSync(file, 5000)],
] as const) {
  test(`${what} is unreadable, said as such, and the others are still verified`, async (t) => {
    const { directory, files } = await threeRuns(t);
    ruin(files[1] ?? '');
    const { exitCode, findings, ledgers } = audit(directory);
    assert.deepEqual(findings.map(kindOf), ['unreadable']);
    assert.equal(exitCode, 2);
    assert.deepEqual(
      ledgers.map(({ end }) => end),
      ['closed', 'unreadable', 'closed'],
    );
  });
}

test('an index bent so that lookups miss a record is found', async (t) => {
  const { directory, files } = await threeRuns(t);
  tamper(files[1], (db) => {
    db.enableDefensive(false);
    db.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'session IS NOT NULL', 'session IS NULL') WHERE name = 'record_session';
      PRAGMA writable_schema = RESET`);
    db.exec('REINDEX record_session');
    db.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'session IS NULL', 'session IS NOT NULL') WHERE name = 'record_session';
      PRAGMA writable_schema = RESET`);
  });
  const { exitCode, findings } = audit(directory);
  assert.deepEqual([exitCode, findings.map(({ reason }) => reason)], [10, ['index_damaged']]);
});
