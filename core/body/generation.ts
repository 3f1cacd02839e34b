/** What requests for generated text have in common, read for the facts of rules. */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import type { RequestReading } from './request-reading.ts';
import { isCount, type JsonRecord, member, optionalBoolean, optionalCount, wrongShape } from './shape.ts';

export interface GenerationRead {
  readonly bytes: number;
  readonly rows: number;
  /** Members that limit the tokens of the answer. Servers differ in which one wins; a rule must see the largest. */
  readonly tokens?: readonly string[];
  /** Members that ask for several answers at once; likewise. */
  readonly answers?: readonly string[];
  /** What is true of a request that does not say. */
  readonly streams?: boolean;
  readonly asksForLogprobs?: boolean;
}

export function readGeneration(body: JsonRecord, read: GenerationRead): Result<RequestReading, BodyError> {
  const { bytes, rows, tokens = [], answers = [], streams = false, asksForLogprobs = false } = read;
  const model = member(body, 'model') ?? '';
  if (typeof model !== 'string') return wrongShape('model_not_a_string');
  const stream = (member(body, 'stream') ?? null) === null ? ok(streams) : optionalBoolean(body, 'stream');
  if (!stream.ok) return stream;
  const maxTokens = largestOf(body, tokens, 0n);
  if (!maxTokens.ok) return maxTokens;
  const n = largestOf(body, answers, 1n);
  if (!n.ok) return n;
  return ok({
    facts: {
      bytes: BigInt(bytes),
      rows: BigInt(rows),
      model,
      stream: stream.value,
      max_tokens: maxTokens.value,
      n: n.value,
    },
    asksForLogprobs,
  });
}

/** `absent` when none of them is there. */
export function largestOf(body: JsonRecord, keys: readonly string[], absent: bigint): Result<bigint, BodyError> {
  let largest: bigint | undefined;
  for (const key of keys) {
    const count = optionalCount(body, key, -1n);
    if (!count.ok) return count;
    if (count.value >= 0n && (largest === undefined || count.value > largest)) largest = count.value;
  }
  return ok(largest ?? absent);
}

/** `logprobs` is a boolean in some APIs, a count in others; servers take either. */
export function readLogprobs(body: JsonRecord): Result<boolean, BodyError> {
  const logprobs = member(body, 'logprobs') ?? false;
  if (typeof logprobs !== 'boolean' && typeof logprobs !== 'number') return wrongShape('logprobs_not_boolean');
  const top = optionalCount(body, 'top_logprobs', 0n);
  if (!top.ok) return top;
  return ok(logprobs !== false || top.value > 0n);
}

/** Rows of a member that is a text, the token ids of one, or a list of either. */
export function inputRows(value: unknown, key: string): Result<number, BodyError> {
  if (typeof value === 'string') return ok(1);
  if (!Array.isArray(value) || value.length === 0) return wrongShape(`${key}_not_an_input`);
  if (value.every(isCount)) return ok(1);
  const isInput = (item: unknown): boolean =>
    typeof item === 'string' || (Array.isArray(item) ? item.every(isCount) : typeof item === 'object' && item !== null);
  return value.every(isInput) ? ok(value.length) : wrongShape(`${key}_not_an_input`);
}

/** Rows of an operation that is not known: the longest list at the top, whatever it is called. */
export const longestList = (body: JsonRecord): number =>
  Object.values(body).reduce<number>((rows, value) => (Array.isArray(value) ? Math.max(rows, value.length) : rows), 1);
