import type { Api } from '../policy/policy.ts';
import { type HeaderList, headerOf } from './message.ts';

/** In whose words a refusal of ours is written, so that the caller's own client can read it. */
export type AnswerShape = 'grpc' | 'openai' | 'anthropic' | 'gemini' | 'ollama' | 'open_inference' | 'problem';

/**
 * gRPC is the transport, not an API: Envoy turns its local replies to such a request into gRPC whatever we think of it, so the
 * test is the one Envoy makes (`application/grpc` or `application/grpc+…`, nothing else). Then the endpoint's own API; then what
 * only clients of one API send; else problem details.
 */
export function shapeOf(headers: HeaderList, api: Api | undefined): AnswerShape {
  if (isGrpc(headers)) return 'grpc';
  return (api && shapeOfApi.get(api)) ?? shapeBySigns(headers);
}

const shapeOfApi: ReadonlyMap<Api, AnswerShape> = new Map([
  ['openai', 'openai'],
  ['anthropic', 'anthropic'],
  ['gemini', 'gemini'],
  ['ollama', 'ollama'],
  // One member `error` with a text, in each of them.
  ['open-inference-v2', 'open_inference'],
  ['kserve-v1', 'open_inference'],
  ['tf-serving', 'open_inference'],
]);

export function isGrpc(headers: HeaderList): boolean {
  const contentType = headerOf(headers, 'content-type');
  return contentType === 'application/grpc' || contentType?.startsWith('application/grpc+') === true;
}

function shapeBySigns(headers: HeaderList): AnswerShape {
  const names = new Set(headers.map(([name]) => name));
  const [path = ''] = (headerOf(headers, ':path') ?? '').split('?', 1);
  if (names.has('anthropic-version') || anthropicPath.test(path)) return 'anthropic';
  if (openAiHeaders.some((name) => names.has(name)) || openAiPath.test(path)) return 'openai';
  if (names.has('x-goog-api-client') || geminiPath.test(path)) return 'gemini';
  if (ollamaPath.test(path)) return 'ollama';
  return openInferencePath.test(path) ? 'open_inference' : 'problem';
}

const anthropicPath = /^\/v1\/messages(?:\/|$)/;
const openAiHeaders = ['openai-beta', 'openai-organization', 'openai-project'] as const;
/** Not /v1/models: KServe has it too. */
const openAiPath = /^\/v1\/(?:chat\/completions|completions|responses|embeddings|moderations)(?:\/|$)/;
const geminiPath = /\/models\/[^/:]+:(?:generateContent|streamGenerateContent|countTokens|(?:batchE|e)mbedContents?)$/;
const ollamaPath = /^\/api\/(?:generate|chat|embed|embeddings)$/;
/** Open Inference v2, the v1 protocol of KServe and TensorFlow Serving, whose errors look the same. */
const openInferencePath =
  /^\/v2\/(?:models|health|repository)(?:\/|$)|^\/v1\/models\/[^:]+:(?:predict|explain|classify|regress)$/;
