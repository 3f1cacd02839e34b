import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { PeerNotes } from '@countersign/core/ledger/witness.ts';
import { anchoredPeers } from '../anchor/anchored-peers.ts';
import { createFolderAnchor } from '../anchor/folder.ts';
import { createRunKey } from '../keys/run-key.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import type { OpenLedger } from '../sqlite/ledger.ts';
import { auditLedgers } from '../sqlite/ledger-audit.ts';
import { peerCheckpoints } from '../sqlite/peer-checkpoints.ts';
import { draft, ledgerFolder, open, rowsOf } from '../sqlite/test/ledgers.ts';
import { minutesOfTests } from './minutes.testing.ts';
import { systemClock } from './system.ts';
import { startWitness } from './witness.ts';

/** A witness whose minutes pass when the test says so. */
function witnessIn(t: TestContext, ledger: OpenLedger, peers: () => Promise<readonly PeerNotes[]>) {
  const { timers, minute } = minutesOfTests();
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => warnings.push(message) };
  const issuer = ledgerKeyForTests.key;
  t.after(startWitness({ ledger, issuer, peers, clock: systemClock, timers, log }));
  return { minute, warnings };
}

const witnessedIn = (ledger: OpenLedger): readonly unknown[] =>
  rowsOf(ledger.file)
    .filter(({ type }) => type === 'ledger.witnessed')
    .map(({ value }) => JSON.parse(value).data.peers);

test('what another replica published is written down once, and again when there is more', async (t) => {
  const directory = ledgerFolder(t);
  const peer = await open(directory, { replica: 'p2' });
  const ledger = await open(directory);
  const { minute } = witnessIn(t, ledger, async () => peerCheckpoints(directory, ledger.id));
  await minute();
  await minute();
  await peer.append([draft('session.denied', 's1')]);
  await peer.close('done');
  await minute();
  const sizes = witnessedIn(ledger).map((peers) => JSON.stringify(peers).replace(/"root":"[^"]+",/g, ''));
  assert.deepEqual(sizes, [`[{"ledger":"${peer.id}","size":1}]`, `[{"ledger":"${peer.id}","size":3}]`]);
  await ledger.close('done');
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
});

test('a witnessed ledger that was cut back, written anew or taken away is found by what was seen of it', async (t) => {
  const directory = ledgerFolder(t);
  const before = await open(directory, { replica: 'p2' });
  await before.close('done');
  const peer = await open(directory, { replica: 'p2' });
  await peer.close('done');
  const ledger = await open(directory);
  const { minute } = witnessIn(t, ledger, async () => peerCheckpoints(directory, ledger.id));
  await minute();
  await ledger.close('done');
  const reasons = (): readonly string[] =>
    auditLedgers(directory, () => undefined).findings.map(({ reason }) => reason);
  fs.cpSync(peer.file, `${peer.file}.kept`);
  const db = new DatabaseSync(peer.file);
  db.exec(`DELETE FROM record WHERE seq > 0; DELETE FROM checkpoint WHERE number > 0;
    UPDATE tip SET size = 1, note = (SELECT note FROM checkpoint)`);
  db.close();
  assert.ok(reasons().includes('witnessed_more'), reasons().join());
  fs.rmSync(peer.file);
  assert.deepEqual(reasons(), ['witnessed_ledger_missing']);
});

test('a replica on another host is seen through the anchor that both use', async (t) => {
  const [here, there, anchor] = [ledgerFolder(t), ledgerFolder(t), path.join(ledgerFolder(t), 'anchor')];
  const kept = createFolderAnchor(anchor);
  const keeping: Promise<unknown>[] = [];
  const peer = await open(there, { replica: 'p2', onPublished: (publication) => keeping.push(kept.keep(publication)) });
  await peer.close('done');
  await Promise.all(keeping);
  const ledger = await open(here);
  const { minute } = witnessIn(t, ledger, () => anchoredPeers(anchor, ledger.id));
  await minute();
  assert.equal(witnessedIn(ledger).length, 1);
  assert.match(JSON.stringify(witnessedIn(ledger)), new RegExp(`"ledger":"${peer.id}".*"size":2`));
  await ledger.close('done');
  assert.deepEqual(
    auditLedgers(here, () => undefined).findings,
    [],
    'its ledgers lie elsewhere: they are not missing here',
  );
});

test('nothing is written down of a replica that our long-term key did not certify, and a look that fails is said', async (t) => {
  const directory = ledgerFolder(t);
  const run = createRunKey('other');
  const stranger = { key: { ...run.key, name: 'stranger' }, sign: async (message: Uint8Array) => run.sign(message) };
  await (await open(directory, { replica: 'p2', keys: stranger })).close('done');
  const ledger = await open(directory);
  let isBroken = false;
  const { minute, warnings } = witnessIn(t, ledger, async () => {
    if (isBroken) throw new Error('no such folder');
    return peerCheckpoints(directory, ledger.id);
  });
  await minute();
  isBroken = true;
  await minute();
  assert.deepEqual(witnessedIn(ledger), []);
  assert.equal(warnings.length, 1);
  await ledger.close('done');
});
