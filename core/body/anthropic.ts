/** Anthropic's operations, told apart by path: messages, the count of their tokens, batches of them, and the older completions. */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { inputRows, longestList, readGeneration } from './generation.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import { messageRows } from './openai.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, wrongShape } from './shape.ts';

const tokens = ['max_tokens', 'max_tokens_to_sample'];
const requestMembers = knownMembers('model', 'messages', 'prompt', 'requests', 'stream', ...tokens);
const batchMembers = knownMembers('custom_id', 'params');

export function readAnthropic(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  if (/\/messages\/batches$/.test(path)) return readBatch(body, bytes);
  const rows = /\/messages(?:\/count_tokens)?$/.test(path)
    ? messageRows(body)
    : /\/complete$/.test(path)
      ? inputRows(member(body, 'prompt'), 'prompt')
      : ok(longestList(body));
  return rows.ok ? readGeneration(body, { bytes, rows: rows.value, tokens }) : rows;
}

/** Rows are requests. All of them name one model, as an endpoint has one; of their limits the largest counts. */
function readBatch(body: JsonRecord, bytes: number): Result<RequestReading, BodyError> {
  const requests = member(body, 'requests');
  if (!Array.isArray(requests) || requests.length === 0) return wrongShape('requests_not_a_list');
  let model = '';
  let maxTokens = 0n;
  for (const request of requests) {
    if (!isRecord(request) || hasMisspelt(request, batchMembers)) return wrongShape('member_spelled_otherwise');
    const params = member(request, 'params');
    if (!isRecord(params)) return wrongShape('params_not_an_object');
    const read = readAnthropic(params, bytes, '/messages');
    if (!read.ok) return read;
    const { facts } = read.value;
    if (model !== '' && facts.model !== model) return wrongShape('models_differ');
    model = facts.model;
    if (facts.max_tokens > maxTokens) maxTokens = facts.max_tokens;
  }
  const facts = {
    bytes: BigInt(bytes),
    rows: BigInt(requests.length),
    model,
    stream: false,
    max_tokens: maxTokens,
    n: 1n,
  };
  return ok({ facts, asksForLogprobs: false });
}
