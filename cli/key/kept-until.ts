import type { RingKey } from '@countersign/core/payload/key-ring.ts';

/** When what was last sealed with a retired key has been kept long enough, by the calendar. undefined: nobody can say. */
export function keptUntil({ retention, retired }: Pick<RingKey, 'retention' | 'retired'>): string | undefined {
  const [count, unit] = retention.split(' ');
  if (retired === undefined || unit === undefined) return undefined;
  const until = new Date(retired);
  const amount = Number(count);
  if (unit === 'days') until.setUTCDate(until.getUTCDate() + amount);
  else until.setUTCMonth(until.getUTCMonth() + (unit === 'years' ? 12 * amount : amount));
  return Number.isNaN(until.getTime()) ? undefined : until.toISOString();
}
