/**
 * Gemini: model and operation stand in the path (`/models/NAME:generateContent`). Its server reads JSON as protobuf does, so
 * `generation_config` is `generationConfig` too; both at once are refused.
 */
import { ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { longestList } from './generation.ts';
import { knownByName, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isRecord, type JsonRecord, member, optionalBoolean, optionalCount, wrongShape } from './shape.ts';

const modelPath = /\/(?:models|tunedModels|endpoints)\/([^/:]+):(\w+)$/;
const requestMembers = knownMembers('model', 'contents', 'requests', 'generationConfig', 'generateContentRequest');
const configMembers = knownMembers('maxOutputTokens', 'candidateCount', 'responseLogprobs', 'logprobs');

export function readGemini(body: unknown, bytes: number, path: string): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  const request = knownByName(body, requestMembers);
  if (request === undefined) return wrongShape('member_spelled_otherwise');
  const [, modelOfPath = '', operation = ''] = modelPath.exec(path) ?? [];
  const rows = rowsOf(request, operation, body);
  if (!rows.ok) return rows;
  const model = modelOf(request, modelOfPath);
  if (!model.ok) return model;
  const config = configOf(request);
  if (!config.ok) return config;
  const maxTokens = optionalCount(config.value, 'maxOutputTokens', 0n);
  if (!maxTokens.ok) return maxTokens;
  const n = optionalCount(config.value, 'candidateCount', 1n);
  if (!n.ok) return n;
  const logprobs = optionalBoolean(config.value, 'responseLogprobs');
  if (!logprobs.ok) return logprobs;
  const facts = {
    bytes: BigInt(bytes),
    rows: BigInt(rows.value),
    model: model.value,
    stream: operation.startsWith('stream'),
    max_tokens: maxTokens.value,
    n: n.value,
  };
  return ok({ facts, asksForLogprobs: logprobs.value });
}

function rowsOf(request: JsonRecord, operation: string, body: JsonRecord): Result<number, BodyError> {
  if (/^batch/.test(operation)) return lengthOf(member(request, 'requests'), 'requests');
  if (!/^(?:stream)?generateContent$/i.test(operation)) return ok(longestList(body));
  return lengthOf(member(request, 'contents'), 'contents');
}

/** A list of one may be written without its brackets. */
function lengthOf(value: unknown, name: string): Result<number, BodyError> {
  if (isRecord(value)) return ok(1);
  return Array.isArray(value) && value.length > 0 && value.every(isRecord)
    ? ok(value.length)
    : wrongShape(`${name}_not_a_list`);
}

/** A body that names another model than its path is refused: servers differ in which one they take. */
function modelOf(request: JsonRecord, ofPath: string): Result<string, BodyError> {
  const given = member(request, 'model') ?? '';
  if (typeof given !== 'string') return wrongShape('model_not_a_string');
  const named = given.slice(given.lastIndexOf('/') + 1);
  if (named !== '' && ofPath !== '' && named !== ofPath) return wrongShape('models_differ');
  return ok(named === '' ? ofPath : named);
}

function configOf(request: JsonRecord): Result<JsonRecord, BodyError> {
  const given = member(request, 'generationConfig') ?? {};
  if (!isRecord(given)) return wrongShape('generation_config_not_an_object');
  const config = knownByName(given, configMembers);
  return config === undefined ? wrongShape('member_spelled_otherwise') : ok(config);
}
