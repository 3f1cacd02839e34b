import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listenOn, openPlain } from './listener.ts';
import { claimSocketPath } from './socket-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-socket-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const freshPath = (): string => join(folder, `${files++}.sock`);

/** What a killed process leaves behind. */
async function stale(path: string): Promise<void> {
  const source = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.stdout.write('x'))`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(statSync(path).isSocket());
}

const listenAt = (server: Server, path: string, access: 'owner' | 'group' = 'owner') =>
  listenOn(server, { kind: 'unix', path }, access);

test('a socket that a killed process left is taken away, and can be listened on', async () => {
  const path = freshPath();
  await stale(path);
  const listening = await listenAt(
    openPlain((socket) => socket.end('here')),
    path,
  );
  const [said] = await once(connect({ path }), 'data');
  assert.equal(String(said), 'here');
  await listening.close();
});

test('the file goes when the listener stops', async () => {
  const path = freshPath();
  const listening = await listenAt(
    openPlain(() => undefined),
    path,
  );
  assert.equal(listening.listen, `unix:${path}`);
  await listening.close();
  assert.equal(existsSync(path), false);
});

test('a socket on which somebody listens is left alone', async (t) => {
  const path = freshPath();
  const other = createServer().listen(path);
  await once(other, 'listening');
  t.after(() => other.close());
  await assert.rejects(
    listenAt(
      openPlain(() => undefined),
      path,
    ),
    /another process listens on it/,
  );
  assert.ok(statSync(path).isSocket());
});

test('a file that is no socket is left alone', async () => {
  const path = freshPath();
  writeFileSync(path, 'evidence');
  await assert.rejects(claimSocketPath(path), /is not a socket/);
  assert.equal(readFileSync(path, 'utf8'), 'evidence');
});

test('a link is left alone, and so is the dead socket it leads to', async () => {
  const [path, target] = [freshPath(), freshPath()];
  await stale(target);
  symlinkSync(target, path);
  await assert.rejects(claimSocketPath(path), /is not a socket/);
  assert.ok(existsSync(path) && statSync(target).isSocket());
});

test('a link that leads nowhere is left alone', async () => {
  const path = freshPath();
  symlinkSync(join(folder, 'nowhere'), path);
  await assert.rejects(claimSocketPath(path), /is not a socket/);
});

for (const [access, mode] of [
  ['owner', 0o600],
  ['group', 0o660],
] as const)
  test(`a socket for its ${access} has mode 0${mode.toString(8)}, and the process its umask as before`, async () => {
    const path = freshPath();
    const before = process.umask();
    const listening = await listenAt(
      openPlain(() => undefined),
      path,
      access,
    );
    assert.equal(statSync(path).mode & 0o777, mode);
    assert.equal(process.umask(), before);
    await listening.close();
  });

test('a folder in which everybody may write is no place for a socket, unless it is sticky', async () => {
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await assert.rejects(claimSocketPath(join(open, 's')), /writable by everybody/);
  chmodSync(open, 0o1777);
  await claimSocketPath(join(open, 's'));
});

test('a folder that is not there is said', async () => {
  await assert.rejects(claimSocketPath(join(folder, 'none', 's')), /is not a folder/);
});

test('a path that the kernel would cut is refused before anything is looked at', async () => {
  await assert.rejects(claimSocketPath(`/${'x'.repeat(107)}`), /too long for a Unix socket/);
});
