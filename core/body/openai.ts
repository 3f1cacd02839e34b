/** OpenAI's operations, told apart by path. One that is not known is read for what all of them share. */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { inputRows, longestList, readGeneration, readLogprobs } from './generation.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, wrongShape } from './shape.ts';

const tokens = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
const answers = ['n', 'best_of'];
const requestMembers = knownMembers(
  'model',
  'messages',
  'prompt',
  'input',
  'include',
  'stream',
  'logprobs',
  'top_logprobs',
  ...tokens,
  ...answers,
);
const messageMembers = knownMembers('role', 'content');

const operations: readonly (readonly [path: RegExp, rows: (body: JsonRecord) => Result<number, BodyError>])[] = [
  [/\/chat\/completions$/, (body) => messageRows(body)],
  [/\/completions$/, (body) => inputRows(member(body, 'prompt'), 'prompt')],
  [/\/(?:responses|embeddings)$/, (body) => inputRows(member(body, 'input'), 'input')],
];

export function readOpenAi(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const operation = operations.find(([pattern]) => pattern.test(path));
  const rows = operation === undefined ? ok(longestList(body)) : operation[1](body);
  if (!rows.ok) return rows;
  const logprobs = readLogprobs(body);
  if (!logprobs.ok) return logprobs;
  const asksForLogprobs = logprobs.value || includesLogprobs(member(body, 'include'));
  return readGeneration(body, { bytes, rows: rows.value, tokens, answers, asksForLogprobs });
}

/** @returns how many messages there are, each with a role */
export function messageRows(body: JsonRecord): Result<number, BodyError> {
  const messages = member(body, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) return wrongShape('messages_not_a_list');
  for (const message of messages) {
    if (!isRecord(message) || typeof member(message, 'role') !== 'string') return wrongShape('message_without_role');
    if (hasMisspelt(message, messageMembers)) return wrongShape('member_spelled_otherwise');
  }
  return ok(messages.length);
}

/** `message.output_text.logprobs` of Responses. */
const includesLogprobs = (include: unknown): boolean =>
  Array.isArray(include) && include.some((item) => typeof item === 'string' && item.includes('logprobs'));
