import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { auditLedgers } from './ledger-audit.ts';
import { listLedgerFiles, replicaPlace } from './ledger-directory.ts';
import { ledgerFolder, open, replica, rowsOf, service } from './test/ledgers.ts';

const writer = fileURLToPath(new URL('./test/writer.ts', import.meta.url));
/** Set-up compiles an addon, so one of them is there; a C++ compiler takes C by `-x c`. */
const compiler = ['cc', 'gcc', 'c++', 'g++', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

/** A disk that begins to fail once a file exists. */
const shim = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int failing(void) { return access(getenv("FAILING_DISK"), F_OK) == 0; }
#define FAIL(name) int name(int fd) { \\
  if (failing()) { errno = EIO; return -1; } \\
  return ((int (*)(int))dlsym(RTLD_NEXT, #name))(fd); }
FAIL(fsync)
FAIL(fdatasync)
`;

test('a failed fsync ends the process at once: nothing is acknowledged after it, and it is never tried again', {
  skip: compiler === undefined ? 'no C compiler here: a disk that fails cannot be imitated' : false,
}, async (t) => {
  const folder = ledgerFolder(t);
  const directory = path.join(folder, 'ledger');
  const failing = path.join(folder, 'failing');
  const library = path.join(folder, 'shim.so');
  fs.writeFileSync(`${library}.c`, shim);
  const flags = ['-x', 'c', '-shared', '-fPIC', '-o', library, `${library}.c`, '-ldl'];
  const built = spawnSync(compiler ?? '', flags, { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);

  const env = { ...process.env, LD_PRELOAD: library, FAILING_DISK: failing };
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = once(child, 'exit');
  let acknowledged = '';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    acknowledged += text;
    if (!fs.existsSync(failing)) fs.writeFileSync(failing, '');
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
