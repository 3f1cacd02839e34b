import type { BodyKind } from '@countersign/core/body/body-kind.ts';
import { isCsv, isEventStream, isForm, isJson, isJsonLines } from '@countersign/core/body/media-type.ts';
import { apis, type ReadApi } from '@countersign/core/policy/policy.ts';
import { didYouMean } from '@countersign/core/policy/suggest.ts';
import { UsageError } from '../up/configuration.ts';

/** By media type, without parameters. An event stream is read as OpenAI's, the one that most servers speak. */
const apisByType: readonly (readonly [fits: (contentType: string) => boolean, api: ReadApi])[] = [
  [isJson, 'json'],
  [isJsonLines, 'ndjson'],
  [isCsv, 'csv'],
  [isEventStream, 'openai'],
  [isForm, 'text'],
  [(contentType) => /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType), 'multipart'],
  [(contentType) => /^\s*text\/plain\s*(?:;|$)/i.test(contentType), 'text'],
];

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
  const api = apisByType.find(([fits]) => fits(contentType))?.[1];
  if (api !== undefined) return api;
  throw new UsageError(`no way to read ${JSON.stringify(contentType)} is known; say --api ${readable.join('|')}`);
}
