/** The demo's assistant behind a gateway, and what a caller may read of it. */
import { createServer } from 'node:http';
import { closeServer, listenOnLoopback } from '@countersign/demo/loopback-server.ts';
import { chatModel } from '@countersign/demo/model/answer.ts';
import { answerAs, assistantApis } from '@countersign/demo/model/assistant.ts';
import { readBody, sendJson } from '@countersign/demo/model/http-body.ts';

export const masked = {
  text:
    "Here is the customer's file. Card **** **** **** 1111, SSN ***-**-****, IBAN **** **** **** **** **** **, " +
    'e-mail ***@***********, phone (***) ***-****. Shall I read on?',
  thought: 'The customer with SSN ***-**-**** is the one they mean.',
  arguments: '{"ssn":"***-**-****","email":"***@***********"}',
} as const;

/** How answers are cut into tokens, as the assistant is asked for it. */
export const splits = ['word by word', 'spelled', ...[2, 3, 5, 7, 11, 40].map((length) => `in pieces of ${length}`)];

export const assistantPolicy = (host: string, group: string): string => `version: 1
endpoints:
  - name: chat
    match: { host: ${host}, path: /v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: bank-assistant }
  - name: responses
    match: { host: ${host}, path: /v1/responses, methods: [POST] }
    api: openai
    model: { name: bank-assistant }
  - name: messages
    match: { host: ${host}, path: /v1/messages, methods: [POST] }
    api: anthropic
    model: { name: bank-assistant }
  - name: gemini
    match: { host: ${host}, path: "/v1beta/models/*", methods: [POST] }
    api: gemini
    model: { name: "{path[2]}" }
  - name: ollama
    match: { host: ${host}, path: /api/chat, methods: [POST] }
    api: ollama
    model: { name: bank-assistant }
rules:
  - { name: staff, match: { groups: [${group}] }, then: allow }
`;

/** Without its query: Gemini's clients have one. */
export const pathOf = (url = ''): string => url.split('?', 1)[0] ?? '';

/** The assistant alone, without a key: its address. */
export async function startAssistant(ends: AsyncDisposableStack): Promise<string> {
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/models') return sendJson(request, response, 200, { data: [{ id: chatModel }] });
    const api = assistantApis[pathOf(request.url)];
    const body = await readBody(request);
    if (api === undefined || body === undefined) return response.writeHead(404).end();
    return answerAs(api, request, body.toString('utf8'), response);
  });
  const address = await listenOnLoopback(server, 0);
  ends.defer(() => closeServer(server));
  return address;
}
