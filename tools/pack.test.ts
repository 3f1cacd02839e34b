/** What an auditor gets is what was exported: whatever is done to a pack, tools/verify.py finds it, and reads nothing outside of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { sessionOf, stageEvidence } from '@countersign/cli/evidence/stage.testing.ts';
import { packNoteText } from '@countersign/core/evidence/pack-note.ts';
import { formatNoteKey, type NoteKey, writeNote } from '@countersign/core/ledger/notes/note.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';
import { otherKey } from './evidence.testing.ts';
import { python, SecondVerifier, skipWithoutPython } from './verifiers.testing.ts';

const script = fileURLToPath(new URL('verify.py', import.meta.url));
const withPython = { skip: skipWithoutPython };
const cleanUps: (() => void)[] = [];
let stage: Awaited<ReturnType<typeof stageEvidence>>;
before(async () => {
  stage = await stageEvidence({ after: (cleanUp) => cleanUps.push(cleanUp) });
  await stage.exportPack();
});
after(async () => {
  second?.close();
  for (const cleanUp of cleanUps) cleanUp();
});

const second = skipWithoutPython === false ? new SecondVerifier() : undefined;

async function verify(pack: string, pinned: readonly NoteKey[] = [stage.keys.key]) {
  const { exitCode = -1, reasons: found = [] } = (await second?.askPack(pack, pinned)) ?? {};
  return { exitCode, found };
}

function copyOf(t: { after(cleanUp: () => void): void }): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-pack-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const copy = path.join(folder, 'pack');
  fs.cpSync(stage.out, copy, { recursive: true });
  return copy;
}

const filesOf = (pack: string): readonly string[] =>
  fs
    .readdirSync(pack, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.lstatSync(path.join(pack, name)).isFile())
    .toSorted();

const sampleOf = (pack: string, n: number): string => path.join(pack, 'sample', `${sessionOf(n)}.json`);

function alter(file: string, change: (text: string) => string): void {
  const text = fs.readFileSync(file, 'utf8');
  assert.notEqual(change(text), text, 'it changes something');
  fs.writeFileSync(file, change(text));
}

/** What somebody does who knows how a pack is made. */
function redoSums(pack: string): Buffer {
  const names = filesOf(pack).filter((name) => name !== 'SHA256SUMS' && name !== 'pack.note');
  const lines = names.map((name) => {
    const bytes = fs.readFileSync(path.join(pack, name));
    return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
  });
  fs.writeFileSync(path.join(pack, 'SHA256SUMS'), lines.join(''));
  return createHash('sha256').update(lines.join('')).digest();
}

async function resign(pack: string, key: KeyProvider): Promise<void> {
  const [, from = '', to = '', made = ''] = fs.readFileSync(path.join(pack, 'pack.note'), 'utf8').split('\n');
  const text = packNoteText({ from, to, made, sums: redoSums(pack) });
  fs.writeFileSync(
    path.join(pack, 'pack.note'),
    writeNote(systemHash, text, key.key, await key.sign(Buffer.from(text))),
  );
}

test(
  'a pack as it was exported is consistent, with the pinned key and by the keys that its ledgers carry',
  withPython,
  async () => {
    assert.deepEqual(await verify(stage.out), { exitCode: 0, found: [] });
    assert.deepEqual(await verify(stage.out, []), { exitCode: 0, found: [] });
  },
);

