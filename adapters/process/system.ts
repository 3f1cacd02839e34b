/** The world's clock, timers and identifiers, behind core's ports. */
import { createHash } from 'node:crypto';
import type { Clock, Hash, Ids, Timers } from '@countersign/core/ports.ts';
import { monotonicFactory } from 'ulid';
import { RandomPool } from '../keys/random-pool.ts';

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Monotonic within a process, so that sessions of one writer sort in the order they came. */
export function createIds(): Ids {
  const random = new RandomPool();
  // The library asks for each of sixteen characters by itself; its own source would be sixteen calls into the system.
  const next = monotonicFactory(() => random.byte() / 256);
  return { ulid: () => next() };
}

export const systemHash: Hash = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};
