import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Result } from '@countersign/core/result.ts';
import { auditLedgers } from './ledger-audit.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const noProgress = (): void => undefined;

function value<T, E>(result: Result<T, E>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

test('what is acknowledged is on disk under the place of its receipt', async (t) => {
  const ledger = await open(ledgerFolder(t));
  const receipts = value(await ledger.append([draft('session.opened', 's1'), draft('session.closed', 's1')]));
  assert.deepEqual(
    receipts.map(({ ledger: id, seq }) => [id, seq]),
    [
      [ledger.id, 1],
      [ledger.id, 2],
    ],
  );
  assert.deepEqual(
    rowsOf(ledger.file).map(({ type, session }) => [type, session]),
    [
      ['ledger.opened', null],
      ['session.opened', 's1'],
      ['session.closed', 's1'],
    ],
  );
  await ledger.close('done');
});

test('several drafts of one append lie side by side, however many append at once', async (t) => {
  const ledger = await open(ledgerFolder(t));
  const appends = Array.from({ length: 200 }, (_, n) =>
    ledger.append([draft('payload.part', `s${n}`), draft('session.closed', `s${n}`)]),
  );
  for (const [n, result] of (await Promise.all(appends)).entries()) {
    const [part, end] = value(result);
    assert.equal(end?.seq, (part?.seq ?? 0) + 1, `append ${n}`);
  }
  await ledger.close('done');
});

test('one draft that cannot be recorded keeps the others of its append out too', async (t) => {
  const ledger = await open(ledgerFolder(t));
  const bad = [draft('session.opened', 's1'), draft('session.closed', 's1', { share: 0.5 })];
  assert.deepEqual(await ledger.append(bad), {
    ok: false,
    error: { code: 'ERR_LEDGER_RECORD', reason: 'number_not_safe_integer' },
  });
  const late = { ...draft('session.opened', 's1'), time: '2026-01-01 00:00:00' };
  assert.equal((await ledger.append([late])).ok, false);
  const large = draft('payload.part', 's1', { sealed: 'A'.repeat(1_000_000) });
  assert.deepEqual(await ledger.append([large]), {
    ok: false,
    error: { code: 'ERR_LEDGER_RECORD', reason: 'record_too_large' },
  });
  assert.deepEqual(value(await ledger.append([])), []);
  await ledger.close('done');
  assert.deepEqual(
    rowsOf(ledger.file).map(({ type }) => type),
    ['ledger.opened', 'ledger.closed'],
  );
});

test('the chain goes on over restarts: each ledger names the one before', async (t) => {
  const directory = ledgerFolder(t);
  for (let run = 0; run < 4; run++) {
    const ledger = await open(directory);
    await ledger.append([draft('session.denied', `s${run}`)]);
    await ledger.close('done');
  }
  const { ledgers, findings } = auditLedgers(directory, noProgress);
  assert.deepEqual(findings, []);
  assert.deepEqual(
    ledgers.map(({ records, end }) => [records, end]),
    Array.from({ length: 4 }, () => [3, 'closed']),
  );
});

test('a ledger made while the clock stood earlier still comes after the one before', async (t) => {
  const directory = ledgerFolder(t);
  const first = await open(directory, { ids: { ulid: () => '7ZZZZZZZZ00000000000000000' } });
  await first.close('done');
  const second = await open(directory, { ids: { ulid: () => '00000000000000000000000000' } });
  await second.close('done');
  assert.ok(second.id > first.id);
  assert.deepEqual(auditLedgers(directory, noProgress).findings, []);
});

test('after close nothing is taken any more, and closing twice is closing once', async (t) => {
  const ledger = await open(ledgerFolder(t));
  const last = ledger.append([draft('session.denied', 's1')]);
  await Promise.all([ledger.close('sigterm'), ledger.close('again')]);
  assert.ok((await last).ok, 'what was handed in before is still written');
  assert.equal(ledger.state(), 'closed');
  const refused = await ledger.append([draft('session.denied', 's2')]);
  assert.deepEqual(refused, { ok: false, error: { code: 'ERR_LEDGER_CLOSED', reason: 'closed' } });
  const ends = rowsOf(ledger.file).filter(({ type }) => type === 'ledger.closed');
  assert.equal(ends.length, 1);
  assert.match(ends[0]?.value ?? '', /"reason":"sigterm"/);
});

test('a second writer of the same replica is refused while the first one lives, in this process and in another', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await assert.rejects(open(directory), {
    code: 'ERR_LEDGER_LOCKED',
    message: /another process writes as proc-service\/p1/,
  });
  const fixture = fileURLToPath(new URL('./test/writer.ts', import.meta.url));
  const other = spawnSync(process.execPath, [fixture, directory], { encoding: 'utf8', timeout: 20_000 });
  assert.match(other.stderr, /ERR_LEDGER_LOCKED/);
  assert.notEqual(other.status, 0);
  await ledger.close('done');
  await (await open(directory)).close('done');
});

