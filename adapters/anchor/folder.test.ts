import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFolderAnchor } from './folder.ts';
import { openAnchorFolder } from './folder-reader.ts';

const ledger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';
const publication = { ledger, size: 12, checkpoint: 'twelve\n', certificate: 'certified\n' };

function folderOf(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-anchor-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, 'anchor');
}

test('what is kept can be read back, by size, and nobody may write to it', async (t) => {
  const folder = folderOf(t);
  const anchor = createFolderAnchor(folder);
  for (const size of [12, 3]) assert.ok((await anchor.keep({ ...publication, size })).ok);
  const reader = openAnchorFolder(folder);
  assert.deepEqual(reader?.ledgers(), [ledger]);
  assert.equal(reader?.newest(ledger), 12);
  const { certificate, checkpoints } = reader?.read(ledger) ?? {};
  assert.equal(certificate, 'certified\n');
  assert.deepEqual(
    [...(checkpoints ?? [])].map(({ size }) => size),
    [3, 12],
  );
  const file = path.join(folder, ledger, '0000000000000012.note');
  assert.equal(fs.statSync(file).mode & 0o777, 0o444);
});

test('keeping the same one twice is fine; another one of the same size is a conflict and changes nothing', async (t) => {
  const folder = folderOf(t);
  const anchor = createFolderAnchor(folder);
  for (let n = 0; n < 2; n++) assert.ok((await anchor.keep(publication)).ok);
  const other = await anchor.keep({ ...publication, checkpoint: 'another\n' });
  assert.equal(!other.ok && other.error.code, 'ERR_ANCHOR_CONFLICT');
  const certified = await anchor.keep({ ...publication, size: 13, certificate: 'another\n' });
  assert.equal(!certified.ok && certified.error.code, 'ERR_ANCHOR_CONFLICT');
  assert.equal([...(openAnchorFolder(folder)?.read(ledger).checkpoints ?? [])][0]?.note, 'twelve\n');
});

test('a note that a crash left half written is not there, and is written anew', async (t) => {
  const folder = folderOf(t);
  fs.mkdirSync(path.join(folder, ledger), { recursive: true });
  fs.writeFileSync(path.join(folder, ledger, '.0000000000000012.note.partial'), 'twe', { mode: 0o444 });
  assert.equal(openAnchorFolder(folder)?.newest(ledger), undefined);
  assert.ok((await createFolderAnchor(folder).keep(publication)).ok);
  assert.equal(openAnchorFolder(folder)?.newest(ledger), 12);
});

test('a folder that cannot be made is an anchor that is away', async (t) => {
  const folder = folderOf(t);
  fs.writeFileSync(folder, 'a file');
  const kept = await createFolderAnchor(folder).keep(publication);
  assert.equal(!kept.ok && kept.error.code, 'ERR_ANCHOR_AWAY');
});

test('what is no note of a size is not read: other names, folders, too much, not UTF-8', async (t) => {
  const folder = folderOf(t);
  await createFolderAnchor(folder).keep(publication);
  const place = path.join(folder, ledger);
  for (const name of ['12.note', '0000000000000000.note', 'x.note', '0000000000000012.note.tsr']) {
    fs.writeFileSync(path.join(place, name), 'x');
  }
  fs.mkdirSync(path.join(place, '0000000000000013.note'));
  fs.writeFileSync(path.join(place, '0000000000000014.note'), 'x'.repeat(20_000));
  fs.writeFileSync(path.join(place, '0000000000000015.note'), Buffer.of(0xff));
  fs.mkdirSync(path.join(folder, '..ssh'), { recursive: true });
  const read = [...(openAnchorFolder(folder)?.read(ledger).checkpoints ?? [])];
  assert.deepEqual(
    read.map(({ size, note }) => [size, note]),
    [
      [12, 'twelve\n'],
      [13, undefined],
      [14, undefined],
      [15, undefined],
    ],
  );
});

test('what is anchored after the folder was opened is not seen: a verifier would take it for records that are missing', async (t) => {
  const folder = folderOf(t);
  const anchor = createFolderAnchor(folder);
  await anchor.keep(publication);
  const reader = openAnchorFolder(folder);
  await anchor.keep({ ...publication, size: 20 });
  const other = ledger.replace('p1', 'p2');
  await anchor.keep({ ...publication, ledger: other });
  assert.deepEqual(reader?.ledgers(), [ledger]);
  assert.equal([...(reader?.read(ledger).checkpoints ?? [])].length, 1);
});
