/** OpenAI chat completions. Other operations of that API have other shapes and other text lanes: refused, not guessed. */
import type { BodyFacts } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, optionalBoolean, optionalCount, wrongShape } from './shape.ts';

const chatPath = /\/chat\/completions$/;

const requestMembers = knownMembers(
  'model',
  'messages',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'logprobs',
  'top_logprobs',
);
const messageMembers = knownMembers('role', 'content');

export function readOpenAi(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!chatPath.test(path)) return err({ code: 'ERR_BODY_OPERATION', reason: 'only_chat_completions' });
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const messages = member(body, 'messages');
  if (!Array.isArray(messages) || messages.length === 0) return wrongShape('messages_not_a_list');
  for (const message of messages) {
    if (!isRecord(message) || typeof member(message, 'role') !== 'string') return wrongShape('message_without_role');
    if (hasMisspelt(message, messageMembers)) return wrongShape('member_spelled_otherwise');
  }
  const model = member(body, 'model') ?? '';
  if (typeof model !== 'string') return wrongShape('model_not_a_string');
  const stream = optionalBoolean(body, 'stream');
  if (!stream.ok) return stream;
  const maxTokens = largestOf(body, ['max_tokens', 'max_completion_tokens']);
  if (!maxTokens.ok) return maxTokens;
  const n = optionalCount(body, 'n', 1n);
  if (!n.ok) return n;
  const logprobs = readLogprobs(body);
  if (!logprobs.ok) return logprobs;
  const facts: BodyFacts = {
    bytes: BigInt(bytes),
    rows: BigInt(messages.length),
    model,
    stream: stream.value,
    max_tokens: maxTokens.value,
    n: n.value,
  };
  return ok({ facts, asksForLogprobs: logprobs.value });
}

/** Servers differ in which of the two wins; a rule must see the larger. 0 when neither is there. */
function largestOf(body: JsonRecord, keys: readonly string[]): Result<bigint, BodyError> {
  let largest = 0n;
  for (const key of keys) {
    const count = optionalCount(body, key, 0n);
    if (!count.ok) return count;
    if (count.value > largest) largest = count.value;
  }
  return ok(largest);
}

/** `logprobs` is a boolean in chat completions, a count in legacy ones; servers take either. */
function readLogprobs(body: JsonRecord): Result<boolean, BodyError> {
  const logprobs = member(body, 'logprobs') ?? false;
  if (typeof logprobs !== 'boolean' && typeof logprobs !== 'number') return wrongShape('logprobs_not_boolean');
  const top = optionalCount(body, 'top_logprobs', 0n);
  if (!top.ok) return top;
  return ok(logprobs !== false || top.value > 0n);
}
