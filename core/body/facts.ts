/** What rules may know of a request body, read from the same bytes that are digested and forwarded. */
import type { BodyFacts } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import { readAnthropic } from './anthropic.ts';
import type { BodyError } from './body-error.ts';
import type { BodyKind } from './body-kind.ts';
import { countCsvRows } from './csv-rows.ts';
import { readGemini } from './gemini.ts';
import { decodeUtf8, parseIJson } from './ijson.ts';
import { countParts } from './multipart-rows.ts';
import { countNdjsonRows } from './ndjson.ts';
import { readOllama } from './ollama.ts';
import { readOpenInference } from './open-inference.ts';
import { readOpenAi } from './openai.ts';
import { grpcMethodOf } from './protobuf/methods.ts';
import { readGrpcRequest } from './protobuf/read-grpc.ts';
import type { RequestReading } from './request-reading.ts';
import { readRowPrediction } from './row-prediction.ts';
import { isGenerate, readGenerate } from './triton-generate.ts';

/** @param bytes decoded */
export function readFacts(kind: BodyKind, bytes: Uint8Array): Result<RequestReading, BodyError> {
  const { api, path } = kind;
  switch (api) {
    case 'text':
      return readText(bytes);
    case 'ndjson':
      return rowsOf(bytes, countNdjsonRows(bytes));
    case 'csv':
      return rowsOf(bytes, countCsvRows(bytes, kind.contentType));
    case 'multipart':
      return rowsOf(bytes, countParts(bytes, kind.contentType));
  }
  const method = grpcMethodOf(api, path);
  if (method !== undefined) return readGrpcRequest(method, bytes);
  const { jsonBytes } = kind;
  if (jsonBytes !== undefined && jsonBytes > bytes.length)
    return err({ code: 'ERR_BODY_BINARY_TENSORS', reason: 'sizes_do_not_add_up' });
  const parsed = parseIJson(bytes.subarray(0, jsonBytes), api === 'json' ? 'exact' : 'folded');
  if (!parsed.ok) return parsed;
  switch (api) {
    case 'openai':
      return readOpenAi(parsed.value, bytes.length, path);
    case 'anthropic':
      return readAnthropic(parsed.value, bytes.length, path);
    case 'gemini':
      return readGemini(parsed.value, bytes.length, path);
    case 'ollama':
      return readOllama(parsed.value, bytes.length, path);
    case 'open-inference-v2':
      return isGenerate(path)
        ? readGenerate(parsed.value, bytes.length, path)
        : readOpenInference(
            parsed.value,
            bytes.length,
            jsonBytes === undefined ? undefined : bytes.subarray(jsonBytes),
          );
    case 'kserve-v1':
    case 'tf-serving':
      return readRowPrediction(api, parsed.value, bytes.length, path);
    case 'json':
      return ok(plain(bytes, Array.isArray(parsed.value) ? parsed.value.length : 1));
  }
}

/** Rows are lines: LF, CR and CRLF end one, and a last line needs no end. */
function readText(bytes: Uint8Array): Result<RequestReading, BodyError> {
  if (decodeUtf8(bytes) === undefined) return err({ code: 'ERR_BODY_UTF8', reason: 'not_utf8' });
  let ends = 0;
  let last = lf;
  for (const byte of bytes) {
    if (byte === cr || (byte === lf && last !== cr)) ends++;
    last = byte;
  }
  return ok(plain(bytes, last === lf || last === cr ? ends : ends + 1));
}

const lf = 0x0a;
const cr = 0x0d;

/** Of a body that is not read. */
export const unreadFacts = (bytes: number): BodyFacts => ({
  bytes: BigInt(bytes),
  rows: 0n,
  model: '',
  stream: false,
  max_tokens: 0n,
  n: 1n,
});

const rowsOf = (bytes: Uint8Array, rows: Result<number, BodyError>): Result<RequestReading, BodyError> =>
  rows.ok ? ok(plain(bytes, rows.value)) : rows;

const plain = (bytes: Uint8Array, rows: number): RequestReading => ({
  facts: { ...unreadFacts(bytes.length), rows: BigInt(rows) },
  asksForLogprobs: false,
});
