import { grpcCodes, type Refusal, type RefusalCode, refusals, statusOf } from '../error-codes.ts';
import { unreachable } from '../result.ts';
import type { AnswerShape } from './answer-shape.ts';
import { accepted, anthropic, gemini, messageOf, openAi, plainError, problemDetails } from './api-errors.ts';
import { statusDetails } from './grpc-details.ts';
import type { HeaderList } from './message.ts';

export interface Problem {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/**
 * A refusal as the caller's own client reads errors. Strangers get code, title and session id; `detail` and `location` are set
 * for callers whom we know only.
 */
export function problemOf(refusal: Refusal, session: string, shape: AnswerShape): Problem {
  const { headers, body } = written(refusal, session, shape);
  return { status: statusOf(refusal), headers: [...headers, ...commonHeaders(refusal, session)], body };
}

function written(refusal: Refusal, session: string, shape: AnswerShape): Omit<Problem, 'status'> {
  if (refusal.applied !== undefined) return { headers: [json], body: accepted(refusal, session) };
  const message = messageOf(refusal, session);
  switch (shape) {
    case 'grpc':
      // Envoy makes the reply out of these: status 200, content type and grpc-message, percent-encoded, of the body.
      return { headers: grpcHeaders(refusal, message, session), body: message };
    case 'openai':
      return { headers: [json, ['x-request-id', session]], body: openAi(refusal, message, session) };
    case 'anthropic':
      return { headers: [json, ['request-id', session]], body: anthropic(refusal, message, session) };
    case 'gemini':
      return { headers: [json], body: gemini(refusal, message, session) };
    case 'ollama':
    case 'open_inference':
      return { headers: [json], body: plainError(refusal, message, session) };
    case 'problem':
      return { headers: [['content-type', 'application/problem+json']], body: problemDetails(refusal, session) };
    default:
      return unreachable(shape);
  }
}

const json = ['content-type', 'application/json'] as const;

/** The model may have been called, or would do the same again: a client that tries again by itself only makes it worse. */
const notAgain: ReadonlySet<RefusalCode> = new Set(['ERR_HOLDS_EXHAUSTED', 'ERR_RESPONSE_UNREADABLE', 'ERR_INTERNAL']);

function commonHeaders(refusal: Refusal, session: string): HeaderList {
  const headers: [string, string][] = [
    ['cache-control', 'no-store'],
    ['x-countersign-session', session],
  ];
  if (refusals[refusal.code].status === 401) headers.push(['www-authenticate', 'Bearer']);
  if (refusal.retryAfter !== undefined) headers.push(['retry-after', String(refusal.retryAfter)]);
  if (refusal.location !== undefined) headers.push(['location', refusal.location]);
  if (refusal.applied !== undefined) headers.push(['preference-applied', refusal.applied]);
  // The SDKs of OpenAI and Anthropic obey it.
  if (notAgain.has(refusal.code)) headers.push(['x-should-retry', 'false']);
  return headers;
}

function grpcHeaders(refusal: Refusal, message: string, session: string): HeaderList {
  const { retryAfter } = refusal;
  const headers: [string, string][] = [
    ['grpc-status', String(grpcCodes[refusals[refusal.code].grpc])],
    ['grpc-status-details-bin', statusDetails(refusal, message, session)],
  ];
  // What clients with a retry policy obey (gRFC A6); a negative one means never.
  if (notAgain.has(refusal.code)) headers.push(['grpc-retry-pushback-ms', '-1']);
  else if (retryAfter !== undefined) headers.push(['grpc-retry-pushback-ms', String(retryAfter * 1000)]);
  return headers;
}
