import type { BodyKind } from '@countersign/core/body/body-kind.ts';
import { apis, type ReadApi } from '@countersign/core/policy/policy.ts';
import { didYouMean } from '@countersign/core/policy/suggest.ts';
import { UsageError } from '../up/configuration.ts';

/** By media type, without parameters. An event stream is read as OpenAI's, the one that most servers speak. */
const apiOfType: Readonly<Record<string, ReadApi>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-www-form-urlencoded': 'text',
  'multipart/form-data': 'multipart',
  'text/csv': 'csv',
  'text/event-stream': 'openai',
  'text/plain': 'text',
};

const readable: readonly ReadApi[] = apis.filter((api) => api !== 'opaque');

export interface KindOptions {
  readonly contentType: string;
  readonly api?: string;
  readonly path: string;
}

/** Read like the body of an answer. */
export function bodyKindOf({ contentType, api, path }: KindOptions): BodyKind {
  return { api: api === undefined ? fromType(contentType) : named(api), direction: 'response', contentType, path };
}

function named(name: string): ReadApi {
  const api = readable.find((one) => one === name);
  if (api !== undefined) return api;
  throw new UsageError(`unknown api "${name}": ${didYouMean(name, readable) ?? `known: ${readable.join(', ')}`}`);
}

function fromType(contentType: string): ReadApi {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const api = Object.hasOwn(apiOfType, type) ? apiOfType[type] : type.endsWith('+json') ? 'json' : undefined;
  if (api !== undefined) return api;
  throw new UsageError(`no way to read ${JSON.stringify(contentType)} is known; say --api ${readable.join('|')}`);
}
