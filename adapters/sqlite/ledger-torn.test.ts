/**
 * A write that a power cut tore: some sectors are new, some are not. What had been synced before it was acknowledged is whole; the next
 * run follows that, whatever else is there.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import { auditLedgers } from './ledger-audit.ts';
import { draft, ledgerFolder, open, type Row, rowsOf } from './test/ledgers.ts';

const sectorBytes = 512;

/** A ledger's file and log, as they were at one moment. */
interface Moment {
  readonly db: Buffer;
  readonly log: Buffer;
  readonly rows: readonly Row[];
}

/** A run that is cut off: as it was when its last commit but one had been acknowledged, and its last one. */
async function cutOff(
  t: TestContext,
): Promise<{ readonly name: string; readonly before: Moment; readonly after: Moment }> {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  const moment = (): Moment => ({
    db: fs.readFileSync(ledger.file),
    log: fs.readFileSync(`${ledger.file}-wal`),
    rows: rowsOf(ledger.file),
  });
  for (let n = 0; n < 5; n++) await ledger.append([draft('session.opened', `s${n}`, { text: 'x'.repeat(n * 1000) })]);
  await ledger.append([draft('session.closed', 's0')]);
  const before = moment();
  await ledger.append(
    Array.from({ length: 40 }, (_, n) => draft('session.denied', `d${n}`, { text: 'y'.repeat(1000) })),
  );
  const after = moment();
  assert.ok(after.log.length > before.log.length);
  return { name: path.relative(directory, ledger.file), before, after };
}

/** What the next run makes of it: it starts, what was acknowledged is there, and the trail is consistent. */
async function assertFollowed(
  t: TestContext,
  name: string,
  torn: Omit<Moment, 'rows'>,
  { before, after }: { readonly before: Moment; readonly after: Moment },
) {
  const directory = ledgerFolder(t);
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, torn.db, { mode: 0o600 });
  fs.writeFileSync(`${file}-wal`, torn.log, { mode: 0o600 });
  const next = await open(directory);
  const found = rowsOf(file);
  assert.ok(found.length >= before.rows.length, 'acknowledged, and missing');
  assert.deepEqual(found, after.rows.slice(0, found.length));
  const ended = new Set(found.filter(({ type }) => type !== 'session.opened').map(({ session }) => session));
  const unended = found.filter(({ type, session }) => type === 'session.opened' && !ended.has(session));
  const aborted = rowsOf(next.file).filter(({ type }) => type === 'session.aborted');
  assert.deepEqual(
    aborted.map(({ session }) => session),
    unended.map(({ session }) => session),
  );
  await next.close('done');
  const { findings, exitCode } = auditLedgers(directory, () => undefined);
  assert.deepEqual([findings, exitCode], [[], 0]);
}

test('the last commit is torn in the log, before it was acknowledged: the next run follows the one before, or all of it', async (t) => {
  const { name, before, after } = await cutOff(t);
  const torn = fc.record({
    length: fc.integer({ min: before.log.length, max: after.log.length }),
    holes: fc.array(fc.nat({ max: Math.floor((after.log.length - before.log.length) / sectorBytes) }), {
      maxLength: 4,
    }),
    garbage: fc.integer({ min: 0, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(torn, async ({ length, holes, garbage }) => {
      const log = Buffer.from(after.log.subarray(0, length));
      for (const hole of holes) {
        const at = before.log.length + hole * sectorBytes;
        log.fill(garbage, Math.min(at, length), Math.min(at + sectorBytes, length));
      }
      await assertFollowed(t, name, { db: after.db, log }, { before, after });
    }),
    runs(t, times(500, 6)),
  );
});

test('the log is being put back into the file, and that is torn at any sector: the log still has all of it', async (t) => {
  const { name, after } = await cutOff(t);
  const whole = putBack(t, after);
  const sectors = Math.ceil(whole.length / sectorBytes);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: sectors }), { maxLength: 200 }),
      fc.nat({ max: sectors }),
      async (written, length) => {
        const db = Buffer.alloc(Math.max(after.db.length, length * sectorBytes));
        after.db.copy(db);
        for (const sector of written)
          whole.copy(db, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes);
        await assertFollowed(
          t,
          name,
          { db: db.subarray(0, Math.min(db.length, whole.length)), log: after.log },
          { before: after, after },
        );
      },
    ),
    runs(t, times(300, 4)),
  );
});

/** The file with the log in it. */
function putBack(t: TestContext, { db, log }: Moment): Buffer {
  const file = path.join(ledgerFolder(t), 'whole.db');
  fs.writeFileSync(file, db);
  fs.writeFileSync(`${file}-wal`, log);
  const open = new DatabaseSync(file);
  open.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  open.close();
  return fs.readFileSync(file);
}
