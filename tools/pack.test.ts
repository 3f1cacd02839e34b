/** What an auditor gets is what was exported: whatever is done to a pack, tools/verify.py finds it, and reads nothing outside of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { stageEvidence } from '@countersign/cli/evidence/stage.testing.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { otherKey } from './evidence.testing.ts';
import { alter, copyOf, filesOf, packStage, redoSums, resign } from './packs.testing.ts';
import { python, skipWithoutPython } from './verifiers.testing.ts';

const script = fileURLToPath(new URL('verify.py', import.meta.url));
const withPython = { skip: skipWithoutPython };
const { stage, verify } = packStage();

test(
  'a pack as it was exported is consistent, with the pinned key and by the keys that its ledgers carry',
  withPython,
  async () => {
    assert.deepEqual(await verify(stage().out), { exitCode: 0, found: [] });
    assert.deepEqual(await verify(stage().out, []), { exitCode: 0, found: [] });
  },
);

test('so says the verifier that lies in it, which leaves nothing behind in it', withPython, (t) => {
  const pack = copyOf(stage().out, t);
  const verifier = path.join(pack, 'verify', 'verify.py');
  const key = formatNoteKey(systemHash, stage().keys.key);
  const before = filesOf(pack);
  const { status, stdout } = spawnSync(python ?? '', [verifier, '--pack', pack, '--key', key, '--json'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  const { exit_code, findings, trusted, pack: told } = JSON.parse(stdout);
  assert.deepEqual([exit_code, findings, trusted.pinned_keys, trusted.anchor], [0, [], [key], null]);
  assert.deepEqual([told.files, told.from], [before.length, '2026-09-21T14:13:20.123Z']);
  assert.deepEqual(filesOf(pack), before);
});

test(
  'it says in words what it trusted, and that a pack without a pinned key vouches for itself',
  withPython,
  async () => {
    const { status, stdout } = spawnSync(python ?? '', [script, '--pack', stage().out], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^pack {2}\d+ files {2}2026-09-21T14:13:20\.123Z to .*, made 20/);
    assert.match(stdout, /No key was pinned .* So does the pack: whoever replaced all of it would pass\./);
    assert.match(stdout, /^consistent$/m);
  },
);

test('another pinned key signed neither the pack nor its ledgers', withPython, async () => {
  const { exitCode, found } = await verify(stage().out, [otherKey.key]);
  assert.equal(exitCode, 13);
  assert.ok(found.includes('certificate_forged'));
  assert.ok(found.includes('pack_forged pack.note is not signed by a key that is trusted'));
});

const aboutOthers: ReadonlySet<string> = new Set(['SHA256SUMS', 'pack.note', 'records.jsonl']);

test(
  'a byte of each file, changed in its middle; of those that are about others, at the beginning and at the end too',
  withPython,
  async (t) => {
    const pack = copyOf(stage().out, t);
    for (const name of filesOf(pack)) {
      const file = path.join(pack, name);
      const bytes = fs.readFileSync(file);
      const places = aboutOthers.has(name) ? [0, bytes.length >> 1, bytes.length - 1] : [bytes.length >> 1];
      for (const at of places) {
        if (bytes.length === 0) continue;
        fs.writeFileSync(
          file,
          bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)),
        );
        const { exitCode, found } = await verify(pack);
        const reason = name === 'pack.note' ? 'pack_forged' : `pack_altered ${name}`;
        assert.ok(exitCode === 10 || exitCode === 13, `${name} at ${at}: exit ${exitCode}`);
        assert.ok(
          found.some((each) => each.startsWith(reason)),
          `${name} at ${at}: ${found.join('; ')}`,
        );
      }
      fs.writeFileSync(file, bytes);
    }
  },
);

test('each file, removed', withPython, async (t) => {
  const pack = copyOf(stage().out, t);
  for (const name of filesOf(pack)) {
    const file = path.join(pack, name);
    const bytes = fs.readFileSync(file);
    fs.rmSync(file);
    const { exitCode, found } = await verify(pack);
    const isNote = name === 'pack.note';
    assert.equal(exitCode, isNote ? 13 : 11, name);
    assert.ok(found.includes(isNote ? 'pack_forged pack.note is missing, or is none' : `pack_file_missing ${name}`));
    fs.writeFileSync(file, bytes);
  }
});

test(
  'files added: beside the others, in a folder of its own, hidden, with a name that no pack has, many',
  withPython,
  async (t) => {
    for (const name of [
      'more.txt',
      'a/b/c',
      '.hidden',
      'sample/x y.json',
      'verify/verifier/__pycache__/ask.pyc',
      'SHA256SUMS~',
    ]) {
      const pack = copyOf(stage().out, t);
      fs.mkdirSync(path.join(pack, path.dirname(name)), { recursive: true });
      fs.writeFileSync(path.join(pack, name), '');
      const { exitCode, found } = await verify(pack);
      assert.equal(exitCode, 10, name);
      assert.ok(found.includes(`pack_file_added ${name}`), found.join('; '));
    }
    const pack = copyOf(stage().out, t);
    for (let n = 0; n < 500; n++) fs.writeFileSync(path.join(pack, `more-${n}`), '');
    const { stdout } = spawnSync(python ?? '', [script, '--pack', pack, '--json'], { encoding: 'utf8' });
    const { findings, more_findings } = JSON.parse(stdout);
    assert.deepEqual([findings.length, more_findings], [20, 480]);
  },
);

test('SHA256SUMS rewritten, and not signed again', withPython, async (t) => {
  const pack = copyOf(stage().out, t);
  alter(path.join(pack, 'report.html'), (text) => text.replace('</body>', ' </body>'));
  redoSums(pack);
  assert.deepEqual(await verify(pack), { exitCode: 10, found: ['pack_altered SHA256SUMS'] });
});

test(
  'SHA256SUMS that is none: not sorted, a name twice, a name that leads out, itself, other letters, no end',
  withPython,
  async (t) => {
    const zero = '0'.repeat(64);
    for (const change of [
      (text: string) => text.split('\n').toReversed().slice(1).join('\n'),
      (text: string) => text.replace(/^.*\n/, (line) => line + line),
      (text: string) => `${zero}  ../outside\n${text}`,
      (text: string) => `${zero}  /etc/passwd\n${text}`,
      (text: string) => text.replace('  report.html', '  SHA256SUMS'),
      (text: string) => text.replace(/^[0-9a-f]/, 'X'),
      (text: string) => text.replace('  ', ' *'),
      (text: string) => text.slice(0, -1),
      (text: string) => `${'x'.repeat(100_000)}${text}`,
    ]) {
      const pack = copyOf(stage().out, t);
      alter(path.join(pack, 'SHA256SUMS'), change);
      const { exitCode, found } = await verify(pack);
      assert.equal(exitCode, 10);
      assert.ok(
        found.some((each) => /^pack_altered SHA256SUMS, line \d+$/.test(each)),
        found.join('; '),
      );
    }
  },
);

test('a report that says something else, with the sums redone and signed by another key', withPython, async (t) => {
  const pack = copyOf(stage().out, t);
  alter(path.join(pack, 'report.html'), (text) => text.replace('</body>', ' </body>'));
  await resign(pack, otherKey);
  const forged = ['pack_forged pack.note is not signed by a key that is trusted'];
  assert.deepEqual(await verify(pack), { exitCode: 13, found: forged });
  assert.deepEqual(await verify(pack, []), { exitCode: 13, found: forged });
});

test('another period in pack.note', withPython, async (t) => {
  const pack = copyOf(stage().out, t);
  alter(path.join(pack, 'pack.note'), (text) => text.replace('\n2026', '\n2025'));
  assert.deepEqual(await verify(pack), {
    exitCode: 13,
    found: ['pack_forged pack.note is not signed by a key that is trusted'],
  });
});

test('symbolic links are not followed, wherever they lead, and pipes are not waited for', withPython, async (t) => {
  const outside = path.join(copyOf(stage().out, t), 'records.jsonl');
  const cases: readonly (readonly [string, (place: string) => void, string])[] = [
    ['records.jsonl', (place) => fs.symlinkSync(outside, place), 'pack_altered records.jsonl'],
    ['report.html', (place) => fs.symlinkSync('/dev/zero', place), 'pack_altered report.html'],
    ['keys', (place) => fs.symlinkSync(path.join(path.dirname(outside), 'keys'), place), 'pack_file_added keys'],
    ['sample', (place) => fs.symlinkSync(path.dirname(outside), place), 'pack_file_added sample'],
    ['anchor', (place) => fs.symlinkSync('/', place), 'pack_file_added anchor'],
    ['pack.note', (place) => fs.symlinkSync('/dev/zero', place), 'pack_file_added pack.note'],
    ['SHA256SUMS', (place) => fs.symlinkSync('/dev/zero', place), 'pack_file_missing SHA256SUMS'],
    ['README.txt', (place) => void spawnSync('mkfifo', [place]), 'pack_altered README.txt'],
    ['SHA256SUMS', (place) => void spawnSync('mkfifo', [place]), 'pack_file_missing SHA256SUMS'],
  ];
  for (const [name, put, reason] of cases) {
    const pack = copyOf(stage().out, t);
    const place = path.join(pack, name);
    fs.rmSync(place, { recursive: true, force: true });
    put(place);
    const { exitCode, found } = await verify(pack);
    assert.ok(exitCode === 10 || exitCode === 11 || exitCode === 13, `${name}: exit ${exitCode}`);
    assert.ok(found.includes(reason), `${name}: ${found.join('; ')}`);
  }
});

/** A whole bundle, that ends a record earlier. */
const withoutLastRecord = (text: string): string =>
  text
    .replace(/\{"record".*\n(?=\{"end")/, '')
    .replace(/"records":(\d+)/, (_, count: string) => `"records":${Number(count) - 1}`);

test('records.jsonl, cut and with a record altered, whoever signed the sums', withPython, async (t) => {
  for (const [change, reason] of [
    [(text: string) => text.slice(0, -10), /^unreadable it ends within a line/],
    [(text: string) => text.replace(/^\{"end".*\n/m, ''), /^unreadable cut off/],
    [(text: string) => text.replace('f2b6c2b4', 'e3e3e3e3'), /^prev_differs$/],
    [(text: string) => text.slice(0, 37), /^unreadable/],
    [withoutLastRecord, /^sample_not_proven to \d+$/],
  ] as const) {
    const pack = copyOf(stage().out, t);
    alter(path.join(pack, 'records.jsonl'), change);
    assert.ok((await verify(pack)).found.includes('pack_altered records.jsonl'));
    await resign(pack, stage().keys);
    const { exitCode, found } = await verify(pack);
    assert.notEqual(exitCode, 0);
    assert.ok(
      found.some((each) => reason.test(each)),
      found.join('; '),
    );
  }
});

test('the anchor in a pack is held against its records, unless another one is named', withPython, async (t) => {
  const out = path.join(path.dirname(copyOf(stage().out, t)), 'anchored');
  await stage().exportPack({ out, anchor: stage().anchor });
  assert.deepEqual(await verify(out), { exitCode: 0, found: [] });
  const note = filesOf(out).find((name) => /^anchor\/.*\/0+1\.note$/.test(name)) ?? '';
  alter(path.join(out, note), (text) => text.replace('\n1\n', '\n2\n'));
  await resign(out, stage().keys);
  assert.deepEqual(await verify(out), { exitCode: 13, found: ['anchor_forged'] });
  const key = formatNoteKey(systemHash, stage().keys.key);
  const args = [script, '--pack', out, '--key', key, '--anchor', stage().anchor];
  const { status, stdout } = spawnSync(python ?? '', args, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.ok(stdout.includes(`trusted anchor: ${stage().anchor}\n`));
  assert.doesNotMatch(stdout, /the copy in the pack/);
});

test('a ledger that is being written has no end in a pack: 14, and nothing else', withPython, async (t) => {
  const live = await stageEvidence(t);
  const ledger = await open(live.directory);
  await live.exportPack();
  await ledger.close('done');
  assert.deepEqual(await verify(live.out), { exitCode: 14, found: ['not_closed'] });
});

test('a folder that is no pack, and one that is not there', withPython, async (t) => {
  const none = spawnSync(python ?? '', [script, '--pack', path.join(stage().folder, 'none')], { encoding: 'utf8' });
  assert.deepEqual([none.status, none.stdout], [2, '']);
  assert.match(none.stderr, /none is no folder\n$/);
  const empty = path.join(path.dirname(copyOf(stage().out, t)), 'empty');
  fs.mkdirSync(empty);
  const { exitCode, found } = await verify(empty);
  assert.equal(exitCode, 13);
  assert.ok(found.includes('pack_file_missing SHA256SUMS'));
});
