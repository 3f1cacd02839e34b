/** The keys of payloads from the command line: what it prints, and its exit codes. What it does is tested where it is done. */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { rowsOf } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { holdKeys } from '../key/hold.ts';
import { keptUntil } from '../key/kept-until.ts';
import { listKeys } from '../key/list.ts';
import { rotateKeys } from '../key/rotate.ts';
import { shredKey } from '../key/shred.ts';
import { countersign } from '../test/countersign.ts';
import { readConfiguration } from '../up/configuration.ts';

const reason = 'the month is over';

function stage(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-key-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'countersign.yaml'), 'issuers: [{ issuer: "https://idp.bank.test", audience: a }]\n');
  for (const folder of ['keys', 'ledger']) mkdirSync(join(directory, folder), { mode: 0o700 });
  createKey(join(directory, 'keys/ledger.key'));
  const configuration = readConfiguration(directory);
  return {
    directory,
    configuration,
    run: (...command: readonly string[]) => countersign('key', ...command, '--config', directory),
    rotate: (...retentions: readonly string[]) =>
      rotateKeys({ retentions: retentions.length === 0 ? ['any'] : retentions, reason }, configuration),
    records: () =>
      globSync(join(directory, 'ledger/cli/*/*.db'))
        .toSorted()
        .flatMap((file) => rowsOf(file))
        .filter(({ type }) => type.startsWith('key.'))
        .map(({ type, value }) => ({ type, ...JSON.parse(value).data })),
  };
}

test('rotate makes a pair, list says what seals, what only opens and how long, shred destroys', async (t) => {
  const { directory, run, records } = stage(t);
  const first = await run('rotate', '--reason', 'first keys');
  assert.match(first.stdout, /^[0-9a-f]{16} copy any\n[0-9a-f]{16} patch any\n$/);
  const [old = ''] = first.stdout.split(' ');
  assert.equal((await run('rotate', '--reason', reason, '--retention', '90 days', '--retention', 'any')).status, 0);
  const listed = JSON.parse((await run('list', '--json')).stdout).keys;
  assert.deepEqual(
    listed.map(({ use, retention, state }: Record<string, string>) => `${use} ${retention} ${state}`),
    [
      'copy any opens',
      'patch any opens',
      'copy 90 days seals',
      'patch 90 days seals',
      'copy any seals',
      'patch any seals',
    ],
  );
  assert.match((await run('list')).stdout, new RegExp(`^${old} +copy +any +opens .* here$`, 'm'));
  const shredded = await run('shred', old, '--reason', reason);
  assert.deepEqual(
    [shredded.status, shredded.stdout],
    [0, `${old} is shredded: backups of its file are yours to destroy\n`],
  );
  assert.equal(globSync(join(directory, 'keys/private/*.key')).length, 5);
  assert.deepEqual(
    records().map(({ type }) => type),
    ['key.rotated', 'key.rotated', 'key.shredded'],
  );
  assert.equal(auditLedgers(join(directory, 'ledger'), () => undefined).exitCode, 0);
});

test('wrong usage is 2, a refusal is 1, and neither changes anything', async (t) => {
  const { directory, run, rotate } = stage(t);
  const [key] = await rotate();
  const before = readFileSync(join(directory, 'keys/payload.json'), 'utf8');
  for (const [command, status, why] of [
    [['rotate'], 2, /--reason/],
    [['rotate', '--reason', ' '], 2, /reason too short/],
    [['rotate', '--reason', reason, '--retention', 'long'], 2, /a retention such as/],
    [['hold', '--reason', reason], 2, /either --session or --key/],
    [['shred', 'abc', '--reason', reason], 1, /no key abc in the ring/],
    [['shred', key?.id ?? '', '--reason', reason], 1, /seals now: rotate first/],
    [['hold', '--session', 'nobody', '--reason', reason], 1, /no payload of session nobody/],
    [['release', 'none', '--reason', reason], 1, /no hold none/],
  ] as const) {
    const answer = await run(...command);
    assert.equal(answer.status, status, command.join(' '));
    assert.match(answer.stderr, why);
  }
  assert.equal(readFileSync(join(directory, 'keys/payload.json'), 'utf8'), before);
});

test('without a ledger to record it in, no key is made, held or destroyed', async (t) => {
  const { directory, configuration, rotate } = stage(t);
  const [key] = await rotate();
  await rotate();
  const before = [
    readFileSync(join(directory, 'keys/payload.json'), 'utf8'),
    globSync(join(directory, 'keys/private/*')),
  ];
  rmSync(join(directory, 'ledger'), { recursive: true });
  const none = /ledger does not exist: what is in no ledger is not done/;
  await assert.rejects(rotate(), none);
  await assert.rejects(holdKeys({ keys: [key?.id ?? ''] }, reason, configuration), none);
  await assert.rejects(shredKey({ key: key?.id ?? '', reason }, configuration), none);
  assert.deepEqual(
    [readFileSync(join(directory, 'keys/payload.json'), 'utf8'), globSync(join(directory, 'keys/private/*'))],
    before,
  );
});

test('a key whose private half is elsewhere is not said to be shredded', async (t) => {
  const { directory, configuration, rotate, records } = stage(t);
  const [key] = await rotate();
  await rotate();
  const elsewhere = join(directory, 'elsewhere');
  const shred = (privateDirectory?: string) =>
    shredKey({ key: key?.id ?? '', privateDirectory, reason }, configuration);
  await assert.rejects(shred(elsewhere), /is not in .*elsewhere: --private says where/);
  assert.equal(listKeys(configuration, undefined)[0]?.state, 'opens');
  assert.ok(!records().some(({ type }) => type === 'key.shredded'));
  await shred();
  assert.equal(listKeys(configuration, undefined)[0]?.state, 'shredded');
});

test('what was destroyed is not left in the file’s place', async (t) => {
  const { directory, configuration, rotate } = stage(t);
  const [key] = await rotate();
  await rotate();
  const files = globSync(join(directory, 'keys/private/copy-*.key'));
  await shredKey({ key: key?.id ?? '', reason }, configuration);
  assert.equal(files.filter((file) => existsSync(file)).length, 1);
});

test('how long what a key sealed is to be kept, by the calendar', () => {
  const retired = '2026-01-31T12:00:00.000Z';
  for (const [retention, until] of [
    ['90 days', '2026-05-01T12:00:00.000Z'],
    ['1 months', '2026-03-03T12:00:00.000Z'],
    ['25 months', '2028-03-02T12:00:00.000Z'],
    ['7 years', '2033-01-31T12:00:00.000Z'],
    ['any', undefined],
  ] as const)
    assert.equal(keptUntil({ retention, retired }), until);
  assert.equal(keptUntil({ retention: '90 days', retired: undefined }), undefined);
});
