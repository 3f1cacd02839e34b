/** What a refusal says, as each API says it. */
import { codeWords, problemType, type Refusal, type RefusalCode, refusals } from '../error-codes.ts';

/** Everything in words: most clients show the message and nothing else. */
export function messageOf({ code, detail, location }: Refusal, session: string): string {
  const { title } = refusals[code];
  return [
    detail === undefined || detail === '' ? `${title}.` : `${title}: ${ended(detail)}`,
    ...(location === undefined ? [] : [`Approval: ${location}`]),
    `Session: ${session}`,
  ].join(' ');
}

/** With a full stop, if it is one and has none. */
export const ended = (sentence: string): string => (/^$|[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

interface Extra {
  readonly code: string;
  readonly session: string;
  readonly approval?: string;
}

/** Members of ours beside the API's own; its clients ignore what they do not know. */
function extra({ code, location }: Refusal, session: string): Extra {
  return { code: codeWords(code), session, ...(location === undefined ? {} : { approval: location }) };
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
export function problemDetails(refusal: Refusal, session: string): string {
  const { status, title } = refusals[refusal.code];
  const { detail } = refusal;
  const type = problemType(refusal.code);
  return JSON.stringify({ type, title, status, ...(detail ? { detail } : {}), ...extra(refusal, session) });
}

/** Asked for by name, so it is ours in every API: a status document, not an error. */
export function accepted(refusal: Refusal, session: string): string {
  const { title } = refusals[refusal.code];
  return JSON.stringify({ status: 'pending', title, detail: refusal.detail, ...extra(refusal, session) });
}

type Status = (typeof refusals)[RefusalCode]['status'];

/** What OpenAI itself puts into `type`, by status. */
export const openAiTypes: Readonly<Record<Status, string>> = {
  400: 'invalid_request_error',
  401: 'invalid_request_error',
  403: 'request_forbidden',
  408: 'invalid_request_error',
  409: 'invalid_request_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  429: 'requests',
  500: 'server_error',
  502: 'server_error',
  503: 'server_error',
};

export function openAi(refusal: Refusal, message: string, session: string): string {
  const type = openAiTypes[refusals[refusal.code].status];
  return JSON.stringify({ error: { message, type, param: null, ...extra(refusal, session) } });
}

/** What Anthropic's API documents, by status; `invalid_request_error` is its word for every other 4xx. */
export const anthropicTypes: Readonly<Record<Status, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  408: 'invalid_request_error',
  409: 'invalid_request_error',
  413: 'request_too_large',
  415: 'invalid_request_error',
  429: 'rate_limit_error',
  500: 'api_error',
  502: 'api_error',
  503: 'api_error',
};

export function anthropic(refusal: Refusal, message: string, session: string): string {
  const type = anthropicTypes[refusals[refusal.code].status];
  return JSON.stringify({ type: 'error', error: { type, message, ...extra(refusal, session) }, request_id: session });
}

/** As Google's APIs write google.rpc.Status in JSON (https://google.aip.dev/193). */
export function gemini(refusal: Refusal, message: string, session: string): string {
  const { status, grpc } = refusals[refusal.code];
  const { code, ...metadata } = extra(refusal, session);
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: code.toUpperCase(),
      domain: 'countersign',
      metadata,
    },
  ];
  return JSON.stringify({ error: { code: status, message, status: grpc, details } });
}

/** Open Inference v2, KServe and Ollama: a string, and nothing else that anybody agrees on. */
export function plainError(refusal: Refusal, message: string, session: string): string {
  return JSON.stringify({ error: message, ...extra(refusal, session) });
}
