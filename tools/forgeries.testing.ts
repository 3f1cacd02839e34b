/** What an attacker can do who knows the format: with the file alone, and with a key of their own. */
import { DatabaseSync } from 'node:sqlite';
import { createRunKey, type RunKey } from '@countersign/adapters/keys/run-key.ts';
import { systemHash as hash } from '@countersign/adapters/process/system.ts';
import { toBase64Url } from '@countersign/core/base64.ts';
import { firstPrev, leafOf } from '@countersign/core/ledger/chain.ts';
import { certificateText, parseCertificate } from '@countersign/core/ledger/notes/certificate.ts';
import { checkpointText } from '@countersign/core/ledger/notes/checkpoint.ts';
import { parseNote, writeNote } from '@countersign/core/ledger/notes/note.ts';
import { appendLeaves, emptyTree, rootOf } from '@countersign/core/ledger/tree/compact-tree.ts';
import type { KeyProvider } from '@countersign/core/ports.ts';

/** Alters one record and everything that follows from it in the file: leaves and links, not signatures. */
export function rewriteFrom(file: string, seq: number, alter: (value: string) => string): void {
  const db = new DatabaseSync(file);
  const update = db.prepare('UPDATE record SET value = ?, leaf = ? WHERE seq = ?');
  const rows = db.prepare('SELECT seq, CAST(value AS TEXT) AS value FROM record ORDER BY seq').all();
  let prev = firstPrev;
  db.exec('BEGIN');
  for (const { seq: place, value } of rows) {
    const linked = String(value).replace(/"prev":"[^"]*"/, `"prev":"${prev}"`);
    const bytes = Buffer.from(place === seq ? alter(linked) : linked);
    const leaf = leafOf(hash, bytes);
    update.run(bytes, leaf, Number(place));
    prev = toBase64Url(leaf);
  }
  db.exec('COMMIT');
  db.close();
}

/** Signs the ledger as it lies there anew with a key of the run's name; the certificate stays. */
export function signAnew(file: string, ledger: string, run: RunKey = createRunKey(ledger)): void {
  const db = new DatabaseSync(file);
  const leaves = db
    .prepare('SELECT leaf FROM record ORDER BY seq')
    .all()
    .map(({ leaf }) => leaf);
  const noteOf = (size: number): string => {
    const tree = appendLeaves(
      hash,
      emptyTree,
      leaves.slice(0, size).filter((leaf) => leaf instanceof Uint8Array),
    );
    const text = checkpointText(ledger, size, rootOf(hash, tree));
    return writeNote(hash, text, run.key, run.sign(Buffer.from(text)));
  };
  db.prepare('UPDATE tip SET size = ?, note = ?').run(leaves.length, noteOf(leaves.length));
  db.prepare('DELETE FROM checkpoint WHERE size > ?').run(leaves.length);
  const publish = db.prepare('UPDATE checkpoint SET note = ? WHERE size = ?');
  for (const { size } of db.prepare('SELECT size FROM checkpoint').all())
    publish.run(noteOf(Number(size)), Number(size));
  db.close();
}

/** The same with a certificate of the forger's own. */
export async function certifyAnew(file: string, ledger: string, keys: KeyProvider): Promise<void> {
  const run = createRunKey(ledger);
  const db = new DatabaseSync(file);
  const note = parseNote(db.prepare('SELECT note FROM certificate').get()?.['note']);
  const certificate = note && parseCertificate(hash, note);
  if (!certificate) throw new Error('no certificate to copy');
  const text = certificateText(hash, { ...certificate, key: run.key, issuer: keys.key });
  const signed = writeNote(hash, text, keys.key, await keys.sign(Buffer.from(text)));
  db.prepare('UPDATE certificate SET note = ?').run(signed);
  db.close();
  signAnew(file, ledger, run);
}
