/** Certificates and checkpoints on their way to Kafka: in order, behind the records they cover, each once. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { parseCheckpoint } from '@countersign/core/ledger/notes/checkpoint.ts';
import { parseNote } from '@countersign/core/ledger/notes/note.ts';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Spool } from '@countersign/core/ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { acknowledgementsFile, listLedgerFiles, replicaPlace } from './ledger-directory.ts';
import { openSpool } from './spool.ts';
import { writeUntilKilled } from './test/killed-writer.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const anySize = 1e9;

const spoolOf = (directory: string): Spool => openSpool({ directory, service, replica });

function takeRecords(spool: Spool): void {
  for (let records = spool.next(100, anySize); records.length > 0; records = spool.next(100, anySize))
    spool.acknowledge(records, '0');
}

function takeNotes(spool: Spool, maxNotes = 100): readonly SpoolNote[] {
  const all: SpoolNote[] = [];
  for (let notes = spool.nextNotes(maxNotes); notes.length > 0; notes = spool.nextNotes(maxNotes)) {
    spool.acknowledgeNotes(notes, '0');
    all.push(...notes);
  }
  return all;
}

const storedNotes = (file: string): readonly unknown[] => {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare('SELECT note FROM certificate UNION ALL SELECT note FROM checkpoint').all();
  db.close();
  return rows.map(({ note }) => note);
};
const text = ({ value }: SpoolNote): string => Buffer.from(value).toString();

test('the certificate goes at once, a checkpoint only behind the last record that it covers', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('payload.part', 's1'), draft('session.closed', 's1')]);
  await ledger.close('done');
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  assert.deepEqual(
    takeNotes(spool).map(({ topic, size }) => [topic, size]),
    [['keys', 0]],
  );
  const sizes: number[] = [];
  for (let records = spool.next(1, anySize); records.length > 0; records = spool.next(1, anySize)) {
    spool.acknowledge(records, '0');
    const covered = spool.waitingFrom(ledger.id);
    for (const { size } of takeNotes(spool, 1)) {
      assert.ok(size <= covered, `${size} of ${covered}`);
      sizes.push(size);
    }
  }
  assert.deepEqual(sizes, [1, 4]);
});

test('notes are those of the ledger, byte for byte, and come once, also over a restart', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1')]);
  await ledger.close('done');
  const before = spoolOf(directory);
  takeRecords(before);
  assert.equal(before.waitingNotes(), 3);
  const first = before.nextNotes(1);
  before.acknowledgeNotes(first, '0');
  before.close();
  const after = spoolOf(directory);
  t.after(() => after.close());
  const rest = takeNotes(after);
  assert.deepEqual([...first, ...rest].map(text), storedNotes(ledger.file));
  assert.equal(after.waitingNotes(), 0);
  assert.throws(() => after.acknowledgeNotes(rest, '0'), /out of order/);
});

test('of a run that was killed, the checkpoint of its last commit goes last: every record of it is covered', async (t) => {
  const directory = ledgerFolder(t);
  await writeUntilKilled(directory, 50);
  const [killed] = listLedgerFiles(replicaPlace(directory, service, replica));
  assert.ok(killed);
  const next = await open(directory);
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  takeRecords(spool);
  const notes = takeNotes(spool).filter(({ ledger }) => ledger === killed.id);
  const last = notes.at(-1);
  const note = last && parseNote(text(last));
  assert.equal(note && parseCheckpoint(note)?.size, rowsOf(killed.file).length);
  assert.ok(!storedNotes(killed.file).includes(last && text(last)), 'it was never published');
  await next.close('done');
});

test('since when the broker has had a checkpoint is known, and outlives the process', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1')]);
  await ledger.close('done');
  const before = Date.now();
  const spool = spoolOf(directory);
  takeRecords(spool);
  takeNotes(spool);
  spool.close();
  const kept = new Acknowledgements(acknowledgementsFile(ledger.file));
  t.after(() => kept.close());
  assert.equal(kept.checkpointUntil(before - 1), undefined);
  const newest = kept.checkpointUntil(Date.now());
  assert.equal(newest?.size, 3);
  assert.ok(newest.atMs >= before);
});
