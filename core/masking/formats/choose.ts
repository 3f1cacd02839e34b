/** Which of the formats here masks a body; undefined: none of them, it is one text or an API of its own. */
import type { BodyKind } from '../../body/body-kind.ts';
import { charsetIsUtf8, isEventStream, isForm, isJson } from '../../body/media-type.ts';
import { boundaryOf } from '../../body/multipart.ts';
import type { BodyMasker } from '../masker.ts';
import { Withheld } from '../plain-maskers.ts';
import { CsvFormat } from './csv.ts';
import { FormFormat } from './form.ts';
import { FormatMasker } from './format-masker.ts';
import type { Inner } from './inner.ts';
import { MultipartMasker } from './multipart.ts';
import { NdjsonMasker } from './ndjson.ts';

/**
 * The api decides, in both directions. Servers answer in other words than they were asked, in errors above all: JSON where CSV or
 * parts were asked for is masked as the JSON it says it is.
 */
export function formatMasker(
  { api, contentType, direction }: BodyKind,
  newInner: () => Inner,
  maxBytes: number,
): BodyMasker | undefined {
  if (!ownApis.has(api) && !(api === 'text' && isForm(contentType))) return undefined;
  if (!charsetIsUtf8(contentType)) return new Withheld('charset_not_utf8');
  if (isEventStream(contentType)) return new Withheld('unexpected_event_stream');
  const inner = newInner();
  const answersInJson = direction === 'response' && isJson(contentType);
  switch (api) {
    case 'ndjson':
      return answersInJson ? inner.json() : new NdjsonMasker(inner, maxBytes);
    case 'csv':
      return answersInJson ? inner.json() : new FormatMasker(new CsvFormat(inner, contentType, maxBytes), inner);
    case 'multipart': {
      const boundary = boundaryOf(contentType);
      if (boundary.ok) return new MultipartMasker(newInner, boundary.value, maxBytes);
      if (direction === 'request') return new Withheld(boundary.error);
      return isJson(contentType) ? inner.json() : inner.text();
    }
    case 'kserve-v1':
    case 'tf-serving':
      return inner.jsonValues();
    default:
      return new FormatMasker(new FormFormat(inner, maxBytes), inner);
  }
}

const ownApis: ReadonlySet<BodyKind['api']> = new Set(['ndjson', 'csv', 'multipart', 'kserve-v1', 'tf-serving']);
