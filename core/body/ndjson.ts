/** NDJSON: one JSON text a line. */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { countKeys, decodeUtf8, parseIJsonText } from './ijson.ts';

/** A line costs a microsecond to read, whatever is in it. */
const maxLines = 250_000;

/** Rows are lines that hold something, each of them strict I-JSON. LF ends one, a CR in front of it is a blank. */
export function countNdjsonRows(bytes: Uint8Array): Result<number, BodyError> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return err({ code: 'ERR_BODY_UTF8', reason: 'not_utf8' });
  // Of all lines together: up to the first that is no JSON this counts what the lines hold.
  const bulk = countKeys(text);
  if (typeof bulk === 'string') return err({ code: 'ERR_BODY_JSON', reason: bulk });
  let rows = 0;
  let line = 0;
  for (let from = 0; from < text.length; ) {
    if (++line > maxLines) return err({ code: 'ERR_BODY_JSON', reason: 'too_many_lines' });
    const end = text.indexOf('\n', from);
    const content = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    if (/^[ \t\r]*$/.test(content)) continue;
    const parsed = parseIJsonText(content);
    if (!parsed.ok) return err({ ...parsed.error, reason: `${parsed.error.reason}_in_line_${line}` });
    rows++;
  }
  return ok(rows);
}
