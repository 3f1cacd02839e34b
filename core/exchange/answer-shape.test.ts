import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from '../policy/policy.ts';
import { type AnswerShape, shapeOf } from './answer-shape.ts';
import type { HeaderList } from './message.ts';

const at = (path: string, ...more: HeaderList): HeaderList => [[':path', path], ...more];
const grpc = ['content-type', 'application/grpc'] as const;

const cases: readonly (readonly [why: string, HeaderList, Api | undefined, AnswerShape])[] = [
  ['the endpoint says openai', at('/anything'), 'openai', 'openai'],
  ['the endpoint says open inference', at('/anything'), 'open-inference-v2', 'open_inference'],
  ['the endpoint says KServe V1', at('/anything'), 'kserve-v1', 'open_inference'],
  ['the endpoint says TensorFlow Serving', at('/anything'), 'tf-serving', 'open_inference'],
  ['a path of TensorFlow Serving', at('/v1/models/m/versions/3:classify'), undefined, 'open_inference'],
  ['the endpoint is stronger than a header', at('/x', ['anthropic-version', '2023-06-01']), 'openai', 'openai'],
  ['the endpoint says anthropic', at('/anything'), 'anthropic', 'anthropic'],
  ['the endpoint says gemini', at('/anything'), 'gemini', 'gemini'],
  ['the endpoint says ollama', at('/anything'), 'ollama', 'ollama'],
  ['Gemini by path', at('/v1beta/models/gemini-3:streamGenerateContent?alt=sse'), undefined, 'gemini'],
  ['a header that only Google clients send', at('/x', ['x-goog-api-client', 'gl-node/24']), 'json', 'gemini'],
  ['Ollama by path', at('/api/chat'), undefined, 'ollama'],
  ['gRPC is stronger than the endpoint, as Envoy answers gRPC in any case', at('/x', grpc), 'openai', 'grpc'],
  ['gRPC with a message format', at('/x', ['content-type', 'application/grpc+proto']), undefined, 'grpc'],
  ['gRPC-Web is HTTP for Envoy', at('/x', ['content-type', 'application/grpc-web+proto']), undefined, 'problem'],
  ['what only looks like gRPC', at('/x', ['content-type', 'application/grpc; a=b']), undefined, 'problem'],
  ['a header that only Anthropic clients send', at('/x', ['anthropic-version', '2023-06-01']), 'json', 'anthropic'],
  ['Anthropic by path', at('/v1/messages?beta=true'), undefined, 'anthropic'],
  ['Anthropic by path below it', at('/v1/messages/count_tokens'), undefined, 'anthropic'],
  ['a path that only begins like it', at('/v1/messagesx'), undefined, 'problem'],
  ['a header that only OpenAI clients send', at('/x', ['openai-project', 'p']), 'json', 'openai'],
  ['OpenAI by path', at('/v1/chat/completions'), undefined, 'openai'],
  ['/v1/models is of more than one API', at('/v1/models'), undefined, 'problem'],
  ['Open Inference by path', at('/v2/models/credit/infer'), undefined, 'open_inference'],
  ['KServe v1 by path', at('/v1/models/credit:predict'), undefined, 'open_inference'],
  ['a path in the query is no path', at('/x?/v1/chat/completions'), undefined, 'problem'],
  ['nothing known', at('/text/a'), 'text', 'problem'],
  ['no headers at all', [], undefined, 'problem'],
];
for (const [why, headers, api, shape] of cases) {
  test(`${shape}: ${why}`, () => assert.equal(shapeOf(headers, api), shape));
}
