import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { auditLedgers } from './ledger-audit.ts';
import { listLedgerFiles, replicaPlace } from './ledger-directory.ts';
import { createFailingDisk, skipWithoutCompiler } from './test/failing-disk.ts';
import { ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const writer = fileURLToPath(new URL('./test/writer.ts', import.meta.url));
test('a failed fsync ends the process at once: nothing is acknowledged after it, and it is never tried again', {
  skip: skipWithoutCompiler,
}, async (t) => {
  const folder = ledgerFolder(t);
  const directory = path.join(folder, 'ledger');
  const disk = createFailingDisk(folder);
  const env = { ...process.env, ...disk.env };
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = once(child, 'exit');
  let acknowledged = '';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    acknowledged += text;
    if (!disk.fails) disk.fail();
  });
  const [code]: unknown[] = await exited;
  assert.equal(code, 1, said);
  assert.match(said, /disk I\/O error/);

  const [place] = listLedgerFiles(replicaPlace(directory, service, replica));
  assert.ok(place);
  const places = new Set(rowsOf(place.file).map(({ session, seq }) => `${session} ${seq}`));
  const lines = acknowledged.split('\n').slice(0, -1);
  assert.ok(lines.length > 0);
  assert.deepEqual(
    lines.filter((line) => !places.has(line)),
    [],
  );
  await (await open(directory)).close('done');
  assert.deepEqual(auditLedgers(directory, () => undefined).findings, []);
});
