import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { closeServer, listenOnLoopback } from './loopback-server.ts';
import { chatModel } from './model/answer.ts';
import { answerAs, assistantApis } from './model/assistant.ts';
import { trainCreditScoring } from './model/credit-scoring.ts';
import { createGate, type Gate } from './model/gate.ts';
import { readBody, sendJson } from './model/http-body.ts';
import { parseJson } from './model/json.ts';
import { infer, modelMetadata, modelName } from './model/open-inference.ts';

/** What the model server saw, so that a test can prove what reached a model. Calls without the key count as `refused`. */
export interface RequestCounters {
  readonly infer: number;
  /** Of the assistant, by whichever API. */
  readonly chat: number;
  readonly unload: number;
  readonly refused: number;
}
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ModelServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The server's own key, made at this start: `Authorization: Bearer KEY`, or 401. */
  readonly key: string;
  requests(): RequestCounters;
  /** The last requests that carried the key, oldest first. */
  received(): readonly ReceivedRequest[];
  /** Close it, and chat streams stop after their first event until it is opened. */
  readonly gate: Gate;
  close(): Promise<void>;
}

const keptRequests = 50;
const keptBodyCharacters = 64 * 1024;

/**
 * Inference APIs on loopback: credit scoring by the Open Inference Protocol v2, and an assistant that speaks OpenAI's chat and
 * Responses, Anthropic's Messages, Gemini and Ollama. All leak personal data on purpose. The unsafe thing it would do if anybody got through:
 * unload the model.
 */
export async function startModelServer(
  options: { readonly port?: number; readonly eventPauseMs?: number } = {},
): Promise<ModelServer> {
  const key = randomBytes(32).toString('base64url');
  const counters = { infer: 0, chat: 0, unload: 0, refused: 0 };
  const kept: ReceivedRequest[] = [];
  const scoring = trainCreditScoring();
  const gate = createGate();
  let loaded = true;

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => void> = {
    'GET /v2/health/live': (request, response) => sendJson(request, response, 200, { live: true }),
    'GET /v2/health/ready': (request, response) => sendJson(request, response, 200, { ready: true }),
    [`GET /v2/models/${modelName}`]: (request, response) => sendJson(request, response, 200, modelMetadata),
    [`GET /v2/models/${modelName}/ready`]: (request, response) =>
      sendJson(request, response, loaded ? 200 : 404, { name: modelName, ready: loaded }),
    [`POST /v2/models/${modelName}/infer`]: (request, response, body) => {
      counters.infer += 1;
      if (!loaded) return sendJson(request, response, 404, { error: 'the model is not loaded' });
      const answer = infer(scoring, parseJson(body));
      return sendJson(request, response, answer.status, answer.body);
    },
    [`POST /v2/repository/models/${modelName}/unload`]: (request, response) => {
      counters.unload += 1;
      loaded = false;
      sendJson(request, response, 200, {});
    },
    'GET /v1/models': (request, response) =>
      sendJson(request, response, 200, {
        object: 'list',
        data: [{ id: chatModel, object: 'model', owned_by: 'demo' }],
      }),
  };
  const between = async (): Promise<void> => {
    await gate.passed();
    await pause(options.eventPauseMs ?? 0);
  };
  for (const [path, api] of Object.entries(assistantApis)) {
    routes[`POST ${path}`] = (request, response, body) => {
      counters.chat += 1;
      return answerAs(api, request, body, response, between);
    };
  }

  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const open = path.startsWith('/v2/health/');
    if (!open && !carriesKey(request, key)) {
      counters.refused += 1;
      response.setHeader('www-authenticate', 'Bearer');
      return sendJson(request, response, 401, {
        error: { message: 'this model server wants its own key', code: 'no_key' },
      });
    }
    const body = (await readBody(request).catch(() => undefined))?.toString('utf8');
    if (body === undefined) return response.destroy();
    if (!open) keep(kept, { method: request.method ?? '', path, headers: request.headers, body });
    const route = routes[`${request.method} ${path}`];
    return route === undefined
      ? sendJson(request, response, 404, { error: 'not found' })
      : route(request, response, body);
  });
  const url = await listenOnLoopback(server, options.port ?? 0);
  return {
    url,
    key,
    gate,
    requests: () => ({ ...counters }),
    received: () => [...kept],
    close: () => closeServer(server),
  };
}

function carriesKey(request: IncomingMessage, key: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function keep(kept: ReceivedRequest[], request: ReceivedRequest): void {
  kept.push({ ...request, body: request.body.slice(0, keptBodyCharacters) });
  if (kept.length > keptRequests) kept.shift();
}
