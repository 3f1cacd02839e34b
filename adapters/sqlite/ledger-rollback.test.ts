/** A ledger that was copied back from a backup: consistent in itself, and older than what the world has seen of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import { createFolderAnchor } from '../anchor/folder.ts';
import { openAnchorFolder } from '../anchor/folder-reader.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import { type Audit, auditLedgers, noTrust } from './ledger-audit.ts';
import { draft, ledgerFolder, open } from './test/ledgers.ts';

/** A replica with an anchor, and a place for backups. */
function replicaOf(t: TestContext) {
  const folder = ledgerFolder(t);
  const [ledgers = '', anchor = '', saved = ''] = ['ledgers', 'anchor', 'saved'].map((name) => path.join(folder, name));
  const published: Publication[] = [];
  const start = () => open(ledgers, { onPublished: (publication) => void published.push(publication) });
  return {
    start,
    async run(...sessions: readonly string[]) {
      const ledger = await start();
      await ledger.append(sessions.map((session) => draft('session.denied', session)));
      await ledger.close('done');
      return ledger;
    },
    backUp: () => fs.cpSync(ledgers, saved, { recursive: true }),
    restore() {
      fs.rmSync(ledgers, { recursive: true });
      fs.cpSync(saved, ledgers, { recursive: true });
    },
    async verify(): Promise<Audit> {
      const keeper = createFolderAnchor(anchor);
      for (const publication of published) assert.ok((await keeper.keep(publication)).ok);
      const trust = { pinned: [ledgerKeyForTests.key], anchor: openAnchorFolder(anchor) };
      return auditLedgers(ledgers, () => undefined, trust);
    },
    verifyAlone: (): Audit => auditLedgers(ledgers, () => undefined, noTrust),
  };
}

const reasonsOf = ({ findings }: Audit): readonly string[] =>
  findings.map(({ reason, ledger }) => `${reason} ${ledger}`);

test('a backup of yesterday is put back: consistent by itself, and the anchor has a certificate of the run that is gone', async (t) => {
  const replica = replicaOf(t);
  await replica.run('s1');
  replica.backUp();
  const gone = await replica.run('s2');
  replica.restore();
  assert.deepEqual(replica.verifyAlone().findings, []);
  const audit = await replica.verify();
  assert.deepEqual([reasonsOf(audit), audit.exitCode], [[`anchored_ledger_missing ${gone.id}`], 11]);
});

test('and the replica goes on from it: two runs have the same number in their certificates, and one of them is missed', async (t) => {
  const replica = replicaOf(t);
  await replica.run('s1');
  replica.backUp();
  const gone = await replica.run('s2');
  replica.restore();
  await replica.run('s3');
  assert.deepEqual(replica.verifyAlone().findings, []);
  const audit = await replica.verify();
  assert.deepEqual([reasonsOf(audit), audit.exitCode], [[`anchored_ledger_missing ${gone.id}`], 11]);
  assert.deepEqual(
    audit.ledgers.map(({ certificate }) => certificate?.counter),
    [0, 1],
  );
});

test('a copy that was made while a ledger was written is put back, and followed: an anchored checkpoint covers more', async (t) => {
  const replica = replicaOf(t);
  const ledger = await replica.start();
  await ledger.append([draft('session.denied', 's1')]);
  const copy = path.join(path.dirname(ledger.file), '..', '..', '..', 'copy.db');
  const live = new DatabaseSync(ledger.file, { readOnly: true });
  await backup(live, copy);
  live.close();
  await ledger.append([draft('session.denied', 's2'), draft('session.denied', 's3')]);
  await ledger.close('done');
  fs.copyFileSync(copy, ledger.file);
  await replica.run('s4');
  assert.deepEqual(replica.verifyAlone().findings, []);
  const audit = await replica.verify();
  assert.deepEqual([reasonsOf(audit), audit.exitCode], [[`anchored_more ${ledger.id}`], 11]);
});
