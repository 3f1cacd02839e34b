/** Pruned ledgers are consistent for both verifiers, as files and as a bundle; and pruning hides nothing but what a record says went. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { auditLedgers, auditSources, noTrust } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { bundleLines } from '@countersign/adapters/sqlite/ledger-bundle.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { key } from './evidence.testing.ts';
import { makePruned, type PrunedEvidence, prunedCases } from './pruned.testing.ts';
import { askFirst, askSecond, runPython, SecondVerifier, skipWithoutPython } from './verifiers.testing.ts';

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

/** Reads the folder as it was, and from then on as it is. */
const meanwhile = `
import sys
from pathlib import Path
from verify import Directory, verify
class Meanwhile(Directory):
    before = Path(sys.argv[1])
    def replicas(self):
        before, self.before = self.before, self.path
        return Directory(before).replicas()
print(verify(Meanwhile(Path(sys.argv[2])), [], {})[0].found)
`;

test('a writer that prunes while its folder is read has said so by the time that it is asked again', {
  skip: skipWithoutPython,
}, (t) => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pruned-'));
  t.after(() => fs.rmSync(copy, { recursive: true }));
  fs.cpSync(directory, copy, { recursive: true });
  fs.copyFileSync(evidence.whole, path.join(copy, path.relative(directory, evidence.newest)));
  const [earlier, now] = [copy, directory].flatMap(directorySources);
  assert.ok(earlier && now);
  let asked = 0;
  const replica = { isWriting: now.isWriting, ledgers: () => (asked++ === 0 ? earlier : now).ledgers() };
  assert.deepEqual(auditSources([replica], () => undefined, noTrust).findings, []);
  assert.equal(runPython(meanwhile, copy, directory), '[]\n');
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
