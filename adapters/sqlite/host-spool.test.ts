/** Ledgers of commands: delivered by whichever service of the host comes first, once, and by another one when that ends. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';
import { systemClock } from '../process/system.ts';
import { openHostSpool } from './host-spool.ts';
import { commandService } from './ledger-directory.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const anySize = 1e9;
const onTrouble = (replica: string, error: unknown): never => assert.fail(`${replica}: ${String(error)}`);

function drain(spool: Spool): readonly SpoolRecord[] {
  const all: SpoolRecord[] = [];
  for (let records = spool.next(2, anySize); records.length > 0; records = spool.next(2, anySize)) {
    spool.acknowledge(records, String(all.length));
    all.push(...records);
  }
  return all;
}
const places = (records: readonly SpoolRecord[]) => records.map(({ ledger, seq }) => `${ledger}/${seq}`).toSorted();

/** As a command does: it opens, writes, and is gone. */
async function command(directory: string, host = 'host-1') {
  const ledger = await open(directory, { service: commandService, replica: host });
  await ledger.append([draft('payload.revealed', 's')]);
  await ledger.close('command ended');
  return rowsOf(ledger.file).map(({ seq }) => `${ledger.id}/${seq}`);
}

function spoolOf(t: TestContext, directory: string, of = replica): Spool {
  const spool = openHostSpool({ place: { directory, service, replica: of }, clock: systemClock, onTrouble });
  t.after(() => spool.close());
  return spool;
}

test('what commands wrote goes with the records of a service, old runs and new ones, of every host name', async (t) => {
  const directory = ledgerFolder(t);
  const before = await command(directory);
  const own = await open(directory);
  const spool = spoolOf(t, directory);
  const expected = [...before, `${own.id}/0`];
  assert.deepEqual(places(drain(spool)), expected.toSorted());
  assert.deepEqual(spool.backlog(), { records: 0, oldest: undefined });
  const later = [...(await command(directory)), ...(await command(directory, 'host-2'))];
  assert.deepEqual(places(drain(spool)), later.toSorted());
  assert.deepEqual(drain(spool), []);
});

test('a service that is never idle delivers them too', async (t) => {
  const directory = ledgerFolder(t);
  const own = await open(directory);
  const spool = spoolOf(t, directory);
  const written = await command(directory);
  const seen = new Set<string>();
  // One record comes for each that goes: its own ledger is never empty.
  for (let batches = 0; batches < 300 && !written.every((place) => seen.has(place)); batches++) {
    await own.append([draft('session.closed', `s${batches}`)]);
    const records = spool.next(1, anySize);
    spool.acknowledge(records, String(batches));
    for (const place of places(records)) seen.add(place);
  }
  assert.ok(written.every((place) => seen.has(place)));
});

test('two services of one host: one delivers them, and the other one when the first has ended', async (t) => {
  const directory = ledgerFolder(t);
  const first = openHostSpool({ place: { directory, service, replica: 'p1' }, clock: systemClock, onTrouble });
  const second = spoolOf(t, directory, 'p2');
  const before = await command(directory);
  assert.deepEqual(places(drain(first)), before.toSorted());
  assert.deepEqual(drain(second), []);
  const after = await command(directory);
  assert.deepEqual(drain(second), [], 'as long as the first one lives');
  first.close();
  assert.deepEqual(places(drain(second)), after.toSorted(), 'from where the first one was');
});

test('a ledger of a command that cannot be read is a failure, after all records of calls have gone', async (t) => {
  const directory = ledgerFolder(t);
  const own = await open(directory);
  const ledger = await open(directory, { service: commandService, replica: 'host-1' });
  await ledger.close('command ended');
  fs.writeFileSync(ledger.file, 'not a database');
  const spool = spoolOf(t, directory);
  const records = spool.next(100, anySize);
  assert.deepEqual(places(records), [`${own.id}/0`]);
  spool.acknowledge(records, '0');
  assert.throws(() => spool.next(100, anySize));
});
