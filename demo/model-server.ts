import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { closeServer, listenOnLoopback } from './loopback-server.ts';
import { chatModel, completion, completionEvents, parseChatRequest } from './model/chat.ts';
import { trainCreditScoring } from './model/credit-scoring.ts';
import { createGate, type Gate } from './model/gate.ts';
import { beginBody, readBody } from './model/http-body.ts';
import { infer, modelMetadata, modelName } from './model/open-inference.ts';

/** What the model server saw, so that a test can prove what reached a model. Calls without the key count as `refused`. */
export interface RequestCounters {
  readonly infer: number;
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
 * Two inference APIs on loopback: credit scoring by the Open Inference Protocol v2 and an OpenAI-compatible chat. Both leak
 * personal data on purpose. The unsafe thing it would do if anybody got through: unload the model.
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

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => void>> = {
    'GET /v2/health/live': (request, response) => json(request, response, 200, { live: true }),
    'GET /v2/health/ready': (request, response) => json(request, response, 200, { ready: true }),
    [`GET /v2/models/${modelName}`]: (request, response) => json(request, response, 200, modelMetadata),
    [`GET /v2/models/${modelName}/ready`]: (request, response) =>
      json(request, response, loaded ? 200 : 404, { name: modelName, ready: loaded }),
    [`POST /v2/models/${modelName}/infer`]: (request, response, body) => {
      counters.infer += 1;
      if (!loaded) return json(request, response, 404, { error: 'the model is not loaded' });
      const answer = infer(scoring, parseJson(body));
      return json(request, response, answer.status, answer.body);
    },
    [`POST /v2/repository/models/${modelName}/unload`]: (request, response) => {
      counters.unload += 1;
      loaded = false;
      json(request, response, 200, {});
    },
    'GET /v1/models': (request, response) =>
      json(request, response, 200, { object: 'list', data: [{ id: chatModel, object: 'model', owned_by: 'demo' }] }),
    'POST /v1/chat/completions': (request, response, body) => {
      counters.chat += 1;
      return chat(request, response, body, gate, options.eventPauseMs ?? 0);
    },
  };

  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const open = path.startsWith('/v2/health/');
    if (!open && !carriesKey(request, key)) {
      counters.refused += 1;
      response.setHeader('www-authenticate', 'Bearer');
      return json(request, response, 401, {
        error: { message: 'this model server wants its own key', code: 'no_key' },
      });
    }
    const body = (await readBody(request).catch(() => undefined))?.toString('utf8');
    if (body === undefined) return response.destroy();
    if (!open) keep(kept, { method: request.method ?? '', path, headers: request.headers, body });
    const route = routes[`${request.method} ${path}`];
    return route === undefined ? json(request, response, 404, { error: 'not found' }) : route(request, response, body);
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

function json(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const answer = beginBody(request, response, status, 'application/json');
  answer.write(JSON.stringify(body));
  void answer.end();
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function chat(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  gate: Gate,
  eventPauseMs: number,
): Promise<void> {
  const asked = parseChatRequest(parseJson(body));
  if (asked === undefined) {
    const message = `a chat request with messages and "model": "${chatModel}" is expected`;
    return json(request, response, 400, { error: { message, type: 'invalid_request_error', code: 'bad_request' } });
  }
  const id = `chatcmpl-${randomUUID()}`;
  if (!asked.stream) return json(request, response, 200, completion(id));
  const stream = beginBody(request, response, 200, 'text/event-stream; charset=utf-8');
  for (const event of completionEvents(id, asked.spelled)) {
    if (!stream.write(event)) return;
    await gate.passed();
    // A turn of the loop at least: each event leaves as a write of its own.
    await pause(eventPauseMs);
  }
  await stream.end();
}
