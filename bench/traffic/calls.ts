/** The calls that the load generator knows, each with what its answer must be. */
import { answer4k, answer64k, chatRequest, eventsPerStream, scoringRequest } from './bodies.ts';
import { gibibyte, mebibyte } from './long-text.ts';
import type { CallName } from './order.ts';

export type Expected =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'events'; readonly events: number }
  | { readonly kind: 'long-text'; readonly bytes: number }
  /** A refusal: its body is not the bench's business. */
  | { readonly kind: 'anything' };

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
  /** Sent without a token. */
  readonly anonymous?: true;
  readonly statuses: readonly number[];
  readonly expected: Expected;
}

const chat = (prefix: string): string => `/${prefix}/v1/chat/completions`;
const bytes = (count: number): Expected => ({ kind: 'bytes', bytes: count });
const refused: Expected = { kind: 'anything' };
const question = chatRequest(false);

export const calls: Readonly<Record<CallName, Call>> = {
  '4k': { method: 'POST', path: chat('4k'), body: question, statuses: [200], expected: bytes(answer4k.length) },
  '64k': { method: 'POST', path: chat('64k'), body: question, statuses: [200], expected: bytes(answer64k.length) },
  sse: {
    method: 'POST',
    path: chat('sse'),
    body: chatRequest(true),
    statuses: [200],
    expected: { kind: 'events', events: eventsPerStream },
  },
  stranger: { method: 'POST', path: chat('4k'), body: question, anonymous: true, statuses: [401], expected: refused },
  denied: { method: 'POST', path: chat('denied'), body: question, statuses: [403], expected: refused },
  'denied-body': {
    method: 'POST',
    path: '/v2/models/credit/infer',
    body: scoringRequest(600),
    statuses: [403],
    expected: refused,
  },
  held: {
    method: 'POST',
    path: '/v2/models/credit/infer',
    body: scoringRequest(200),
    // 403 when the approval expires in the very second in which it is waited for.
    statuses: [409, 403],
    expected: refused,
  },
  mebibyte: { method: 'GET', path: '/long/gated', statuses: [200], expected: { kind: 'long-text', bytes: mebibyte } },
  gibibyte: { method: 'GET', path: '/long/once', statuses: [200], expected: { kind: 'long-text', bytes: gibibyte } },
};
