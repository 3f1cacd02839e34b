const firstMs = 100;
const capMs = 5_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`; attempts count from 1. Doubles up to a cap. Half of it is random, so that
 * the replicas of a service do not all knock at the moment a broker is back.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
