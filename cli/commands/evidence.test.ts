import assert from 'node:assert/strict';
import fs from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { lineOf, logText } from '@countersign/adapters/access-log/population.testing.ts';
import { beginMs, record, revision, scored, sessionOf } from '@countersign/adapters/evidence/population.testing.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { commandService } from '@countersign/adapters/sqlite/ledger-directory.ts';
import { open, rowsOf } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { stageEvidence } from '../evidence/stage.testing.ts';
import { replicaName } from '../ledger/own-ledger.ts';
import { countersign } from '../test/countersign.ts';

const reason = ['--reason', 'the examiner asked'];
const period = ['--from', isoTime(beginMs), '--to', '2026-09-22T00:00:00Z'];
const exportOf = (config: string, ...more: readonly string[]) =>
  countersign('evidence', 'export', '--config', config, ...more);

const exportsIn = (directory: string) =>
  fs
    .globSync(path.join(directory, 'cli/*/*.db'))
    .toSorted()
    .flatMap((file) => rowsOf(file))
    .filter(({ type }) => type === 'evidence.exported')
    .map(({ value }) => JSON.parse(value).data);

const sumsOf = (pack: string): string =>
  Buffer.from(systemHash.sha256(fs.readFileSync(path.join(pack, 'SHA256SUMS')))).toString('hex');

test('evidence export writes a pack, records which, says what needs attention, and how to check it', async (t) => {
  const { folder, out, directory, keys } = await stageEvidence(t);
  const { status, stdout, stderr } = await exportOf(folder, ...period, ...reason, '--out', out, '--seed', 'spring');
  assert.equal(status, 1, stderr);
  const sums = sumsOf(out);
  assert.match(stdout, /^period {4}2026-09-21T.*: 8 sessions, 2 ledgers$/m);
  assert.match(stdout, /^seed {6}spring$/m);
  assert.ok(stdout.includes(`the SHA-256 of SHA256SUMS: ${sums}\n`));
  assert.match(stdout, /^ATTENTION /m);
  const key = formatNoteKey(systemHash, keys.key);
  assert.ok(stdout.endsWith(`  python3 ${out}/verify/verify.py --pack ${out} --key '${key}'\n`));
  const [{ operator, ...exported }] = exportsIn(directory);
  assert.deepEqual(exported, {
    from: isoTime(beginMs),
    to: '2026-09-22T00:00:00.000Z',
    sessions: 8,
    ledgers: 2,
    pack: sums,
    reason: 'the examiner asked',
  });
  assert.equal(operator.uid, process.getuid?.());
  assert.equal(auditLedgers(directory, () => undefined).exitCode, 0);
  assert.match(fs.readFileSync(path.join(out, 'report.html'), 'utf8'), /the examiner asked/);
});

test('as JSON; the same seed draws the same sessions, and the next pack tells of this export', async (t) => {
  const { folder, out, directory } = await stageEvidence(t);
  const later = ['--from', isoTime(beginMs), '--to', '2100-01-01T00:00:00Z', '--sample', '2', '--seed', 'spring'];
  const first = await exportOf(folder, ...later, ...reason, '--out', out, '--json');
  const { exit_code, pack, seed, sessions, ledgers, attention, files } = JSON.parse(first.stdout);
  assert.deepEqual([first.status, pack, seed, sessions, ledgers], [exit_code, sumsOf(out), 'spring', 9, 2]);
  assert.ok(files > 10);
  assert.equal(attention.length > 0, exit_code === 1);
  const next = `${out}-next`;
  const second = await exportOf(folder, ...later, ...reason, '--out', next, '--json');
  assert.equal(JSON.parse(second.stdout).ledgers, 3);
  const drawn = fs.readdirSync(path.join(out, 'sample'));
  assert.equal(drawn.length, 2);
  assert.deepEqual(fs.readdirSync(path.join(next, 'sample')), drawn);
  assert.ok(fs.readFileSync(path.join(next, 'csv/evidence_access.csv'), 'utf8').includes(pack));
  assert.equal(exportsIn(directory).length, 2);
});

