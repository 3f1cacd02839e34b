import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { CsvFraming, fieldsOf, fieldValue, isHeader, separatorOf } from './csv.ts';
import { decodeUtf8 } from './ijson.ts';
import { parseMediaType } from './media-type.ts';
import { wrongShape } from './shape.ts';

/**
 * Rows are records that hold something, without the header. What RFC 4180 does not have is refused: where one reader sees the
 * end of a record and another a quoted line end, a rule over `rows` would hold for one of them only.
 */
export function countCsvRows(bytes: Uint8Array, contentType: string): Result<number, BodyError> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return err({ code: 'ERR_BODY_UTF8', reason: 'not_utf8' });
  const said = parseMediaType(contentType)?.parameters.get('header');
  const framing = new CsvFraming(Number.POSITIVE_INFINITY);
  let rows = 0;
  let separator: string | undefined;
  for (const record of everyRecord(framing, text.startsWith('\ufeff') ? text.slice(1) : text)) {
    if (record.flaw !== undefined) return wrongShape(record.flaw);
    if (record.text === '') continue;
    rows++;
    if (separator !== undefined) continue;
    separator = separatorOf(record.text);
    framing.separateBy(separator);
    if (isHeader(fieldsOf(record.text, separator).map(fieldValue), said)) rows--;
  }
  return ok(rows);
}

function* everyRecord(framing: CsvFraming, text: string) {
  for (const record of framing.push(text)) if (record !== 'too_long') yield record;
  const last = framing.end();
  if (last !== undefined) yield last;
}
