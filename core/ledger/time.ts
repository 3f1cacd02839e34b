/** RFC 3339 in UTC with milliseconds: the only spelling of a time in records. Formats and parses; reads no clock. */
export function isoTime(epochMs: number): string {
  if (epochMs !== last.epochMs) {
    // biome-ignore lint/style/noRestrictedGlobals: formatting an argument is arithmetic, not a clock
    last.text = new Date(epochMs).toISOString();
    last.epochMs = epochMs;
  }
  return last.text;
}

/** The records of one moment name it many times, and other exchanges name it too. */
const last = { epochMs: Number.NaN, text: '' };

const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const isRecordTime = (text: string): boolean => pattern.test(text);

/** Any RFC 3339 time, to the millisecond; undefined when it is none. */
export function epochMsOf(text: string): number | undefined {
  if (!rfc3339.test(text)) return undefined;
  // biome-ignore lint/style/noRestrictedGlobals: parsing an argument is arithmetic, not a clock
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
