import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { exclusively } from './exclusive.mjs';

const resource = (name: string) => `/test/${process.pid}/${name}`;

test('of two bodies under one lock, the second starts when the first has ended', async () => {
  const order: string[] = [];
  const body = (name: string) => async () => {
    order.push(`${name} starts`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  await Promise.all([
    exclusively(resource('one'), 'testing', body('a')),
    exclusively(resource('one'), 'testing', body('b')),
  ]);
  assert.equal(order[0]?.replace('starts', 'ends'), order[1]);
  assert.equal(order[2]?.replace('starts', 'ends'), order[3]);
});

test('a body that throws frees the lock', async () => {
  const fail = exclusively(resource('two'), 'testing', async () => {
    throw new Error('failed');
  });
  await assert.rejects(fail, /failed/);
  assert.equal(await exclusively(resource('two'), 'testing', async () => 'free'), 'free');
});

test('a holder that is killed frees the lock: nothing stale to clean up', async (t) => {
  const name = resource('three');
  const module = new URL('exclusive.mjs', import.meta.url).href;
  const source = `
    import { exclusively } from ${JSON.stringify(module)};
    await exclusively(${JSON.stringify(name)}, 'testing', () => new Promise(() => {
      console.log('held');
      setInterval(() => {}, 1000);
    }));`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  const second = exclusively(name, 'testing', async () => 'free');
  holder.kill('SIGKILL');
  assert.equal(await second, 'free');
});
