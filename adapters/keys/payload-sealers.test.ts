/** The ring while a service runs: what it seals with, what it records, and when it seals no more. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { draftFault } from '@countersign/core/ledger/records/catalogue.ts';
import { rotated } from '@countersign/core/payload/key-ring.ts';
import type { Ledger } from '@countersign/core/ports.ts';
import { ok } from '@countersign/core/result.ts';
import { makeFirstKeys } from './first-keys.ts';
import { readKeyRing, writeKeyRing } from './key-ring-file.ts';
import { maxStaleMs, type OpenPayloadSealers, openPayloadSealers } from './payload-sealers.ts';
import { createPayloadKeys } from './private-keys.ts';

const day = 24 * 60 * 60 * 1000;

function stage(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-ring-'));
  const file = join(directory, 'payload.json');
  const secret = join(directory, 'private');
  makeFirstKeys({ payload: file, private: secret });
  const records: RecordDraft[] = [];
  const waiting: (() => void)[] = [];
  let monotonicMs = 0;
  const ledger: Ledger = {
    id: 'proc-service/1/01M83J0W0H30MWCECSPZBBG566',
    append(drafts) {
      for (const draft of drafts) assert.equal(draftFault(draft), undefined);
      records.push(...drafts);
      for (const wake of waiting.splice(0)) wake();
      return Promise.resolve(ok([]));
    },
    close: () => Promise.resolve(),
  };
  let opened: OpenPayloadSealers | undefined;
  t.after(() => {
    opened?.close();
    rmSync(directory, { recursive: true });
  });
  return {
    file,
    pass: (ms: number) => {
      monotonicMs += ms;
    },
    open: async () => {
      opened = await openPayloadSealers({
        file,
        ledger,
        clock: { now: () => 1_767_323_045_678, monotonic: () => monotonicMs },
        log: { info: () => undefined, error: () => undefined },
        pollMs: 20,
      });
      return opened;
    },
    rotate(): readonly string[] {
      const ring = readKeyRing(file);
      assert.ok(ring.ok);
      const made = createPayloadKeys(secret, ['any']);
      writeKeyRing(file, rotated(ring.value, made, '2026-01-02T00:00:00.000Z').ring);
      return made.map(({ id }) => id);
    },
    types: () => records.map(({ type }) => type),
    last: () => records.at(-1)?.data,
    /** Resolves when so many records were written. */
    async recorded(count: number): Promise<void> {
      while (records.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

const keyOf = (sealers: OpenPayloadSealers): string | undefined =>
  sealers.of('25 months')?.seal('copy', new Uint8Array(1), new Uint8Array(1)).key;

test('which keys seal is on record, at the start and when they change', async (t) => {
  const { open, rotate, recorded, types, last } = stage(t);
  const sealers = await open();
  const before = keyOf(sealers);
  const [copy = '', patch = ''] = rotate();
  await recorded(2);
  assert.deepEqual(types(), ['key.loaded', 'key.loaded']);
  const common = { retention: 'any' };
  assert.deepEqual(last(), {
    keys: [
      { id: copy, ...common, use: 'copy' },
      { id: patch, ...common, use: 'patch' },
    ],
  });
  while (keyOf(sealers) === before) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(keyOf(sealers), copy);
});

for (const [name, damage] of [
  ['is not there', (file: string) => rmSync(file)],
  ['is not one', (file: string) => writeFileSync(file, 'no ring', { mode: 0o600 })],
  ['can be read by others', (file: string) => chmodSync(file, 0o644)],
  ['has no key in use', (file: string) => writeFileSync(file, '{"v":1,"keys":[],"holds":[]}')],
] as const) {
  test(`a ring that ${name}: no start, which file it is, and a record of why`, async (t) => {
    const { file, open, types, last } = stage(t);
    damage(file);
    await assert.rejects(open(), /payload\.json: .*; nothing can be sealed/);
    assert.deepEqual(types(), ['key.rejected']);
    assert.deepEqual(last()?.['in_force'], []);
  });

  test(`a ring that ${name} while it runs: recorded once, the keys in hand seal for a day, then nothing is sealed`, async (t) => {
    const { file, open, recorded, pass, types, last } = stage(t);
    const sealers = await open();
    const before = keyOf(sealers);
    damage(file);
    await recorded(2);
    assert.deepEqual(types(), ['key.loaded', 'key.rejected']);
    assert.match(JSON.stringify(last()?.['in_force']), new RegExp(`"${before}"`));
    pass(maxStaleMs);
    assert.equal(keyOf(sealers), before);
    pass(1);
    assert.equal(sealers.of('25 months'), undefined);
  });
}

test('a ring that is fit again: sealed with again, although a day has passed', async (t) => {
  const { file, open, rotate, recorded, pass, types } = stage(t);
  const sealers = await open();
  const good = readFileSync(file);
  writeFileSync(file, 'no ring');
  await recorded(2);
  pass(2 * day);
  assert.equal(sealers.of('25 months'), undefined);
  writeFileSync(file, good);
  const [copy] = rotate();
  await recorded(3);
  assert.deepEqual(types(), ['key.loaded', 'key.rejected', 'key.loaded']);
  while (keyOf(sealers) !== copy) await new Promise((resolve) => setImmediate(resolve));
});
