/** What a dead replica left undelivered: its peers deliver it, once, until it comes back. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { createLedgerKey } from '../keys/ledger-key.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import { type HostSpool, openHostSpool } from './host-spool.ts';
import { listLedgerFiles, replicaPlace } from './ledger-directory.ts';
import { draft, ledgerFolder, open, rowsOf, service } from './test/ledgers.ts';

const anySize = 1e9;
const onTrouble = (replica: string, error: unknown): never => assert.fail(`${replica}: ${String(error)}`);
const minuteMs = 60_000;

function clock() {
  let nowMs = 0;
  return {
    monotonic: () => nowMs,
    pass(minutes: number) {
      nowMs += minutes * minuteMs;
    },
  };
}
type TestClock = ReturnType<typeof clock>;

const places = (records: readonly SpoolRecord[]) => records.map(({ ledger, seq }) => `${ledger}/${seq}`).toSorted();

/** As a sender does, which asks again when it was idle for a while. */
function drain(spool: Spool): readonly SpoolRecord[] {
  const all: SpoolRecord[] = [];
  for (let idle = 0; idle < 3; idle++) {
    for (let records = spool.next(2, anySize); records.length > 0; records = spool.next(2, anySize)) {
      spool.acknowledge(records, String(all.length));
      all.push(...records);
    }
    for (let notes = spool.nextNotes(10); notes.length > 0; notes = spool.nextNotes(10))
      spool.acknowledgeNotes(notes, '0');
  }
  return all;
}

/** Of a replica that lives, with all of its own delivered. */
async function openPeer(directory: string, replica: string, of: TestClock): Promise<HostSpool> {
  await open(directory, { replica });
  const spool = openHostSpool({ place: { directory, service, replica }, clock: of, onTrouble });
  drain(spool);
  return spool;
}

async function peerOf(t: TestContext, directory: string, replica: string, of: TestClock): Promise<HostSpool> {
  const spool = await openPeer(directory, replica, of);
  t.after(() => spool.close());
  return spool;
}

/** A run that ended: nobody delivered any of it. */
async function run(directory: string, replica: string, keys = ledgerKeyForTests) {
  const ledger = await open(directory, { replica, keys });
  await ledger.append([draft('session.opened', 's'), draft('session.closed', 's')]);
  await ledger.close('done');
  return rowsOf(ledger.file).map(({ seq }) => `${ledger.id}/${seq}`);
}

test('after a quarter of an hour in which nobody wrote there, a peer delivers all that a replica left', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = [...(await run(directory, 'dead')), ...(await run(directory, 'dead'))];
  const peer = await peerOf(t, directory, 'peer', time);
  assert.deepEqual(drain(peer), []);
  time.pass(14);
  assert.deepEqual(drain(peer), []);
  time.pass(2);
  assert.deepEqual(places(drain(peer)), left.toSorted());
  assert.deepEqual([peer.backlog().records, peer.waitingNotes()], [0, 0]);
});

test('what a peer wrote for it meanwhile goes too', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  await run(directory, 'dead');
  const peer = await peerOf(t, directory, 'peer', time);
  time.pass(16);
  drain(peer);
  const ending = await run(directory, 'dead');
  time.pass(1);
  assert.deepEqual(places(drain(peer)), ending.toSorted());
});

test('a replica that somebody writes as is none of its peers’ business, however little it delivers', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  await run(directory, 'alive');
  const ledger = await open(directory, { replica: 'alive' });
  const peer = await peerOf(t, directory, 'peer', time);
  for (let hour = 0; hour < 3; hour++) {
    assert.deepEqual(drain(peer), []);
    time.pass(60);
  }
  await ledger.close('done');
  assert.deepEqual(drain(peer), [], 'nor as soon as its process has ended');
});

test('one of another long-term key is another gateway’s, with another Kafka', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  await run(directory, 'other', createLedgerKey({ id: '1'.repeat(16), secret: createSecretKey(Buffer.alloc(32, 7)) }));
  const peer = await peerOf(t, directory, 'peer', time);
  for (let look = 0; look < 3; look++, time.pass(16)) assert.deepEqual(drain(peer), []);
});

test('of several peers one does, and another one when that ends', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = await run(directory, 'dead');
  const first = await openPeer(directory, 'p1', time);
  const second = await peerOf(t, directory, 'p2', time);
  assert.deepEqual([...drain(first), ...drain(second)], []);
  time.pass(16);
  const taken = first.next(1, anySize);
  assert.deepEqual(places(taken), left.slice(0, 1));
  assert.deepEqual(drain(second), []);
  first.acknowledge(taken, '0');
  first.close();
  time.pass(1);
  assert.deepEqual(places(drain(second)), left.slice(1));
});