test('0 where every request is accounted for and nothing needs attention', async (t) => {
  const { folder, directory, out, anchor } = await stageEvidence(t, 0);
  for (const place of [directory, anchor]) fs.rmSync(place, { recursive: true });
  fs.mkdirSync(directory, { mode: 0o700 });
  const ledger = await open(directory);
  await ledger.append([record('policy.loaded', 0, { revision }), ...scored(1)]);
  await ledger.close('done');
  const log = path.join(folder, 'access.log');
  const own = { session: sessionOf(1), answered: sessionOf(1), time: isoTime(beginMs + 1) };
  fs.writeFileSync(log, logText([{ ...lineOf(1), ...own }]));
  const { status, stdout, stderr } = await exportOf(folder, ...period, ...reason, '--out', out, '--access-log', log);
  assert.equal(status, 0, stdout + stderr);
  assert.doesNotMatch(stdout, /ATTENTION/);
});

test('what cannot be recorded is not exported', async (t) => {
  const { folder, out, directory } = await stageEvidence(t);
  const other = await open(directory, { service: commandService, replica: replicaName(hostname()) });
  const { status, stdout, stderr } = await exportOf(folder, ...period, ...reason, '--out', out);
  await other.close('done');
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /; nothing was done\n$/);
  assert.deepEqual(fs.readdirSync(folder).toSorted(), ['anchor', 'countersign.yaml', 'keys', 'ledger']);
});

test('wrong usage is one line and 2, and nothing is left', async (t) => {
  const { folder, out, directory } = await stageEvidence(t);
  const before = fs.readdirSync(folder);
  const good = [...period, ...reason, '--out', out];
  for (const [args, why] of [
    [['--from', 'yesterday'], /^--from yesterday: a time like .*\n$/],
    [['--from', '2026-09-22T00:00:00Z'], /^--from .* is not before --to .*\n$/],
    [['--seed', ' '], /^--seed: a text is needed\n$/],
    [['--out', folder], /^.* exists already: a pack is never written over something\n$/],
    [['--access-log', path.join(folder, 'none')], /^ENOENT: no such file or directory, .*none'\n$/],
    [['--sample', '-1'], /a number up to 10000/],
  ] as const) {
    const { status, stdout, stderr } = await exportOf(folder, ...good, ...args);
    assert.deepEqual([status, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, why);
  }
  assert.equal((await exportOf(folder, ...good.slice(2))).status, 2);
  assert.deepEqual(fs.readdirSync(folder), before);
  assert.deepEqual(exportsIn(directory), []);
});

test('what would be refused at the end is refused before anything is read', async (t) => {
  const { folder, directory, anchor, exportPack } = await stageEvidence(t);
  const none = path.join(folder, 'none');
  const file = path.join(folder, 'countersign.yaml');
  for (const [asked, why] of [
    [{ reason: ' ' }, /^--reason: reason too short$/],
    [{ out: path.join(file, 'pack') }, /cannot be written: .*countersign\.yaml is no folder$/],
    [{ out: path.join(none, 'pack') }, /cannot be written: .*none is no folder$/],
    [{ out: path.join(directory, 'pack') }, /lies in the folder of the ledgers: choose another place$/],
    [{ out: path.join(anchor, 'a', 'pack'), anchor }, /lies in --anchor: choose another place$/],
    [{ anchor: none }, /^--anchor .*none: no such folder$/],
    [{ keys: ['none'] }, /^--key none: not a key/],
    [{ logs: [folder] }, /^EISDIR: /],
  ] as const)
    await assert.rejects(exportPack(asked), ({ message }: Error) => why.test(message) || assert.fail(message));
  fs.symlinkSync(directory, none);
  await assert.rejects(exportPack({ out: path.join(none, 'pack') }), /lies in the folder of the ledgers/);
});

test('a configuration whose folder holds no ledger, has none, or whose key is not there', async (t) => {
  const { folder, out, directory } = await stageEvidence(t);
  const args = [...period, ...reason, '--out', out];
  fs.rmSync(directory, { recursive: true });
  assert.match((await exportOf(folder, ...args)).stderr, /does not exist: what is in no ledger is not done\n$/);
  fs.mkdirSync(directory);
  assert.match((await exportOf(folder, ...args)).stderr, /ledger holds no ledger\n$/);
  fs.rmSync(path.join(folder, 'keys/ledger.key'));
  assert.match((await exportOf(folder, ...args)).stderr, /ledger\.key: cannot be opened \(ENOENT\)\n$/);
  assert.match((await exportOf(path.join(folder, 'none'), ...args)).stderr, /countersign\.yaml does not exist\n$/);
});
