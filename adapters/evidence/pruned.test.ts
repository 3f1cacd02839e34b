/** A pack of ledgers whose oldest records are in Kafka alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvidenceReport, Part } from '@countersign/core/evidence/report.ts';
import { systemClock } from '../process/system.ts';
import { ledgerFolder } from '../sqlite/test/ledgers.ts';
import { clockOfDays, dayMs, deliver, pruneOnce, start } from '../sqlite/test/pruning.ts';
import { gathered, scored, sessionOf } from './population.testing.ts';

const integrityOf = ({ parts }: EvidenceReport): Part => parts.find(({ id }) => id === 'integrity') ?? assert.fail();

test('what was pruned is missed where it is of the period, and what is left is proven all the same', async (t) => {
  const directory = ledgerFolder(t);
  const clock = clockOfDays();
  const ledger = await start(directory, clock, { partitions: 4 });
  for (let n = 0; n < 500; n++) await ledger.append(scored(n));
  deliver(directory);
  let gone = 0;
  for (let day = 0; day < 10; day++) {
    clock.pass(1);
    gone += await pruneOnce(ledger);
  }
  assert.ok(gone > 0);
  const laterMs = systemClock.now() + 30 * dayMs;
  const time = new Date(laterMs).toISOString();
  for (let n = 1000; n < 1003; n++) await ledger.append(scored(n).map((draft) => ({ ...draft, time })));
  await ledger.close('done');

  const period = { toMs: laterMs + dayMs, sample: 10 };
  const whole = await gathered(t, directory, { ...period, fromMs: 0 });
  assert.equal(integrityOf(whole.report).verdict, 'attention');
  assert.match(integrityOf(whole.report).says, /records of the period are NOT here, but in Kafka alone/);
  assert.match(integrityOf(whole.report).text.join(' '), /evidence export --kafka/);

  const late = await gathered(t, directory, { ...period, fromMs: laterMs });
  assert.equal(integrityOf(late.report).verdict, 'told');
  const timelines = late.report.parts.flatMap((part) => part.timelines);
  assert.deepEqual(timelines.map(({ session }) => session).toSorted(), [1000, 1001, 1002].map(sessionOf));
  assert.ok(timelines.every(({ steps }) => steps.length > 0 && steps.every(({ proven }) => proven)));
});
