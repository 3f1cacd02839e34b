import type { ReadApi } from '../policy/policy.ts';
import { isCsv, isJsonLines, parseMediaType } from './media-type.ts';

/**
 * The content type that goes upstream: what was read as one thing here must not be read as another there. undefined: as it came.
 *
 * @param contentType of the request, '' when it has none
 */
export function forwardedType(api: ReadApi, contentType: string): string | undefined {
  // One with parameters that readers take apart differently is none of these.
  const type = parseMediaType(contentType)?.essence ?? '';
  switch (api) {
    // Read as what its own type says, which says where its parts end.
    case 'multipart':
    // Everything is text.
    case 'text':
      return undefined;
    case 'ndjson':
      return isJsonLines(type) ? undefined : 'application/x-ndjson';
    case 'csv':
      return isCsv(type) ? undefined : 'text/csv';
    default:
      return 'application/json';
  }
}
