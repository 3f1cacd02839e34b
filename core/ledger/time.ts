/** RFC 3339 in UTC with milliseconds: the only spelling of a time in records. Formats; reads no clock. */
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
