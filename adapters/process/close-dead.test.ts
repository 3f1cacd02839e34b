import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLedgerKey } from '../keys/ledger-key.ts';
import { ledgerKeyForTests } from '../keys/test/ledger-key.ts';
import type { OpenLedger } from '../sqlite/ledger.ts';
import { auditLedgers } from '../sqlite/ledger-audit.ts';
import { listLedgerFiles, replicaPlace } from '../sqlite/ledger-directory.ts';
import { draft, ledgerFolder, open, replica, rowsOf, service } from '../sqlite/test/ledgers.ts';
import { type CloseDeadOptions, startClosingDead } from './close-dead.ts';
import { minutesOfTests } from './minutes.testing.ts';

const writer = fileURLToPath(new URL('../sqlite/test/writer.ts', import.meta.url));

/** A process that writes as the replica, killed when it has something under way. */
async function killedWriter(directory: string): Promise<void> {
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  child.stdout.once('data', () => child.kill('SIGKILL'));
  await exited;
}

/** A peer on the same host, whose minutes pass when the test says so. */
async function peerIn(t: TestContext, directory: string, options: Partial<CloseDeadOptions> = {}) {
  const own = await open(directory, { replica: 'p2' });
  const { timers, minute } = minutesOfTests();
  const said: string[] = [];
  const say = (_: object, message: string): void => void said.push(message);
  const stop = startClosingDead({
    directory,
    own: own.id,
    issuer: ledgerKeyForTests.key,
    open: (dead) => open(directory, dead),
    timers,
    log: { info: say, warn: say },
    ...options,
  });
  t.after(stop);
  const minutes = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await minute();
  };
  return { own, minutes, said };
}

const ledgersOf = (directory: string) => listLedgerFiles(replicaPlace(directory, service, replica));
const typesIn = (file: string): readonly string[] => rowsOf(file).map(({ type }) => type);

/** How many are under way is a matter of the instant of its death; there may be none. */
function unendedIn(file: string): readonly (string | null)[] {
  const rows = rowsOf(file);
  const ended = new Set(rows.filter(({ type }) => type === 'session.closed').map(({ session }) => session));
  return rows
    .filter(({ type, session }) => type === 'session.opened' && !ended.has(session))
    .map(({ session }) => session);
}

async function assertWhole(directory: string, ...ledgers: readonly OpenLedger[]): Promise<void> {
  for (const ledger of ledgers) await ledger.close('done');
  const { findings, exitCode } = auditLedgers(directory, () => undefined);
  assert.deepEqual([findings, exitCode], [[], 0]);
}

test('a replica that was killed and is not started again: a peer aborts its sessions and closes, once, after a quarter of an hour', async (t) => {
  const directory = ledgerFolder(t);
  await killedWriter(directory);
  const { own, minutes, said } = await peerIn(t, directory);
  await minutes(14);
  assert.equal(ledgersOf(directory).length, 1);
  assert.equal(auditLedgers(directory, () => undefined).exitCode, 14);
  await minutes(40);
  const [dead, last, ...more] = ledgersOf(directory);
  assert.ok(dead && last);
  assert.deepEqual([more, said], [[], ['a replica is dead: its sessions have their end now']]);
  const types = typesIn(last.file);
  assert.deepEqual(types, ['ledger.opened', ...unendedIn(dead.file).map(() => 'session.aborted'), 'ledger.closed']);
  assert.match(rowsOf(last.file).at(-1)?.value ?? '', new RegExp(`"reason":"dead; closed by ${own.id}"`));
  await assertWhole(directory, own);
});

test('it comes back after that: its next run follows the one that the peer wrote for it', async (t) => {
  const directory = ledgerFolder(t);
  await killedWriter(directory);
  const { own, minutes } = await peerIn(t, directory);
  await minutes(15);
  const back = await open(directory);
  assert.deepEqual(typesIn(back.file), ['ledger.opened']);
  await assertWhole(directory, own, back);
});

test('it comes back before: the quarter of an hour begins anew when it dies again', async (t) => {
  const directory = ledgerFolder(t);
  await killedWriter(directory);
  const { own, minutes } = await peerIn(t, directory);
  await minutes(10);
  const back = await open(directory);
  await minutes(1);
  await back.close('done');
  await killedWriter(directory);
  await minutes(10);
  assert.equal(ledgersOf(directory).length, 3);
  await minutes(5);
  assert.equal(ledgersOf(directory).length, 4);
  await assertWhole(directory, own);
});

test('one that is alive, one that closed its ledger, and one of another long-term key are left alone', async (t) => {
  const directory = ledgerFolder(t);
  const alive = await open(directory, { replica: 'alive' });
  await alive.append([draft('session.opened', 's1')]);
  await (await open(directory, { replica: 'closed' })).close('done');
  await killedWriter(directory);
  const issuer = createLedgerKey({ id: '', secret: createSecretKey(Buffer.alloc(32, 9)) }).key;
  const { minutes, said } = await peerIn(t, directory, { issuer });
  await minutes(40);
  assert.deepEqual(said, []);
  assert.equal(ledgersOf(directory).length, 1);
});

test('it comes back, or another peer is faster, in that very moment: nothing happens', async (t) => {
  const directory = ledgerFolder(t);
  await killedWriter(directory);
  const faster: OpenLedger[] = [];
  const { own, minutes, said } = await peerIn(t, directory, {
    async open(dead) {
      faster.push(await open(directory, dead));
      return open(directory, dead);
    },
  });
  await minutes(20);
  assert.deepEqual(said, ['a replica that looked dead is not']);
  assert.equal(ledgersOf(directory).length, 2);
  await assertWhole(directory, own, ...faster);
});
