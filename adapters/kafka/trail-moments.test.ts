/** A trail that is read while it is delivered: at whatever moment each topic's end was asked for, it looks whole. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import type { SpoolMessage } from '@countersign/core/ports.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import { auditSources, noTrust } from '../sqlite/ledger-audit.ts';
import { openSpool } from '../sqlite/spool.ts';
import { writeUntilKilled } from '../sqlite/test/killed-writer.ts';
import { draft, ledgerFolder, open, replica, service } from '../sqlite/test/ledgers.ts';
import { trailLedgers } from '../sqlite/trail-sources.ts';
import { TrailStore } from '../sqlite/trail-store.ts';
import { extentOrder } from './topic-extents.ts';
import { createTrailIntake } from './trail-intake.ts';

/** What a sink sends, in its order, when it takes so much at a time. */
function delivered(directory: string, sizes: readonly number[]): readonly SpoolMessage[] {
  for (const file of fs.globSync(path.join(directory, '*/*/*.acks.db*'))) fs.rmSync(file);
  const spool = openSpool({ directory, service, replica });
  const sent: SpoolMessage[] = [];
  for (let turn = 0; ; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const notes = spool.nextNotes(size);
    if (notes.length > 0) spool.acknowledgeNotes(notes, String(sent.length));
    const records = spool.next(size, 1e9);
    if (records.length > 0) spool.acknowledge(records, String(sent.length));
    sent.push(...notes, ...records);
    if (notes.length + records.length === 0) break;
  }
  spool.close();
  return sent;
}

test('a reader finds nothing but that the newest ledger goes on, whatever was delivered while it asked', async (t) => {
  const directory = ledgerFolder(t);
  await writeUntilKilled(directory, 40);
  const live = await open(directory, { publishEveryMs: 5 });
  for (let n = 0; n < 15; n++) {
    await live.append([draft('session.opened', `s${n}`), draft('payload.part', `s${n}`)]);
    await live.append([draft('approval.requested', `s${n}`), draft('session.closed', `s${n}`)]);
  }
  const asked = [...extentOrder, 'checkpoints'] as const;
  const options = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    steps: fc.tuple(...asked.map(() => fc.nat(25))),
  });
  fc.assert(
    fc.property(options, ({ sizes, from, steps }) => {
      const sent = delivered(directory, sizes);
      const start = Math.floor(from * sent.length);
      const moments = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, start));
      // The last one counts of what was asked for twice.
      const ends = new Map<string, number>(asked.map((topic, index) => [topic, moments[index] ?? 0]));
      const store = new TrailStore();
      const intake = createTrailIntake(store, 'test');
      for (const [offset, { topic, partition, value }] of sent.entries()) {
        const short = asked.find((name) => name === topic);
        if (short === undefined || offset >= (ends.get(topic) ?? 0)) continue;
        intake.take({ topic: short, partition, offset, value, atMs: 0 });
      }
      const lateFrom = moments[0] ?? 0;
      const { replicas } = trailLedgers(store, 'test', 0, { lateFrom, coveredOnly: false });
      const { findings } = auditSources(replicas, () => undefined, noTrust);
      store.close();
      assert.deepEqual(intake.findings().found, []);
      assert.deepEqual(
        findings.filter(({ reason }) => reason !== 'not_closed'),
        [],
      );
    }),
    runs(t, times(200, 25)),
  );
});
