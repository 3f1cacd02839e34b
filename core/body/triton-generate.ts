/** Triton's generate extension: a member for each input tensor of the model, and parameters. Most language models have `text_input`. */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { largestOf, longestList, readGeneration } from './generation.ts';
import { hasMisspelt, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, member, wrongShape } from './shape.ts';

const generatePath = /\/generate(?:_stream)?$/;
export const isGenerate = (path: string): boolean => generatePath.test(path);

const tokens = ['max_tokens', 'max_new_tokens'];
const requestMembers = knownMembers('text_input', 'parameters', 'stream', ...tokens);

export function readGenerate(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (hasMisspelt(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const parameters = member(body, 'parameters') ?? {};
  if (!isRecord(parameters)) return wrongShape('parameters_not_an_object');
  if (hasMisspelt(parameters, requestMembers)) return wrongShape('member_spelled_otherwise');
  const own = largestOf(parameters, tokens, 0n);
  if (!own.ok) return own;
  const read = readGeneration(body, { bytes, rows: longestList(body), tokens });
  if (!read.ok) return read;
  const { facts } = read.value;
  let maxTokens = facts.max_tokens;
  if (own.value > maxTokens) maxTokens = own.value;
  // The path says whether the answer is a stream; `stream` is an input of some models.
  const stream = path.endsWith('_stream');
  return ok({ ...read.value, facts: { ...facts, stream, max_tokens: maxTokens } });
}
