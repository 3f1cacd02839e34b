import { joined } from '../bytes.ts';
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { countCsvRows } from './csv-rows.ts';
import { decodeUtf8, parseIJson } from './ijson.ts';
import { boundaryOf, MultipartFraming } from './multipart.ts';
import { type PartHeaders, parsePartHeaders } from './multipart-part.ts';
import { countNdjsonRows } from './ndjson.ts';
import { wrongShape } from './shape.ts';

/**
 * Rows are parts. Each part is read by its own content type; where two readers could see other parts than these (line ends, text
 * outside of parts), the body is refused.
 */
export function countParts(bytes: Uint8Array, contentType: string): Result<number, BodyError> {
  const boundary = boundaryOf(contentType);
  if (!boundary.ok) return wrongShape(boundary.error);
  const framing = new MultipartFraming(boundary.value);
  const isForm = /^\s*multipart\/form-data/i.test(contentType);
  let part: PartHeaders | undefined;
  let content: Uint8Array[] = [];
  for (const { kind, bytes: piece } of framing.push(bytes)) {
    if (kind === 'outside' && !piece.every(isBlank)) return wrongShape('multipart_text_outside');
    if (kind === 'body') content.push(piece);
    if (kind === 'delimiter' && part !== undefined) {
      const read = readPart(part, joined(content));
      if (!read.ok) return read;
      part = undefined;
    }
    if (kind !== 'headers') continue;
    const headers = parsePartHeaders(piece);
    if (!headers.ok) return wrongShape(headers.error);
    if (isForm && headers.value.name === '') return wrongShape('multipart_part_without_name');
    part = headers.value;
    content = [];
  }
  framing.end();
  if (framing.flaw !== undefined) return wrongShape(framing.flaw);
  if (framing.hasBareLineFeed) return wrongShape('multipart_bare_line_feed');
  return ok(framing.parts);
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** undefined inside `ok`: nothing to be refused. */
function readPart({ kind, contentType }: PartHeaders, content: Uint8Array): Result<unknown, BodyError> {
  switch (kind) {
    case 'json':
      return parseIJson(content);
    case 'ndjson':
      return countNdjsonRows(content);
    case 'csv':
      return countCsvRows(content, contentType);
    case 'form':
    case 'text':
      return decodeUtf8(content) === undefined
        ? { ok: false, error: { code: 'ERR_BODY_UTF8', reason: 'not_utf8' } }
        : ok(undefined);
    case 'binary':
      return ok(undefined);
  }
}
