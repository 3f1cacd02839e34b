import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { test } from 'node:test';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { openSpool } from './spool.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const anySize = 1e9;

function spoolOf(directory: string): Spool {
  return openSpool({ directory, service, replica });
}

/** Takes and acknowledges until the spool is empty. */
function drain(spool: Spool, maxRecords = 100): readonly SpoolRecord[] {
  const all: SpoolRecord[] = [];
  for (;;) {
    const records = spool.next(maxRecords, anySize);
    if (records.length === 0) return all;
    spool.acknowledge(records, String(all.length));
    all.push(...records);
  }
}

function places(records: readonly SpoolRecord[]): readonly string[] {
  return records.map(({ ledger, seq }) => `${ledger}/${seq}`).toSorted();
}

test('everything comes once, each topic in its order, exactly as it lies in the ledger', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  for (const n of [1, 2, 3]) {
    await ledger.append([draft('payload.part', `s${n}`), draft('session.closed', `s${n}`)]);
  }
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  const records = drain(spool, 2);
  assert.deepEqual(
    places(records),
    rowsOf(ledger.file).map(({ seq }) => `${ledger.id}/${seq}`),
  );
  for (const lane of Map.groupBy(records, ({ topic, partition }) => `${topic} ${partition}`).values()) {
    assert.deepEqual(
      lane.map(({ pseq }) => pseq),
      lane.map((_, index) => index),
    );
  }
  const rows = rowsOf(ledger.file);
  for (const { seq, value, leaf, key, type } of records) {
    assert.equal(Buffer.from(value).toString(), rows[seq]?.value);
    assert.deepEqual(leaf, new Uint8Array(createHash('sha256').update(Uint8Array.of(0)).update(value).digest()));
    assert.equal(type, rows[seq]?.type);
    assert.equal(key, rows[seq]?.session ?? ledger.id);
  }
  await ledger.close('done');
});

test('a batch is of one topic and partition, and keeps to its limits', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  const sealed = 'A'.repeat(1000);
  await ledger.append(Array.from({ length: 10 }, () => draft('payload.part', 's', { sealed })));
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  const opening = spool.next(100, anySize);
  assert.deepEqual(
    opening.map(({ type }) => type),
    ['ledger.opened'],
  );
  spool.acknowledge(opening, '0');
  assert.equal(spool.next(3, anySize).length, 3);
  assert.equal(spool.next(100, 2000).length, 1);
  assert.equal(spool.next(100, 1).length, 1, 'one record always goes, however large');
  await ledger.close('done');
});

test('what is not acknowledged comes again, unchanged', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  assert.deepEqual(spool.next(10, anySize), spool.next(10, anySize));
  await ledger.close('done');
});

test('acknowledgements outlive the process: nothing comes twice, nothing is left out', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1'), draft('session.denied', 's2')]);
  const before = spoolOf(directory);
  const first = before.next(10, anySize);
  before.acknowledge(first, '7');
  before.close();
  const after = spoolOf(directory);
  t.after(() => after.close());
  const rest = drain(after);
  assert.deepEqual(
    places([...first, ...rest]),
    rowsOf(ledger.file).map(({ seq }) => `${ledger.id}/${seq}`),
  );
  await ledger.close('done');
});

test('old runs come before the live one, and what is written meanwhile comes too', async (t) => {
  const directory = ledgerFolder(t);
  const old = await open(directory);
  await old.append([draft('session.opened', 's1')]);
  await old.close('done');
  const live = await open(directory);
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  const before = drain(spool);
  assert.deepEqual([...new Set(before.map(({ ledger }) => ledger))], [old.id, live.id]);
  assert.deepEqual(spool.backlog(), { records: 0, oldest: undefined });
  await live.append([draft('session.denied', 's2')]);
  const { records, oldest } = spool.backlog();
  assert.equal(records, 1);
  assert.match(oldest ?? '', /^\d{4}-/);
  assert.deepEqual(
    drain(spool).map(({ key }) => key),
    ['s2'],
  );
  await live.close('done');
  const next = await open(directory);
  assert.deepEqual(
    drain(spool).map(({ ledger, type }) => [ledger, type]),
    [
      [live.id, 'ledger.closed'],
      [next.id, 'ledger.opened'],
    ],
  );
  await next.close('done');
});

test('a replica that has written nothing yet has an empty spool', (t) => {
  const spool = spoolOf(ledgerFolder(t));
  assert.deepEqual(spool.next(1, 1), []);
  assert.deepEqual(spool.backlog(), { records: 0, oldest: undefined });
  spool.close();
});

test('acknowledging past a record that was not sent is refused: it would hide it for ever', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append(Array.from({ length: 3 }, (_, n) => draft('session.denied', `s${n}`)));
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  spool.acknowledge(spool.next(10, anySize), '0');
  const denied = spool.next(10, anySize);
  assert.equal(denied.length, 3);
  assert.throws(() => spool.acknowledge(denied.slice(1), '0'), /out of order/);
  assert.throws(() => spool.acknowledge(denied.toReversed(), '0'), /out of order/);
  spool.acknowledge(denied, '0');
  assert.throws(() => spool.acknowledge(denied, '0'), /out of order/);
  await ledger.close('done');
});

test('a ledger closes at once although the spool reads on, and its file is whole after the next start', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('session.denied', 's1')]);
  const spool = spoolOf(directory);
  spool.next(1, anySize);
  await ledger.close('done');
  assert.equal(drain(spool).length, 3);
  spool.close();
  await (await open(directory)).close('done');
  assert.ok(!fs.existsSync(`${ledger.file}-wal`));
});

test('the file of acknowledgements is for its owner alone', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  spool.acknowledge(spool.next(1, anySize), '0');
  const file = ledger.file.replace(/\.db$/, '.acks.db');
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  await ledger.close('done');
});

test('where a ledger waits from is its oldest record that is not acknowledged, whatever the topic', async (t) => {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  await ledger.append([draft('payload.part', 's1'), draft('session.closed', 's1')]);
  const spool = spoolOf(directory);
  t.after(() => spool.close());
  assert.equal(spool.waitingFrom(ledger.id), 0);
  spool.acknowledge(spool.next(1, anySize), '0');
  assert.equal(spool.waitingFrom(ledger.id), 1);
  drain(spool);
  assert.equal(spool.waitingFrom(ledger.id), 3);
  await ledger.append([draft('session.closed', 's2')]);
  assert.equal(spool.waitingFrom(ledger.id), 3);
  await ledger.close('done');
});
