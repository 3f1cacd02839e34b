/** A sample proves what it says, whoever signed the pack: the records of a drawn session, all of them, as they stand in the ledgers. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { stageEvidence } from '@countersign/cli/evidence/stage.testing.ts';
import { otherKey } from './evidence.testing.ts';
import { alter, copyOf, packStage, resign, sampleOf } from './packs.testing.ts';
import { skipWithoutPython } from './verifiers.testing.ts';

const withPython = { skip: skipWithoutPython };
const { stage, verify } = packStage();

const samples: readonly (readonly [string, (pack: string) => void, RegExp])[] = [
  [
    'the proof of another session',
    (pack) => {
      const [, proof = ''] = /"proof":(\[.*?\])/.exec(fs.readFileSync(sampleOf(pack, 8), 'utf8')) ?? [];
      alter(sampleOf(pack, 0), (text) => text.replace(/"proof":\[.*?\]/, `"proof":${proof}`));
    },
    /: no proof that 1 of /,
  ],
  [
    'a value changed',
    (pack) => alter(sampleOf(pack, 0), (text) => text.replace('f2b6c2b4', 'e3e3e3e3')),
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
    /: 2 of 3 records of the session$/,
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
    /: a line that is no record$/,
  ],
  [
    'a line without end',
    (pack) => fs.writeFileSync(sampleOf(pack, 0), 'x'.repeat(20 << 20)),
    /: its first line is none$/,
  ],
];
for (const [what, harm, why] of samples) {
  test(`a sample with ${what}, with sums and note as the key's holder would make them`, withPython, async (t) => {
    const pack = copyOf(stage().out, t);
    harm(pack);
    await resign(pack, stage().keys);
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
  const pack = copyOf(stage().out, t);
  fs.copyFileSync(sampleOf(other.out, 0), sampleOf(pack, 0));
  await resign(pack, stage().keys);
  const { exitCode, found } = await verify(pack);
  assert.equal(exitCode, 10);
  assert.ok(
    found.some((each) => / is not one that its run signed$/.test(each)),
    found.join('; '),
  );
});
