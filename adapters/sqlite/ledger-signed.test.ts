import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { type Checkpoint, parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { isSignedBy, type NoteKey, parseNote } from '@countersign/core/ledger/notes/note.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { createRunKey } from '../keys/run-key.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import { systemHash as hash } from '../process/system.ts';
import type { OpenLedger } from './ledger.ts';
import { auditLedgers } from './ledger-audit.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const denied = (count: number) => Array.from({ length: count }, (_, n) => draft('session.denied', `s${n}`));

function signedBy(key: NoteKey, text: string) {
  const note = parseNote(text);
  assert.ok(note && isSignedBy({ hash, signatures: ed25519 }, note, key), text);
  return note;
}
function certificateOf({ certificate }: Publication): Certificate {
  const read = parseCertificate(hash, signedBy(ledgerKeyForTests.key, certificate));
  assert.ok(read);
  return read;
}
function checkpointOf(publication: Publication): Checkpoint {
  const read = parseCheckpoint(signedBy(certificateOf(publication).key, publication.checkpoint));
  assert.ok(read);
  return read;
}

/** Opens a ledger whose publications are kept. */
async function published(directory: string, options: { readonly publishEveryMs?: number } = {}) {
  const publications: Publication[] = [];
  let told = (): void => undefined;
  const ledger = await open(directory, {
    ...options,
    onPublished(publication) {
      publications.push(publication);
      told();
    },
  });
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      told = resolve;
    });
  return { ledger, publications, next };
}

function tipOf(ledger: OpenLedger): unknown {
  const db = new DatabaseSync(ledger.file, { readOnly: true });
  const size = db.prepare('SELECT size FROM tip').get()?.['size'];
  db.close();
  return size;
}

test('every commit leaves a checkpoint of all records; published are the first, one after a thousand records, and the last', async (t) => {
  const { ledger, publications } = await published(ledgerFolder(t));
  for (const count of [1, 400, 400, 400, 10]) {
    await ledger.append(denied(count));
    assert.equal(tipOf(ledger), rowsOf(ledger.file).length);
  }
  await ledger.close('done');
  assert.deepEqual(
    publications.map((publication) => [publication.size, checkpointOf(publication).size]),
    [
      [1, 1],
      [1202, 1202],
      [1213, 1213],
    ],
  );
});

test('what was written is published after a while, although nothing more comes', async (t) => {
  const { ledger, publications, next } = await published(ledgerFolder(t), { publishEveryMs: 20 });
  const isPublished = next();
  await ledger.append(denied(3));
  await isPublished;
  assert.deepEqual(
    publications.map(({ size }) => size),
    [1, 4],
  );
  await ledger.close('done');
});

test('the certificates of a replica count its ledgers, chain, and each names a key of its own', async (t) => {
  const directory = ledgerFolder(t);
  const certificates: Certificate[] = [];
  for (let run = 0; run < 3; run++) {
    const { ledger, publications } = await published(directory);
    await ledger.close('done');
    const [first] = publications;
    assert.ok(first);
    certificates.push(certificateOf(first));
  }
  assert.deepEqual(
    certificates.map(({ counter }) => counter),
    [0, 1, 2],
  );
  assert.equal(new Set(certificates.map(({ key }) => Buffer.from(key.publicKey).toString('hex'))).size, 3);
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
});

test('a long-term key that cannot be used now stops the start, and leaves nothing behind', async (t) => {
  const directory = ledgerFolder(t);
  const away = { ...ledgerKeyForTests, sign: () => Promise.reject(new Error('the key service is away')) };
  const error = { code: 'ERR_LEDGER_KEY', message: /the key service is away/ };
  for (let start = 0; start < 2; start++) await assert.rejects(open(directory, { keys: away }), error);
  const run = createRunKey('x');
  const wrong = { ...ledgerKeyForTests, sign: async (message: Uint8Array) => run.sign(message) };
  await assert.rejects(open(directory, { keys: wrong }), { code: 'ERR_LEDGER_KEY', message: /another key/ });
  const names = fs.readdirSync(path.join(directory, service, replica));
  assert.deepEqual(names, ['writer.lock']);
  await (await open(directory)).close('done');
});

test('a ledger of the format before is not followed: the start stops and says what to do', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.close('done');
  const db = new DatabaseSync(ledger.file);
  db.exec('DROP TABLE tip; DROP TABLE certificate; DROP TABLE checkpoint; PRAGMA application_id = 0x43534c31');
  db.close();
  await assert.rejects(open(directory), { code: 'ERR_LEDGER_OLD', message: /start with an empty one/ });
  assert.equal(auditLedgers(directory, () => undefined).exitCode, 13);
});

for (const [what, sql] of [
  ['a tip of another size', 'UPDATE tip SET size = 1, note = (SELECT note FROM checkpoint WHERE number = 0)'],
  [
    'a tip that is not signed by its key',
    "UPDATE tip SET note = replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))",
  ],
  ['a tail cut', 'DELETE FROM record WHERE seq = 2'],
  ['no certificate', 'DELETE FROM certificate'],
  ['no tip', 'DELETE FROM tip'],
] as const) {
  test(`no run follows a ledger with ${what}`, async (t) => {
    const directory = ledgerFolder(t);
    const ledger = await open(directory);
    await ledger.append(denied(1));
    await ledger.close('done');
    const db = new DatabaseSync(ledger.file);
    db.exec(sql);
    db.close();
    await assert.rejects(open(directory), { code: 'ERR_LEDGER_UNREADABLE' });
  });
}

test('the key of a run is nowhere on the disk: only its public half is', async (t) => {
  const directory = ledgerFolder(t);
  const { ledger, publications } = await published(directory);
  await ledger.close('done');
  const [first] = publications;
  assert.ok(first);
  const file = fs.readFileSync(ledger.file);
  assert.ok(file.includes(first.certificate));
  assert.ok(!file.includes('PRIVATE KEY'));
  assert.ok(!file.includes(Buffer.from('302e020100300506032b6570', 'hex')));
});