test('one that comes back delivers its run at once, and the rest of its own when the peer has left it; nothing goes twice', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = await run(directory, 'back');
  const peer = await peerOf(t, directory, 'peer', time);
  time.pass(16);
  const taken = peer.next(1, anySize);
  assert.deepEqual(places(taken), left.slice(0, 1));

  const ledger = await open(directory, { replica: 'back' });
  await ledger.append([draft('session.closed', 'x')]);
  const own = openHostSpool({ place: { directory, service, replica: 'back' }, clock: time, onTrouble });
  t.after(() => own.close());
  assert.deepEqual(places(drain(own)), [`${ledger.id}/0`, `${ledger.id}/1`]);
  peer.acknowledge(taken, '0');
  assert.deepEqual(drain(peer), [], 'it is written as again');
  assert.deepEqual(places(drain(own)), left.slice(1));
  await ledger.append([draft('session.closed', 'y')]);
  assert.deepEqual(places(drain(own)), [`${ledger.id}/2`]);
  assert.equal(own.waitingFrom(ledger.id), 3);
  await ledger.close('done');
});

test('a copy of a replica’s folder is no replica: what lies in it says that it is of another one', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = await run(directory, 'dead');
  fs.cpSync(path.join(directory, service, 'dead'), path.join(directory, service, 'dead.bak'), { recursive: true });
  const peer = await peerOf(t, directory, 'peer', time);
  time.pass(16);
  assert.deepEqual(places(drain(peer)), left.toSorted());
});

test('one that cannot be read, and a folder that nobody may look into, keep nobody waiting: it is said, and the next one comes', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  await run(directory, 'dead-a');
  const [broken] = listLedgerFiles(replicaPlace(directory, service, 'dead-a'));
  assert.ok(broken);
  await run(directory, 'dead-a');
  fs.truncateSync(broken.file, 20_000);
  const left = await run(directory, 'dead-b');
  fs.mkdirSync(path.join(directory, 'backup'), { mode: 0o000 });
  fs.writeFileSync(path.join(directory, service, 'a-file'), '');

  const ledger = await open(directory, { replica: 'peer' });
  const troubles: string[] = [];
  const onTrouble = (replica: string, error: unknown) => void troubles.push(`${replica} ${String(error)}`);
  const peer = openHostSpool({ place: { directory, service, replica: 'peer' }, clock: time, onTrouble });
  t.after(() => peer.close());
  drain(peer);
  time.pass(16);
  await ledger.append([draft('session.closed', 'own')]);
  assert.deepEqual(places(drain(peer)), [...left, `${ledger.id}/1`].toSorted());
  assert.deepEqual([peer.backlog().records, peer.waitingNotes()], [0, 0]);
  assert.match(troubles.join('\n'), /^proc-service\/dead-a Error: database disk image is malformed$/);
  time.pass(16);
  drain(peer);
  assert.equal(troubles.length, 2, 'tried again after a while');
});

test('what the broker does not take of a dead replica is set aside, and comes again later, unchanged', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = await run(directory, 'dead');
  const peer = await peerOf(t, directory, 'peer', time);
  time.pass(16);
  const refused = peer.next(1, anySize);
  assert.deepEqual(places(refused), left.slice(0, 1));
  assert.ok(peer.setAside(refused));
  assert.deepEqual(drain(peer), []);
  time.pass(16);
  assert.deepEqual(places(drain(peer)), left);
});

test('whoever ends leaves dead replicas alone, but for what is on its way', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  const left = await run(directory, 'dead');
  const ending = await openPeer(directory, 'p1', time);
  const other = await peerOf(t, directory, 'p2', time);
  time.pass(16);
  const sent = ending.next(1, anySize);
  ending.drain();
  assert.deepEqual([ending.backlog().records, ending.waitingNotes()], [0, 0]);
  ending.acknowledge(sent, '0');
  assert.deepEqual(drain(ending), []);
  assert.deepEqual(places(drain(other)), left.slice(1));
  ending.close();
});

test('one that cannot be read any more while a batch of it is on its way: that is not acknowledged, and nobody fails', async (t) => {
  const [directory, time] = [ledgerFolder(t), clock()];
  await run(directory, 'dead');
  const ledger = await open(directory, { replica: 'peer' });
  const troubles: string[] = [];
  const onTrouble = (replica: string) => void troubles.push(replica);
  const peer = openHostSpool({ place: { directory, service, replica: 'peer' }, clock: time, onTrouble });
  t.after(() => peer.close());
  drain(peer);
  time.pass(16);
  const sent = peer.next(1, anySize);
  const [file] = listLedgerFiles(replicaPlace(directory, service, 'dead'));
  assert.ok(file);
  fs.writeFileSync(file.file, 'not a database any more');
  assert.equal(peer.backlog().records, 0);
  assert.deepEqual(troubles, ['proc-service/dead']);
  peer.acknowledge(sent, '0');
  await ledger.append([draft('session.closed', 'own')]);
  assert.deepEqual(places(drain(peer)), [`${ledger.id}/1`]);
});
