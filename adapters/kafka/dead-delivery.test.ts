import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpoolMessage } from '@countersign/core/ports.ts';
import { err, ok } from '@countersign/core/result.ts';
import { openHostSpool } from '../sqlite/host-spool.ts';
import { draft, ledgerFolder, open, service } from '../sqlite/test/ledgers.ts';
import { deliver } from './deliver.ts';
import { createLifecycle } from './lifecycle.ts';

const tooLarge = 4_000;

test('a record of a dead replica that the topic does not take holds up no record of calls', async (t) => {
  const directory = ledgerFolder(t);
  const dead = await open(directory, { replica: 'dead' });
  await dead.append([draft('session.closed', 'x', { noise: 'n'.repeat(tooLarge) })]);
  await dead.close('done');
  const own = await open(directory, { replica: 'peer' });
  let nowMs = 0;
  const place = { directory, service, replica: 'peer' };
  const onTrouble = (replica: string): never => assert.fail(replica);
  const spool = openHostSpool({ place, clock: { monotonic: () => nowMs }, onTrouble });
  t.after(() => spool.close());

  const lifecycle = createLifecycle();
  const happened = { refused: 0, idle: 0, own: 0 };
  const watchers = new Set<() => void>();
  const until = (is: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!is()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const count = (what: keyof typeof happened, n = 1): void => {
    happened[what] += n;
    for (const look of [...watchers]) look();
  };
  const send = async (batch: readonly SpoolMessage[]) => {
    if (batch.some(({ value }) => value.length > tooLarge))
      return err({ reason: 'record_too_large', detail: 'x' } as const);
    count('own', batch.filter(({ ledger }) => ledger === own.id).length);
    return ok('0');
  };
  const topics = { partitions: new Map(), drift: [], unreadable: [] };
  const finished = deliver({
    spool,
    lifecycle,
    random: () => 0,
    connect: async () => ok({ topics, discard: () => undefined, send }),
    report: {
      connected: () => undefined,
      acknowledged: () => undefined,
      notesAcknowledged: () => undefined,
      notesFailed: () => undefined,
      idle: () => count('idle'),
      failed: () => count('refused'),
    },
  });
  await until(() => happened.idle > 0);
  nowMs = 16 * 60_000;
  lifecycle.wake();
  await until(() => happened.refused > 0);
  await own.append([draft('session.closed', 'call')]);
  lifecycle.wake();
  await until(() => spool.waitingFrom(own.id) === 2);
  assert.equal(happened.refused, 1);
  lifecycle.stop();
  await finished;
});
