/** The assistant, by whichever API it is asked: what is sent, event by event. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Asked, chatModel, parseAsked } from './answer.ts';
import { completion, completionEvents } from './chat.ts';
import { beginBody, sendJson } from './http-body.ts';
import { isObject, parseJson } from './json.ts';
import { message, messageEvents } from './messages.ts';
import { responseEvents, response as wholeResponse } from './responses.ts';

interface AssistantApi {
  /** The member of a request that holds what is asked. */
  readonly asks: string;
  readonly idPrefix: string;
  whole(id: string, asked: Asked): object;
  events(id: string, asked: Asked): Iterable<string>;
}

/** By path. */
export const assistantApis: Readonly<Record<string, AssistantApi>> = {
  '/v1/chat/completions': { asks: 'messages', idPrefix: 'chatcmpl-', whole: completion, events: completionEvents },
  '/v1/responses': { asks: 'input', idPrefix: 'resp_', whole: wholeResponse, events: responseEvents },
  '/v1/messages': { asks: 'messages', idPrefix: 'msg_', whole: message, events: messageEvents },
};

/** @param between is waited for after every event */
export async function answerAs(
  api: AssistantApi,
  request: Pick<IncomingMessage, 'headers'>,
  body: string,
  response: ServerResponse,
  between: () => Promise<unknown> = () => pause(0),
): Promise<void> {
  const parsed = parseJson(body);
  const asked = parseAsked(parsed, isObject(parsed) ? parsed[api.asks] : undefined);
  if (asked === undefined) {
    const message = `a request with ${api.asks} and "model": "${chatModel}" is expected`;
    return sendJson(request, response, 400, { error: { message, type: 'invalid_request_error', code: 'bad_request' } });
  }
  const id = `${api.idPrefix}${randomUUID()}`;
  if (!asked.stream) return sendJson(request, response, 200, api.whole(id, asked));
  const stream = beginBody(request, response, 200, 'text/event-stream; charset=utf-8');
  for (const event of api.events(id, asked)) {
    if (!stream.write(event)) return;
    // A turn of the loop at least: each event leaves as a write of its own.
    await between();
  }
  await stream.end();
}
