import type { TestContext } from 'node:test';

const seed = Date.now() % 0x7fffffff;

/** Parameters of a property. The seed is printed always: that of a run that passed is worth knowing too. */
export function runs(test: TestContext, numRuns: number): { readonly seed: number; readonly numRuns: number } {
  test.diagnostic(`seed ${seed}`);
  return { seed, numRuns };
}
