import { syntheticAccount } from '../model/credit-scoring.ts';
import { seededRandom } from '../model/random.ts';
import type { Stage } from './stage.ts';

export interface CallOptions {
  readonly token?: string;
  readonly gzip?: boolean;
  readonly signal: AbortSignal;
}

/** `POST path` through the gateway, as any HTTP client would. */
export function post(stage: Stage, path: string, body: unknown, options: CallOptions): Promise<Response> {
  return fetch(`${stage.proxy}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-encoding': options.gzip === true ? 'gzip' : 'identity',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    body: JSON.stringify(body),
    signal: options.signal,
  });
}

/** A scoring request for `count` made-up accounts: the body of a call, and of the files for trying by hand. */
export function scoringRequest(count: number): object {
  const random = seededRandom(count);
  const data = Array.from({ length: count }, () => syntheticAccount(random)).flat();
  return { inputs: [{ name: 'applicants', datatype: 'FP64', shape: [count, 4], data }] };
}

export const score = (stage: Stage, count: number, options: CallOptions): Promise<Response> =>
  post(stage, '/v2/models/credit-scoring/infer', scoringRequest(count), options);

export const chat = (stage: Stage, words: string, options: CallOptions): Promise<Response> =>
  post(
    stage,
    '/v1/chat/completions',
    { model: 'bank-assistant', stream: true, messages: [{ role: 'user', content: words }] },
    options,
  );

export const sessionOf = (response: Response): string => response.headers.get('x-countersign-session') ?? '';
