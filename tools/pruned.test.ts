/** Pruned ledgers are consistent for both verifiers, as files and as a bundle; and pruning hides nothing but what a record says went. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { bundleLines } from '@countersign/adapters/sqlite/ledger-bundle.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { key } from './evidence.testing.ts';
import { makePruned, type PrunedEvidence, prunedCases } from './pruned.testing.ts';
import { askFirst, askSecond, SecondVerifier, skipWithoutPython } from './verifiers.testing.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pruned-'));
const [directory, anchor] = [path.join(folder, 'ledgers'), path.join(folder, 'anchor')];
const second = skipWithoutPython === false ? new SecondVerifier() : undefined;
let evidence: PrunedEvidence;
before(async () => {
  fs.mkdirSync(directory);
  evidence = await makePruned(directory, anchor);
});
after(() => {
  second?.close();
  fs.rmSync(folder, { recursive: true });
});

const clean = { exitCode: 0, reasons: [] };
const asked = (place: string) => ({ directory: place, pinned: [key.key], anchor });

test('pruned ledgers are consistent, with a pinned key and an anchor, for both verifiers', {
  skip: skipWithoutPython,
}, () => {
  assert.deepEqual(askFirst(asked(directory)), clean);
  assert.deepEqual(askSecond(asked(directory)), clean);
  const [ended, newest] = auditLedgers(directory, () => undefined).ledgers;
  assert.equal(ended?.pruned?.to, ended?.records);
  assert.ok((newest?.pruned?.to ?? 0) > 1 && (newest?.pruned?.to ?? 0) < (newest?.records ?? 0));
});

test('so is their bundle, which says the same of what is gone', { skip: skipWithoutPython }, () => {
  const bundle = path.join(folder, 'bundle.jsonl');
  fs.writeFileSync(bundle, [...bundleLines(directorySources(directory))].join(''));
  assert.deepEqual(askFirst(asked(bundle)), clean);
  assert.deepEqual(askSecond(asked(bundle)), clean);
});

for (const { what, exitCode, reason, harm } of prunedCases) {
  test(`${what} → exit ${exitCode}`, { skip: skipWithoutPython }, async (t) => {
    const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pruned-'));
    t.after(() => fs.rmSync(copy, { recursive: true }));
    fs.cpSync(directory, copy, { recursive: true });
    const moved = (file: string): string => path.join(copy, path.relative(directory, file));
    harm({ ended: moved(evidence.ended), newest: moved(evidence.newest), whole: evidence.whole });
    const first = askFirst(asked(copy));
    assert.ok(first.reasons.includes(reason), first.reasons.join(' '));
    assert.equal(first.exitCode, exitCode, first.reasons.join(' '));
    assert.deepEqual(await second?.ask(asked(copy)), first);
    const bundle = `${copy}.jsonl`;
    t.after(() => fs.rmSync(bundle));
    fs.writeFileSync(bundle, [...bundleLines(directorySources(copy))].join(''));
    assert.deepEqual(await second?.ask(asked(bundle)), askFirst(asked(bundle)));
  });
}