test('so says the verifier that lies in it, which leaves nothing behind in it', withPython, (t) => {
  const pack = copyOf(t);
  const verifier = path.join(pack, 'verify', 'verify.py');
  const key = formatNoteKey(systemHash, stage.keys.key);
  const before = filesOf(pack);
  const { status, stdout } = spawnSync(python ?? '', [verifier, '--pack', pack, '--key', key, '--json'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  const { exit_code, findings, trusted, pack: told } = JSON.parse(stdout);
  assert.deepEqual([exit_code, findings, trusted.pinned_keys, trusted.anchor], [0, [], [key], null]);
  assert.deepEqual([told.files, told.from], [before.length, '1970-01-01T00:00:00.000Z']);
  assert.deepEqual(filesOf(pack), before);
});

test(
  'it says in words what it trusted, and that a pack without a pinned key vouches for itself',
  withPython,
  async () => {
    const { status, stdout } = spawnSync(python ?? '', [script, '--pack', stage.out], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^pack {2}\d+ files {2}1970-01-01T00:00:00\.000Z to .*, made 20/);
    assert.match(stdout, /No key was pinned .* So does the pack: whoever replaced all of it would pass\./);
    assert.match(stdout, /^consistent$/m);
  },
);

test('another pinned key signed neither the pack nor its ledgers', withPython, async () => {
  const { exitCode, found } = await verify(stage.out, [otherKey.key]);
  assert.equal(exitCode, 13);
  assert.ok(found.includes('certificate_forged'));
  assert.ok(found.includes('pack_forged pack.note is not signed by a key that is trusted'));
});

test('a byte of each file, changed at its beginning, in its middle and at its end', withPython, async (t) => {
  const pack = copyOf(t);
  for (const name of filesOf(pack)) {
    const file = path.join(pack, name);
    const bytes = fs.readFileSync(file);
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
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
});

test('each file, removed', withPython, async (t) => {
  const pack = copyOf(t);
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
      const pack = copyOf(t);
      fs.mkdirSync(path.join(pack, path.dirname(name)), { recursive: true });
      fs.writeFileSync(path.join(pack, name), '');
      const { exitCode, found } = await verify(pack);
      assert.equal(exitCode, 10, name);
      assert.ok(found.includes(`pack_file_added ${name}`), found.join('; '));
    }
    const pack = copyOf(t);
    for (let n = 0; n < 500; n++) fs.writeFileSync(path.join(pack, `more-${n}`), '');
    const { stdout } = spawnSync(python ?? '', [script, '--pack', pack, '--json'], { encoding: 'utf8' });
    const { findings, more_findings } = JSON.parse(stdout);
    assert.deepEqual([findings.length, more_findings], [20, 480]);
  },
);

test('SHA256SUMS rewritten, and not signed again', withPython, async (t) => {
  const pack = copyOf(t);
  alter(path.join(pack, 'report.html'), (text) => text.replace('a page', 'another page'));
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
      const pack = copyOf(t);
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
  const pack = copyOf(t);
  alter(path.join(pack, 'report.html'), (text) => text.replace('a page', 'another page'));
  await resign(pack, otherKey);
  const forged = ['pack_forged pack.note is not signed by a key that is trusted'];
  assert.deepEqual(await verify(pack), { exitCode: 13, found: forged });
  assert.deepEqual(await verify(pack, []), { exitCode: 13, found: forged });
});

test('another period in pack.note', withPython, async (t) => {
  const pack = copyOf(t);
  alter(path.join(pack, 'pack.note'), (text) => text.replace('1970', '1971'));
  assert.deepEqual(await verify(pack), {
    exitCode: 13,
    found: ['pack_forged pack.note is not signed by a key that is trusted'],
  });
});

test('symbolic links are not followed, wherever they lead, and pipes are not waited for', withPython, async (t) => {
  const outside = path.join(copyOf(t), 'records.jsonl');
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
    const pack = copyOf(t);
    const place = path.join(pack, name);
    fs.rmSync(place, { recursive: true, force: true });
    put(place);
    const { exitCode, found } = await verify(pack);
    assert.ok(exitCode === 10 || exitCode === 11 || exitCode === 13, `${name}: exit ${exitCode}`);
    assert.ok(found.includes(reason), `${name}: ${found.join('; ')}`);
  }
});

test('records.jsonl, cut and with a record altered, whoever signed the sums', withPython, async (t) => {
  for (const [change, reason] of [
    [(text: string) => text.slice(0, -10), /^unreadable it ends within a line/],
    [(text: string) => text.replace(/^\{"end".*\n/m, ''), /^unreadable cut off/],
    [(text: string) => text.replace('ana', 'eve'), /^prev_differs$/],
    [(text: string) => text.slice(0, 37), /^unreadable/],
  ] as const) {
    const pack = copyOf(t);
    alter(path.join(pack, 'records.jsonl'), change);
    assert.ok((await verify(pack)).found.includes('pack_altered records.jsonl'));
    await resign(pack, stage.keys);
    const { exitCode, found } = await verify(pack);
    assert.notEqual(exitCode, 0);
    assert.ok(
      found.some((each) => reason.test(each)),
      found.join('; '),
    );
  }
});

const samples: readonly (readonly [string, (pack: string) => void, RegExp])[] = [
  [
    'the proof of another session',
    (pack) => {
      const [, proof = ''] = /"proof":(\[.*?\])/.exec(fs.readFileSync(sampleOf(pack, 20), 'utf8')) ?? [];
      alter(sampleOf(pack, 0), (text) => text.replace(/"proof":\[.*?\]/, `"proof":${proof}`));
    },
    /: no proof that 1 of /,
  ],
  [
    'a value changed',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('ana', 'eve')),
    /: no proof that 1 of /,
  ],
  [
    'a value that is no record',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('\\"v\\":1', '\\"v\\":2')),
    /: not a record at 1 of /,
  ],
  [
    'another place',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('"seq":1,', '"seq":2,')),
    /: not a record at 2 of /,
  ],
  [
    'a proof with a node more',
    (pack) =>
      alter(sampleOf(pack, 0), (text) =>
        text.replace('"proof":[', `"proof":["${Buffer.alloc(32).toString('base64')}",`),
      ),
    /: no proof that /,
  ],
  [
    'a proof that is none',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('"proof":[', '"proof":["A",')),
    /: no proof that /,
  ],
  [
    'a record left out',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace(/,\n\{"ledger".*(?=\n\]\})/, '')),
    /: 1 of 2 records of the session$/,
  ],
  [
    'a record twice in the place of another',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace(/^(\{"ledger".*),\n.*\n\]\}/m, '$1,\n$1\n]}')),
    / twice$/,
  ],
  [
    'a checkpoint of another size',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace(/\\n(\d+)\\n/, '\\n1$1\\n')),
    /: the checkpoint of .* is not one that its run signed$/,
  ],
  [
    'the name of another session',
    (pack) => fs.renameSync(sampleOf(pack, 0), sampleOf(pack, 5)),
    /: its first line is none$/,
  ],
  ['its end cut off', (pack) => alter(sampleOf(pack, 0), (text) => text.slice(0, -3)), /: a line that is not JSON$/],
  ['more after its end', (pack) => alter(sampleOf(pack, 0), (text) => `${text}{}\n`), /: it goes on after its end$/],
  ['no sample', (pack) => fs.writeFileSync(sampleOf(pack, 0), ''), /: its first line is none$/],
  [
    'depth',
    (pack) => fs.writeFileSync(sampleOf(pack, 0), `${'['.repeat(100_000)}"records":[\n`),
    /: a line that is not JSON$/,
  ],
  [
    'a number without end',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('"seq":1,', `"seq":1${'0'.repeat(1_000_000)},`)),
    /: a line that is not JSON$/,
  ],
  [
    'a line without end',
    (pack) => fs.writeFileSync(sampleOf(pack, 0), 'x'.repeat(20 << 20)),
    /: its first line is none$/,
  ],
];
for (const [what, harm, why] of samples) {
  test(`a sample with ${what}, with sums and note as the key's holder would make them`, withPython, async (t) => {
    const pack = copyOf(t);
    harm(pack);
    await resign(pack, stage.keys);
    const { exitCode, found } = await verify(pack);
    assert.equal(exitCode, 10, found.join('; '));
    assert.ok(
      found.some((each) => each.startsWith('sample_not_proven sample/') && why.test(each)),
      found.join('; '),
    );
    await resign(pack, otherKey);
    assert.equal((await verify(pack)).exitCode, 13);
  });
}

test('a sample under a checkpoint that its run signed, but not for these records', withPython, async (t) => {
  const other = await stageEvidence(t);
  await other.exportPack();
  const pack = copyOf(t);
  fs.copyFileSync(sampleOf(other.out, 0), sampleOf(pack, 0));
  await resign(pack, stage.keys);
  const { exitCode, found } = await verify(pack);
  assert.equal(exitCode, 10);
  assert.ok(
    found.some((each) => / is not one that its run signed$/.test(each)),
    found.join('; '),
  );
});

test('a folder that is no pack, and one that is not there', withPython, async (t) => {
  const none = spawnSync(python ?? '', [script, '--pack', path.join(stage.folder, 'none')], { encoding: 'utf8' });
  assert.deepEqual([none.status, none.stdout], [2, '']);
  assert.match(none.stderr, /none is no folder\n$/);
  const empty = path.join(path.dirname(copyOf(t)), 'empty');
  fs.mkdirSync(empty);
  const { exitCode, found } = await verify(empty);
  assert.equal(exitCode, 13);
  assert.ok(found.includes('pack_file_missing SHA256SUMS'));
});
