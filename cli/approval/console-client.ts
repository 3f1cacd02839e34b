/** The console's API, as one person's token may use it. */
import { isTrustedUrl } from '@countersign/core/policy/trusted-url.ts';
import { UsageError } from '../up/configuration.ts';
import { isObject } from '../up/json.ts';

/** What the console said instead of yes. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly reason?: string;
}

/** Could not be asked at all: unreachable, not a console, or a token that says nothing to it. */
export class NotAskedError extends Error {}

export interface ConsoleClient {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

export class RefusedError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.title);
    this.refusal = refusal;
  }
}

const timeoutMs = 15_000;

export function createConsoleClient(url: string, token: string): ConsoleClient {
  if (!isTrustedUrl(url))
    throw new UsageError(`${url}: an https URL is needed, or http on loopback; the token travels there`);
  const base = url.endsWith('/') ? url : `${url}/`;
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await reach(new URL(`api/approvals${path}`, base), {
      ...init,
      // A redirect would take the token elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: 'application/json', authorization: `Bearer ${token}`, ...init.headers },
    });
    const answer = await readJson(response, url);
    if (response.ok) return answer;
    throw refusalOf(response.status, answer, url);
  };
  return {
    get: (path) => ask(path, {}),
    post: (path, body) =>
      ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  };
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new NotAskedError(`${url.origin} cannot be reached: ${cause instanceof Error ? cause.message : 'unknown'}`);
  }
}

async function readJson(response: Response, url: string): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new NotAskedError(`${url} does not answer like a console (status ${response.status})`);
  }
}

function refusalOf(status: number, answer: unknown, url: string): Error {
  const problem = isObject(answer) ? answer : {};
  const { code, title, reason } = problem;
  if (typeof code !== 'string' || typeof title !== 'string') {
    return new NotAskedError(`${url} does not answer like a console (status ${status})`);
  }
  if (status === 401) return new NotAskedError('the console does not accept this token: expired, or of another issuer');
  if (status >= 500) return new NotAskedError(`${title} (${code})`);
  return new RefusedError({ status, code, title, ...(typeof reason === 'string' ? { reason } : {}) });
}
