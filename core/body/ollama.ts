/** Ollama's operations, told apart by path. What generates text streams unless the request says that it must not. */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { inputRows, longestList, readGeneration, readLogprobs } from './generation.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import { messageRows } from './openai.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, wrongShape } from './shape.ts';

const requestMembers = knownMembers(
  'model',
  'messages',
  'prompt',
  'input',
  'stream',
  'options',
  'logprobs',
  'top_logprobs',
);
const optionMembers = knownMembers('num_predict');

export function readOllama(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const rows = rowsOf(body, path);
  if (!rows.ok) return rows;
  const logprobs = readLogprobs(body);
  if (!logprobs.ok) return logprobs;
  const maxTokens = maxTokensOf(body);
  if (!maxTokens.ok) return maxTokens;
  const read = readGeneration(body, {
    bytes,
    rows: rows.value,
    streams: /\/api\/(?:generate|chat)$/.test(path),
    asksForLogprobs: logprobs.value,
  });
  if (!read.ok) return read;
  return ok({ ...read.value, facts: { ...read.value.facts, max_tokens: maxTokens.value } });
}

function rowsOf(body: JsonRecord, path: string): Result<number, BodyError> {
  if (/\/api\/chat$/.test(path)) return hasMessages(body) ? messageRows(body) : ok(0);
  if (/\/api\/embed$/.test(path)) return inputRows(member(body, 'input'), 'input');
  return ok(longestList(body));
}

/** Without messages it only loads the model. */
const hasMessages = (body: JsonRecord): boolean => {
  const messages = member(body, 'messages') ?? [];
  return !Array.isArray(messages) || messages.length > 0;
};

/** Negative is without a limit, which is 0 here as it is where nothing is said. */
function maxTokensOf(body: JsonRecord): Result<bigint, BodyError> {
  const options = member(body, 'options') ?? {};
  if (!isRecord(options) || hasMisspelt(options, optionMembers)) return wrongShape('options_not_an_object');
  const limit = member(options, 'num_predict') ?? 0;
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit)) return wrongShape('num_predict_not_a_count');
  return ok(limit < 0 ? 0n : BigInt(limit));
}
