/** The assistant, by whichever API it is asked: what is sent, event by event. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Asked, askedBy, chatModel, type Question } from './answer.ts';
import { chatQuestion, completion, completionEvents } from './chat.ts';
import { geminiQuestion, generated, generatedEvents } from './gemini.ts';
import { beginBody, sendJson } from './http-body.ts';
import { parseJson } from './json.ts';
import { message, messageEvents, messageQuestion } from './messages.ts';
import { chatAnswer, chatLines, ollamaQuestion } from './ollama.ts';
import { responseEvents, responseQuestion, response as wholeResponse } from './responses.ts';

interface AssistantApi {
  question(request: unknown): Question;
  readonly idPrefix: string;
  whole(id: string, asked: Asked): object;
  events(id: string, asked: Asked): Iterable<string>;
  /** Of its streams. */
  readonly contentType: string;
}

const serverSentEvents = { contentType: 'text/event-stream; charset=utf-8' };
const gemini = { idPrefix: '', whole: generated, events: generatedEvents, contentType: 'text/event-stream' };

/** By path. */
export const assistantApis: Readonly<Record<string, AssistantApi>> = {
  '/v1/chat/completions': {
    question: chatQuestion,
    idPrefix: 'chatcmpl-',
    whole: completion,
    events: completionEvents,
    ...serverSentEvents,
  },
  '/v1/responses': {
    question: responseQuestion,
    idPrefix: 'resp_',
    whole: wholeResponse,
    events: responseEvents,
    ...serverSentEvents,
  },
  '/v1/messages': {
    question: messageQuestion,
    idPrefix: 'msg_',
    whole: message,
    events: messageEvents,
    ...serverSentEvents,
  },
  [`/v1beta/models/${chatModel}:generateContent`]: { question: geminiQuestion(false), ...gemini },
  [`/v1beta/models/${chatModel}:streamGenerateContent`]: { question: geminiQuestion(true), ...gemini },
  '/api/chat': {
    question: ollamaQuestion,
    idPrefix: '',
    whole: chatAnswer,
    events: chatLines,
    contentType: 'application/x-ndjson',
  },
};

/** @param between is waited for after every event */
export async function answerAs(
  api: AssistantApi,
  request: Pick<IncomingMessage, 'headers'>,
  body: string,
  response: ServerResponse,
  between: () => Promise<unknown> = () => pause(0),
): Promise<void> {
  const asked = askedBy(api.question(parseJson(body)));
  if (asked === undefined) {
    const message = `a request to the model "${chatModel}", whose last message is a text, is expected`;
    return sendJson(request, response, 400, { error: { message, type: 'invalid_request_error', code: 'bad_request' } });
  }
  const id = `${api.idPrefix}${randomUUID()}`;
  if (!asked.stream) return sendJson(request, response, 200, api.whole(id, asked));
  const stream = beginBody(request, response, 200, api.contentType);
  for (const event of api.events(id, asked)) {
    if (!stream.write(event)) return;
    // A turn of the loop at least: each event leaves as a write of its own.
    await between();
  }
  await stream.end();
}
