/** Sizes and durations as people write them. A bare number is refused for durations: nobody knows its unit. */

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const sizePattern = /^(\d{1,12}) ?(B|KiB|MiB|GiB)$/;
export const durationPattern = /^(\d{1,12}) ?(ms|s|m|h|d)$/;
export const retentionPattern = /^[1-9]\d{0,3} (days|months|years)$/;

export const sizeWords = 'a size such as 512 KiB or 8 MiB (B, KiB, MiB, GiB)';
export const durationWords = 'a duration with its unit, such as 240s, 30m or 24h (ms, s, m, h, d)';
export const retentionWords = 'a retention such as 90 days, 25 months or 7 years';

/** `8 MiB` → 8388608 bytes; undefined when it is no size or not a safe integer. */
export function parseSize(text: string): number | undefined {
  return multiply(sizePattern.exec(text), sizeUnits);
}

/** `240s` → 240000 milliseconds; undefined when it is no duration or not a safe integer. */
export function parseDuration(text: string): number | undefined {
  return multiply(durationPattern.exec(text), durationUnits);
}

const retentionDays: Readonly<Record<string, number>> = { days: 1, months: 31, years: 366 };

/** `25 months` → milliseconds, at least as long as any calendar has it; undefined when it is no retention. */
export function parseRetention(text: string): number | undefined {
  if (!retentionPattern.test(text)) return undefined;
  const [amount, unit = ''] = text.split(' ');
  const days = retentionDays[unit];
  return days === undefined ? undefined : Number(amount) * days * 86_400_000;
}

function multiply(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | undefined {
  const unit = units[match?.[2] ?? ''];
  if (unit === undefined) return undefined;
  const amount = Number(match?.[1]) * unit;
  return Number.isSafeInteger(amount) ? amount : undefined;
}
