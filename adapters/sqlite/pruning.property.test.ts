/** Any order of calls, deliveries, days, restarts and looks: what is left verifies, and nothing went that was new, unsent or needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { OpenLedger } from './ledger.ts';
import { auditLedgers } from './ledger-audit.ts';
import { openSpool } from './spool.ts';
import { draft, ledgerFolder, replica, rowsOf, service } from './test/ledgers.ts';
import { clockOfDays, dayMs, deliver, keepMs, pruneOnce, start, writeCalls } from './test/pruning.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('calls' as const), count: fc.integer({ min: 1, max: 600 }) }),
    fc.record({ kind: fc.constant('begin' as const) }),
    fc.record({ kind: fc.constant('end' as const) }),
    fc.record({ kind: fc.constant('deliver' as const), batches: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('jump' as const), days: fc.integer({ min: -400, max: 400 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('look' as const) }),
    // So that something is old now and then.
    fc.record({ kind: fc.constant('week' as const) }),
  ),
  { minLength: 15, maxLength: 40 },
);

/** What the test knows of one ledger. */
interface Known {
  readonly ledger: OpenLedger;
  /** How many records Kafka had at which time of the running replica. */
  readonly acknowledged: { readonly below: number; readonly atMs: number }[];
  /** Open calls, with the place of their first record. */
  readonly open: Map<string, number>;
}

test('whatever happens in whatever order: what is left verifies, and nothing went that was new, unsent or needed', async (t) => {
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const [directory, clock] = [ledgerFolder(t), clockOfDays()];
      const begin = async (): Promise<Known> => ({
        ledger: await start(directory, clock),
        acknowledged: [],
        open: new Map(),
      });
      const known: [Known, ...Known[]] = [await begin()];
      let [ranMs, sessions] = [0, 0];

      const noteAcknowledged = (): void => {
        const spool = openSpool({ directory, service, replica });
        for (const { ledger, acknowledged } of known) {
          acknowledged.push({ below: spool.waitingFrom(ledger.id), atMs: ranMs });
        }
        spool.close();
      };
      const check = (): void => {
        const { findings, ledgers } = auditLedgers(directory, () => undefined);
        assert.deepEqual(findings, []);
        for (const { ledger, acknowledged, open } of known) {
          const to = ledgers.find(({ id }) => id === ledger.id)?.pruned?.to ?? 1;
          const old = acknowledged.filter(({ atMs }) => ranMs - atMs >= keepMs).map(({ below }) => below);
          assert.ok(to === 1 || to <= Math.max(...old), `${ledger.id} is pruned to ${to}, old are ${old}`);
          const isLive = ledger === known.at(-1)?.ledger;
          for (const [session, seq] of isLive ? open : []) assert.ok(to <= seq, `${session} is open from ${seq}`);
        }
      };

      const look = async (ledger: OpenLedger): Promise<void> => {
        gone += await pruneOnce(ledger);
        check();
      };

      for (const step of history) {
        const { ledger, open } = known.at(-1) ?? known[0];
        if (step.kind === 'calls') await writeCalls(ledger, step.count);
        if (step.kind === 'begin') {
          const session = `open-${sessions++}`;
          const written = await ledger.append([draft('session.opened', session)]);
          assert.ok(written.ok);
          open.set(session, written.value[0]?.seq ?? 0);
        }
        if (step.kind === 'end') {
          const [session] = open.keys();
          if (session !== undefined) await ledger.append([draft('session.closed', session)]);
          if (session !== undefined) open.delete(session);
        }
        if (step.kind === 'deliver') {
          deliver(directory, step.batches);
          noteAcknowledged();
        }
        if (step.kind === 'days') {
          clock.pass(step.days);
          ranMs += step.days * dayMs;
        }
        if (step.kind === 'jump') clock.jump(step.days * dayMs);
        if (step.kind === 'restart') {
          await ledger.close('restart');
          clock.pass(30); // nobody runs
          known.push(await begin());
        }
        if (step.kind === 'look') await look(ledger);
        if (step.kind === 'week') {
          deliver(directory);
          noteAcknowledged();
          await look(ledger);
          clock.pass(8);
          ranMs += 8 * dayMs;
          await look(ledger);
        }
      }
      // The next run ends what is open.
      await (known.at(-1) ?? known[0]).ledger.close('done');
      known.push(await begin());
      check();
      for (const { ledger } of known) assert.equal(rowsOf(ledger.file)[0]?.type, 'ledger.opened');
      await known.at(-1)?.ledger.close('done');
    }),
    runs(t, times(100, 6)),
  );
  t.diagnostic(`${gone} records went`);
  assert.ok(gone > 0);
});
