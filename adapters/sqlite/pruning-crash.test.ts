/** kill -9 while records are pruned. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import { auditLedgers } from './ledger-audit.ts';
import { ledgerFolder } from './test/ledgers.ts';
import { clockOfDays, start } from './test/pruning.ts';

const writer = fileURLToPath(new URL('./test/pruning-writer.ts', import.meta.url));
const rounds = times(20, 4);

/** Kills it within so many milliseconds after records went for the first time. @returns how many it said had gone */
async function pruneUntilKilled(directory: string, withinMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let gone = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = gone;
    for (const line of text.trim().split('\n')) gone += Number(line);
    if (before === 0 && gone > 0) setTimeout(() => child.kill('SIGKILL'), randomInt(withinMs));
  });
  const [, signal]: unknown[] = await exited;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
  return gone;
}

test('a writer is killed while it prunes: what is left verifies each time, and the next run goes on', async (t) => {
  const directory = ledgerFolder(t);
  for (let round = 0; round < rounds; round++) {
    assert.ok((await pruneUntilKilled(directory, 2000)) > 0);
    const ledger = await start(directory, clockOfDays());
    assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
    await ledger.close('done');
  }
  const { findings, ledgers } = auditLedgers(directory, () => undefined);
  assert.deepEqual(findings, []);
  assert.ok(ledgers.filter(({ pruned }) => pruned !== undefined).length > 1);
});
