import { problemType, type Refusal, refusals } from '../error-codes.ts';
import type { HeaderList } from './message.ts';

export interface Problem {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** RFC 9457 problem details. Strangers get code, title and session id; `detail` is for callers whom we know. */
export function problemOf(refusal: Refusal, session: string): Problem {
  const { status, title } = refusals[refusal.code];
  const body = {
    type: problemType(refusal.code),
    title,
    status,
    session,
    ...(refusal.detail === undefined ? {} : { detail: refusal.detail }),
    ...(refusal.location === undefined ? {} : { approval: refusal.location }),
  };
  const headers: [string, string][] = [
    ['content-type', 'application/problem+json'],
    ['cache-control', 'no-store'],
    ['x-countersign-session', session],
  ];
  if (status === 401) headers.push(['www-authenticate', 'Bearer']);
  if (refusal.retryAfter !== undefined) headers.push(['retry-after', String(refusal.retryAfter)]);
  if (refusal.location !== undefined) headers.push(['location', refusal.location]);
  return { status, headers, body: JSON.stringify(body) };
}
