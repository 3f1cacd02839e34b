import { setTimeout as pause } from 'node:timers/promises';
import { arrayAt } from './json.ts';

const lookEveryMs = 100;

/** Resolves when all are ready. Rejects with their own reasons when they are not within `limitMs`. */
export async function waitUntilReady(probes: ReadonlyMap<string, string>, limitMs: number): Promise<void> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const unready = await Promise.all([...probes].map(([name, base]) => whyUnready(name, base)));
    const reasons = unready.filter((reason) => reason !== undefined);
    if (reasons.length === 0) return;
    if (performance.now() > limit) throw new Error(`not ready after ${limitMs / 1000} s: ${reasons.join('; ')}`);
    await pause(lookEveryMs);
  }
}

async function whyUnready(name: string, base: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const state: unknown = await response.json();
    return response.ok ? undefined : `${name} (${arrayAt(state, 'reasons').join(', ')})`;
  } catch (error) {
    return `${name} (${error instanceof Error ? error.message : String(error)})`;
  }
}
