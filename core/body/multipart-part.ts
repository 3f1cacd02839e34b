/** One part of a multipart body: what its headers say, and so how its bytes are read. */
import { err, ok, type Result } from '../result.ts';
import { decodeUtf8 } from './ijson.ts';
import {
  isCsv,
  isEventStream,
  isForm,
  isJson,
  isJsonLines,
  type MediaType,
  namesUtf8,
  parseMediaType,
} from './media-type.ts';

export interface PartHeaders {
  /** Of the form field; '' when there is none. */
  readonly name: string;
  readonly contentType: string;
  readonly kind: PartKind;
  readonly lines: readonly HeaderLine[];
}

export interface HeaderLine {
  readonly name: string;
  /** Between the colon and the end, blanks around it included. */
  readonly value: string;
  /** CRLF or LF. */
  readonly end: string;
}

/** `binary`: nothing that can be read as text. */
export type PartKind = 'json' | 'ndjson' | 'csv' | 'form' | 'text' | 'binary';

/** The error is a reason. */
export function parsePartHeaders(block: Uint8Array): Result<PartHeaders, string> {
  const text = decodeUtf8(block);
  if (text === undefined) return err('multipart_headers_not_utf8');
  const lines: HeaderLine[] = [];
  for (const [, line = '', end = ''] of text.matchAll(/([^\n]*?)(\r?\n)/g)) {
    if (line === '') break;
    // A folded line begins with a blank, and readers join it differently.
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\0]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return err('multipart_header_unreadable');
    lines.push({ name, value, end });
  }
  return readLines(lines);
}

function readLines(lines: readonly HeaderLine[]): Result<PartHeaders, string> {
  const single = new Map<string, string>();
  for (const { name, value } of lines) {
    const known = name.toLowerCase();
    if (single.has(known)) return err('multipart_header_repeated');
    single.set(known, value.trim());
  }
  // RFC 7578, 4.7: nobody sends it any more, and what it encodes would not be read.
  const encoding = single.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
  if (!['binary', '8bit', '7bit'].includes(encoding)) return err('multipart_transfer_encoding');
  if (single.has('content-encoding')) return err('multipart_part_coded');
  const disposition = parseMediaType(single.get('content-disposition') ?? 'form-data');
  const contentType = single.get('content-type') ?? '';
  const type = parseMediaType(contentType);
  if (disposition === undefined || type === undefined) return err('multipart_header_unreadable');
  const name = disposition.parameters.get('name') ?? '';
  // RFC 7578, 4.6: it would say in which charset the others are.
  if (name === '_charset_') return err('multipart_charset_field');
  const kind = kindOf(type);
  return kind.ok ? ok({ name, contentType, kind: kind.value, lines }) : kind;
}

function kindOf({ essence, parameters }: MediaType): Result<PartKind, string> {
  if (!namesUtf8(parameters.get('charset'))) return err('charset_not_utf8');
  if (essence.startsWith('multipart/')) return err('multipart_nested');
  if (isEventStream(essence)) return err('unexpected_event_stream');
  if (isJson(essence)) return ok('json');
  if (isJsonLines(essence)) return ok('ndjson');
  if (isCsv(essence)) return ok('csv');
  if (isForm(essence)) return ok('form');
  return ok(essence === '' || textTypes.test(essence) ? 'text' : 'binary');
}

/** SVG and other XML is text, whatever it shows. */
const textTypes = /^text\/|\+(?:xml|yaml)$|^application\/(?:xml|yaml|x-yaml|javascript|graphql|sql|toml)$/;
