/**
 * One set-up at a time per clone and per cached tool. The lock is a listening socket in Linux's abstract namespace: the kernel
 * frees it with the process that holds it, so that no killed set-up leaves a stale lock behind, and waiting is a connection that
 * ends. Across containers or hosts that share a cache there is no lock; there cache.mjs alone keeps the folders whole.
 */
import { createHash } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './progress.mjs';

const retryMs = 200;

/**
 * @template T
 * @param {string} resource what is protected: a path
 * @param {string} doing said when somebody else is at it
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function exclusively(resource, doing, body) {
  const name = `\0countersign-${createHash('sha256').update(`${process.getuid?.()} ${resource}`).digest('hex')}`;
  let waited = false;
  for (;;) {
    const lock = await take(name);
    if (lock) {
      try {
        return await body();
      } finally {
        lock.release();
      }
    }
    if (!waited) say(`another set-up is ${doing}; waiting for it`);
    waited = true;
    await holderGone(name);
  }
}

/** @param {string} name @returns {Promise<{ release(): void } | undefined>} undefined: somebody holds it */
function take(name) {
  return new Promise((resolve, reject) => {
    /** @type {Set<import('node:net').Socket>} */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.once('close', () => waiting.delete(socket)).on('error', () => socket.destroy());
    });
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: name }, () =>
      resolve({
        release() {
          server.close();
          for (const socket of waiting) socket.destroy();
        },
      }),
    );
  });
}

/** @param {string} name */
async function holderGone(name) {
  await new Promise((resolve) => {
    const socket = createConnection({ path: name });
    socket.once('error', resolve).once('close', resolve).resume();
  });
  await delay(retryMs);
}
