/** No false alarm: whatever was written as it should be is consistent, for both verifiers, as files and as a bundle. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolderAnchor } from '@countersign/adapters/anchor/folder.ts';
import { BundleError } from '@countersign/adapters/sqlite/bundle-sources.ts';
import { bundleLines } from '@countersign/adapters/sqlite/ledger-bundle.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import { draft, key, write } from './evidence.testing.ts';
import { askFirst, askSecond, python, skipWithoutPython } from './verifiers.testing.ts';

const clean = { exitCode: 0, reasons: [] };
const withPython = { skip: skipWithoutPython };

/** Sizes of the commits of each run of each replica. */
const histories = fc.array(
  fc.array(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
  { minLength: 1, maxLength: 2 },
);

test('ledgers as they were written, closed and being written, raise no alarm', withPython, async (t) => {
  await fc.assert(
    fc.asyncProperty(histories, fc.boolean(), async (replicas, isLastOpen) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-clean-'));
      const directory = path.join(folder, 'ledgers');
      const anchor = createFolderAnchor(path.join(folder, 'anchor'));
      const published: Publication[] = [];
      const open = [];
      for (const [index, history] of replicas.entries()) {
        for (const [run, commits] of history.entries()) {
          const onPublished = (publication: Publication): void => void published.push(publication);
          const ledger = await write({ directory, replica: `p${index}`, onPublished });
          for (const size of commits) {
            await ledger.append(Array.from({ length: size }, (_, n) => draft('session.denied', `s${n}`, { n })));
          }
          const staysOpen = isLastOpen && run === history.length - 1;
          if (staysOpen) open.push(ledger);
          else await ledger.close('done');
        }
      }
      for (const publication of published) assert.ok((await anchor.keep(publication)).ok);
      const asked = { directory, pinned: [key.key], anchor: path.join(folder, 'anchor') };
      assert.deepEqual(askFirst(asked), clean);
      assert.deepEqual(askSecond(asked), clean);
      for (const ledger of open) await ledger.close('done');
      const bundle = path.join(folder, 'bundle.jsonl');
      fs.writeFileSync(bundle, [...bundleLines(directorySources(directory))].join(''));
      assert.deepEqual(askFirst({ ...asked, directory: bundle }), clean);
      assert.deepEqual(askSecond({ ...asked, directory: bundle }), clean);
      fs.rmSync(folder, { recursive: true });
    }),
    runs(t, times(100, 4)),
  );
});

test('a bundle that was altered, cut off or reordered is found', withPython, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-bundle-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const directory = path.join(folder, 'ledgers');
  const ledger = await write({ directory, replica: 'p1' });
  await ledger.append([draft('session.denied', 's1', { subject: 'ana' }), draft('session.denied', 's2', {})]);
  await ledger.close('done');
  const lines = [...bundleLines(directorySources(directory))];
  const records = lines.findIndex((line) => line.startsWith('{"record"'));
  const bundle = path.join(folder, 'bundle.jsonl');
  for (const [reason, changed] of [
    ['prev_differs', lines.map((line) => line.replace('ana', 'eve'))],
    ['reordered', lines.toSpliced(records + 1, 2, ...lines.slice(records + 1, records + 3).toReversed())],
    ['checkpoint_forged', lines.map((line) => line.replace('\\n4\\n', '\\n3\\n'))],
  ] as const) {
    fs.writeFileSync(bundle, changed.join(''));
    const first = askFirst({ directory: bundle });
    assert.ok(first.reasons.includes(reason), reason);
    assert.deepEqual(askSecond({ directory: bundle }), first);
  }
  const script = fileURLToPath(new URL('verify.py', import.meta.url));
  const whole = lines.join('');
  const [firstRecord = ''] = lines.slice(records);
  const withLine = (line: string, at = records + 1): string => lines.toSpliced(at, 0, `${line}\n`).join('');
  for (const cut of [
    lines.slice(0, -1).join(''),
    lines.slice(1).join(''),
    lines.toSpliced(records, 1).join(''),
    '{}',
    'not json',
    whole.slice(0, -1),
    `\ufeff${whole}`,
    Buffer.from(whole.replace('ana', 'an\u00e9'), 'latin1'),
    whole.replace('{"record":', '{"more":1,"record":'),
    whole.replace('"end":{', '"more":NaN,"end":{'),
    withLine('{"ledger":5}'),
    withLine('{"ledger":"proc-service/p1/../../etc"}').replace('"ledgers":1', '"ledgers":2'),
    withLine(`{"ledger":${JSON.stringify(ledger.id)}}`).replace('"ledgers":1', '"ledgers":2'),
    withLine('{"bundle":"countersign ledgers v1"}'),
    withLine('{"note":"of no verifier"}'),
    withLine('{"checkpoint":"x"}', 1),
    withLine(firstRecord.trimEnd(), 1).replace('"records":4', '"records":5'),
    withLine('{"record":"\\ud800"}').replace('"records":4', '"records":5'),
    withLine('{"record":5}').replace('"records":4', '"records":5'),
  ]) {
    fs.writeFileSync(bundle, cut);
    const { status, stdout } = spawnSync(python ?? '', ['-B', script, bundle], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [2, '']);
    assert.throws(() => askFirst({ directory: bundle }), BundleError);
  }
});
