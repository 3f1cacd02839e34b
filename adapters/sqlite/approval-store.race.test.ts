import assert from 'node:assert/strict';
import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expiresMs, requestOf, startMs } from '@countersign/core/approval/request.testing.ts';
import { good, openStore, temporaryFile, verdictOf } from './test/approvals.ts';

const racer = fileURLToPath(new URL('test/approval-racer.ts', import.meta.url));

interface Racer {
  readonly process: ChildProcess;
  say(command: string): Promise<string>;
}

async function startRacer(context: TestContext, file: string): Promise<Racer> {
  return await follow(context, spawn(process.execPath, [racer, file], { stdio: ['pipe', 'pipe', 'inherit'] }));
}

async function follow(context: TestContext, child: ChildProcessByStdio<Writable, Readable, null>): Promise<Racer> {
  context.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');
  return {
    process: child,
    say: async (command) => {
      child.stdin.write(`${command}\n`);
      return String((await lines.next()).value);
    },
  };
}

const requesters = Array.from({ length: 25 }, (_, index) => `caller-${index}`);

test('processes that race for one approval: exactly one uses it, and the log shows one use', async (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const racers = await Promise.all([1, 2, 3].map(() => startRacer(context, file)));
  for (const subject of requesters) {
    const requester = { subject, issuer: 'https://login.bank.test' };
    const { approval } = good(store.request(requestOf({ requester }), startMs));
    good(store.decide(approval.id, verdictOf('rex'), startMs));
    const answers = await Promise.all(racers.map((one, index) => one.say(`consume ${approval.id} S${index}`)));
    assert.deepEqual(answers.toSorted(), ['ERR_APPROVAL_NOT_OPEN', 'ERR_APPROVAL_NOT_OPEN', 'ok']);
    const uses = good(store.history(approval.id)).filter(({ type }) => type === 'consumed');
    assert.equal(uses.length, 1);
    assert.equal(good(store.get(approval.id, startMs)).consumedBy, `S${answers.indexOf('ok')}`);
  }
});

test('processes that ask for the same call at the same time share one approval', async (context) => {
  const file = temporaryFile(context);
  const racers = await Promise.all([1, 2, 3].map(() => startRacer(context, file)));
  for (const subject of requesters) {
    const answers = await Promise.all(racers.map((one) => one.say(`request ${subject}`)));
    assert.equal(new Set(answers.map((answer) => answer.split(' ')[0])).size, 1, answers.join());
    assert.equal(answers.filter((answer) => answer.endsWith('made')).length, 1);
  }
});

test('a decision of another process wakes a waiting call, and survives the death of that process', async (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(requestOf(), startMs));
  const other = await startRacer(context, file);
  const waiting = store.settled(approval.id, startMs + expiresMs, new AbortController().signal);
  void other.say(`approve-and-die ${approval.id}`);
  const [, signal] = await once(other.process, 'exit');
  assert.equal(signal, 'SIGKILL');
  assert.equal(good(await waiting).state, 'approved');
});

// A file system of one megabyte in a user namespace of its own: a real ENOSPC, without root.
const ownNamespace = ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && shift && exec "$@"', 'sh'];
const namespaces = spawnSync('unshare', [...ownNamespace, '/tmp', 'true']).status === 0;

test('a full disk refuses and recovers by itself', {
  skip: namespaces ? false : 'needs unprivileged user namespaces (unshare -Urm)',
}, async (context) => {
  const file = temporaryFile(context);
  const command = [...ownNamespace, dirname(file), process.execPath, racer, file];
  const full = await follow(context, spawn('unshare', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
  assert.equal(await full.say('fill 600000'), 'ok');
  assert.equal(await full.say('requests 1000'), 'ERR_APPROVAL_STORE store_full');
  assert.equal(await full.say('request again'), 'ERR_APPROVAL_STORE');
  assert.equal(await full.say('free'), 'ok');
  assert.match(await full.say('request again'), /made$/);
});
