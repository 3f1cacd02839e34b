import type { Timers } from '../ports.ts';
import { err, type Result } from '../result.ts';
import type { ByteBudget } from './byte-budget.ts';
import { type Refused, refused } from './stop.ts';
import { headOf, type StoredBody } from './stored-body.ts';

/** A body on disk comes back for its turn in memory; many large ones at once wait for room, not all at the same time. */
const roomWithinMs = 10_000;
const noRoom = refused('ERR_BUSY', 'request_memory_in_use', { retryAfter: 1 });

/** Runs what takes as much memory as the body is long, where that is not taken already. undefined: nothing more is taken. */
export async function withRoomFor<E>(
  body: StoredBody | undefined,
  on: { readonly budget: ByteBudget; readonly timers: Timers },
  run: () => Promise<E | undefined>,
): Promise<E | Refused | undefined> {
  if (body === undefined || body.inMemory !== undefined) return run();
  if (!(await on.budget.takeWithin(body.length, roomWithinMs, on.timers))) return noRoom;
  try {
    return await run();
  } finally {
    on.budget.give(body.length);
  }
}

/** Gives `use` all bytes of a body at once. They are not to be kept. */
export async function withWhole<T, E>(
  body: StoredBody,
  on: { readonly budget: ByteBudget; readonly timers: Timers },
  use: (bytes: Uint8Array) => Result<T, E>,
): Promise<Result<T, E | Refused>> {
  if (body.inMemory !== undefined) return use(body.inMemory);
  if (!(await on.budget.takeWithin(body.length, roomWithinMs, on.timers))) return err(noRoom);
  try {
    const whole = await headOf(body, body.length);
    return whole.ok ? use(whole.value) : whole;
  } finally {
    on.budget.give(body.length);
  }
}
