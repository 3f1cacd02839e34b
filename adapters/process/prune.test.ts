import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { err } from '@countersign/core/result.ts';
import { systemClock } from '../process/system.ts';
import type { OpenLedger } from '../sqlite/ledger.ts';
import { auditLedgers } from '../sqlite/ledger-audit.ts';
import { ledgerFolder, rowsOf } from '../sqlite/test/ledgers.ts';
import { clockOfDays, deliver, start, writeCalls } from '../sqlite/test/pruning.ts';
import { minutesOfTests } from './minutes.testing.ts';
import { type PruneOptions, startPruning } from './prune.ts';

/** Pruning whose looks come when the test says so. */
function pruningOf(t: TestContext, ledger: OpenLedger, options: Partial<PruneOptions> = {}) {
  const { timers, minute } = minutesOfTests();
  const errors: object[] = [];
  let records = 0;
  const stop = startPruning({
    ledger,
    pruning: ledger.pruning,
    isKafkaSound: () => true,
    clock: systemClock,
    timers,
    onPruned(slice) {
      records += slice.records;
    },
    log: { info: () => undefined, error: (fields) => errors.push(fields) },
    ...options,
  });
  t.after(stop);
  return { look: minute, errors, gone: () => records };
}

const typesIn = (ledger: OpenLedger) => rowsOf(ledger.file).map(({ type }) => type);

test('a look prunes what is old, after a record that says so, and counts it', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  const pruning = pruningOf(t, ledger);
  await writeCalls(ledger, 500);
  deliver(directory);
  await pruning.look();
  assert.equal(pruning.gone(), 0);
  clock.pass(8);
  await pruning.look();
  assert.ok(pruning.gone() > 1000);
  assert.equal(typesIn(ledger).filter((type) => type === 'ledger.pruned').length, 1);
  await pruning.look();
  assert.equal(typesIn(ledger).filter((type) => type === 'ledger.pruned').length, 1, 'nothing more is worth a record');
  await ledger.close('done');
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
});

test('nothing goes while Kafka is away or its topics endanger the trail; the time counts all the same', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  let isKafkaSound = false;
  const pruning = pruningOf(t, ledger, { isKafkaSound: () => isKafkaSound });
  await writeCalls(ledger, 500);
  deliver(directory);
  await pruning.look();
  clock.pass(8);
  await pruning.look();
  assert.equal(pruning.gone(), 0);
  isKafkaSound = true;
  await pruning.look();
  assert.ok(pruning.gone() > 1000);
  await ledger.close('done');
});

test('without the record nothing goes', async (t) => {
  const [directory, clock] = [ledgerFolder(t), clockOfDays()];
  const ledger = await start(directory, clock);
  const append = async () => err({ code: 'ERR_LEDGER_FULL', reason: 'disk_full' } as const);
  const pruning = pruningOf(t, ledger, { ledger: { id: ledger.id, append, close: () => Promise.resolve() } });
  await writeCalls(ledger, 500);
  deliver(directory);
  await pruning.look();
  clock.pass(8);
  await pruning.look();
  assert.equal(pruning.gone(), 0);
  assert.equal(typesIn(ledger).length, 1501);
  await ledger.close('done');
});
