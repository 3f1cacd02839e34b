import type { ReadApi } from '../policy/policy.ts';
import { parseMediaType } from './media-type.ts';

const lines = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
];
const tables = ['text/csv', 'application/csv', 'text/tab-separated-values'];

/**
 * The content type that goes upstream: what was read as one thing here must not be read as another there. undefined: as it came.
 *
 * @param contentType of the request, '' when it has none
 */
export function forwardedType(api: ReadApi, contentType: string): string | undefined {
  switch (api) {
    // Read as what its own type says, which says where its parts end.
    case 'multipart':
    // Everything is text.
    case 'text':
      return undefined;
    case 'ndjson':
      return isOneOf(lines, contentType) ? undefined : lines[0];
    case 'csv':
      return isOneOf(tables, contentType) ? undefined : tables[0];
    default:
      return 'application/json';
  }
}

const isOneOf = (types: readonly string[], contentType: string): boolean =>
  types.includes(parseMediaType(contentType)?.essence ?? '');