test('writers of different replicas do not meet', async (t) => {
  const directory = ledgerFolder(t);
  const ledgers = await Promise.all(['p1', 'p2'].map((name) => open(directory, { replica: name })));
  await Promise.all(ledgers.map((ledger) => ledger.close('done')));
  assert.deepEqual(auditLedgers(directory, noProgress).findings, []);
});

test('files and folders are for their owner alone', async (t) => {
  const directory = path.join(ledgerFolder(t), 'made', 'by', 'us');
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1')]);
  const folder = path.join(directory, service, replica);
  for (const place of [directory, path.join(directory, service), folder]) {
    assert.equal(fs.statSync(place).mode & 0o777, 0o700, place);
  }
  const names = fs.readdirSync(folder);
  assert.ok(names.some((name) => name.endsWith('.db-wal')));
  for (const name of names) assert.equal(fs.statSync(path.join(folder, name)).mode & 0o777, 0o600, name);
  await ledger.close('done');
});

test('a closed ledger is one file, without a log beside it', async (t) => {
  const ledger = await open(ledgerFolder(t));
  await ledger.append([draft('session.denied', 's1')]);
  await ledger.close('done');
  const name = path.basename(ledger.file);
  const beside = fs.readdirSync(path.dirname(ledger.file)).filter((other) => other.startsWith(name));
  assert.deepEqual(beside, [name]);
});

test('a name that leaves the folder is no writer', async (t) => {
  await assert.rejects(open(ledgerFolder(t), { replica: '../p1' }), { code: 'ERR_LEDGER_NAME' });
});

test('a last ledger that cannot be read stops the start, and is not replaced', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.close('done');
  fs.writeFileSync(ledger.file, 'not a database, but long enough to be looked at as one'.repeat(40));
  await assert.rejects(open(directory), { code: 'ERR_LEDGER_UNREADABLE', message: new RegExp(ledger.file) });
});

test('anything but a full disk ends the process: the failure is told once and nothing is acknowledged after it', async (t) => {
  const directory = ledgerFolder(t);
  const failures: Error[] = [];
  const ledger = await open(directory, { onFatal: (error) => failures.push(error) });
  const vandal = new DatabaseSync(ledger.file);
  vandal.exec('DROP TABLE record');
  vandal.close();
  const results = await Promise.all([1, 2].map((n) => ledger.append([draft('session.denied', `s${n}`)])));
  for (const result of results) {
    assert.deepEqual(result, { ok: false, error: { code: 'ERR_LEDGER_CLOSED', reason: 'failed' } });
  }
  assert.equal(ledger.state(), 'closed');
  assert.equal((await ledger.append([draft('session.denied', 's3')])).ok, false);
  await ledger.close('fatal');
  assert.equal(failures.length, 1);
  assert.match(failures[0]?.message ?? '', /no such table/);
});

/** Same bytes, same name, another file. */
function replace(file: string): void {
  fs.cpSync(file, `${file}.copy`);
  fs.renameSync(`${file}.copy`, file);
}
for (const [what, harm] of [
  ['removed', (file: string) => fs.rmSync(file)],
  ['replaced by a copy of itself', replace],
] as const) {
  for (const ending of ['', '-wal']) {
    test(`a ledger whose file${ending} is ${what} while it is written: nothing is acknowledged into it, the process ends`, async (t) => {
      const failures: Error[] = [];
      const ledger = await open(ledgerFolder(t), { onFatal: (error) => failures.push(error) });
      assert.ok((await ledger.append([draft('session.denied', 's1')])).ok);
      harm(`${ledger.file}${ending}`);
      const result = await ledger.append([draft('session.denied', 's2')]);
      assert.deepEqual(result, { ok: false, error: { code: 'ERR_LEDGER_CLOSED', reason: 'failed' } });
      assert.equal(failures.length, 1);
      await ledger.close('fatal');
    });
  }
}

test('everything of a tick is one commit, and whoever delivers is told after it', async (t) => {
  let commits = 0;
  const ledger = await open(ledgerFolder(t), { onDurable: () => commits++ });
  await Promise.all(Array.from({ length: 50 }, (_, n) => ledger.append([draft('session.denied', `s${n}`)])));
  assert.equal(commits, 1);
  await ledger.close('done');
});
