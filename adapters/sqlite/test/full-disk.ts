/** The story of a disk that fills up and is freed again, on whatever kind of full disk the caller makes. */
import assert from 'node:assert/strict';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { auditLedgers } from '../ledger-audit.ts';
import { draft, open, rowsOf } from './ledgers.ts';

export interface FullDisk {
  readonly directory: string;
  readonly maxFileBytes?: number;
  /** Takes what room there is. */
  fill(ledgerFile: string): void;
  free(ledgerFile: string): void;
}

const batchRecords = 50;

function batch(session: string): readonly RecordDraft[] {
  return Array.from({ length: batchRecords }, () => draft('payload.part', session, { sealed: 'A'.repeat(1000) }));
}

export async function fillAndFree({ directory, fill, free, ...limits }: FullDisk): Promise<void> {
  const said: string[] = [];
  const log = { info: () => undefined, warn: () => said.push('room'), error: () => said.push('full') };
  const recovered = Promise.withResolvers<void>();
  const ledger = await open(directory, {
    ...limits,
    log,
    probeEveryMs: 20,
    onDurable: () => {
      if (said.at(-1) === 'room') recovered.resolve();
    },
  });
  fill(ledger.file);

  const acknowledged: string[] = [];
  let refused = 0;
  for (let n = 0; refused === 0; n++) {
    const result = await ledger.append(batch(`s${n}`));
    if (result.ok) acknowledged.push(...result.value.map(({ seq }) => `s${n} ${seq}`));
    else refused++;
    if (!result.ok) assert.deepEqual(result.error, { code: 'ERR_LEDGER_FULL', reason: 'disk_full' });
  }
  assert.equal(ledger.state(), 'full');
  for (let n = 0; n < 3; n++) {
    const small = await ledger.append([draft('session.denied', 'small')]);
    assert.equal(!small.ok && small.error.code, 'ERR_LEDGER_FULL', 'a record that would fit is refused too');
    refused++;
  }

  free(ledger.file);
  await recovered.promise;
  assert.equal(ledger.state(), 'writing');
  const after = await ledger.append(batch('after'));
  assert.ok(after.ok);
  acknowledged.push(...after.value.map(({ seq }) => `after ${seq}`));
  await ledger.close('done');

  const rows = rowsOf(ledger.file);
  const places = new Set(rows.map(({ session, seq }) => `${session} ${seq}`));
  assert.deepEqual(
    acknowledged.filter((place) => !places.has(place)),
    [],
    'all that was acknowledged is there',
  );
  assert.ok(!rows.some(({ session }) => session === 'small'), 'what was refused is not');
  assert.equal(rows.filter(({ type }) => type === 'ledger.degraded').length, 1);
  const gaps = rows.filter(({ type }) => type === 'ledger.gap_declared').map(({ value }) => JSON.parse(value).data);
  assert.deepEqual(
    gaps.map(({ refused_appends, refused_records }) => ({ refused_appends, refused_records })),
    [{ refused_appends: refused, refused_records: batchRecords + 3 }],
  );
  assert.ok(gaps[0].since <= gaps[0].until);
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
  assert.deepEqual(said, ['full', 'room']);
}
