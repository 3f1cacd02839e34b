/** RFC 3339 in UTC with milliseconds: the only spelling of a time in records. Formats; reads no clock. */
export function isoTime(epochMs: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: formatting an argument is arithmetic, not a clock
  return new Date(epochMs).toISOString();
}
