/** What the tests with the server of llama.cpp have in common. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, startGateway } from './gateway.ts';
import { startServer } from './python.ts';

/** What a model is made to say, and what a caller may read of it. */
export const said = 'The SSN is 536-22-8726, the card 4111 1111 1111 1111.';
export const read = 'The SSN is ***-**-****, the card **** **** **** 1111.';

export const chatPolicy = `version: 1
endpoints:
  - name: chat
    match: { host: 127.0.0.1, path: /v1/chat/completions, methods: [POST] }
    api: openai
    model: { name: tiny }
    mask: { request: none, response: bank }
  - name: models
    match: { host: 127.0.0.1, path: /v1/models, methods: [GET] }
    api: text
    model: { name: tiny }
    mask: { request: none, response: bank }
  - name: messages
    match: { host: 127.0.0.1, path: /v1/messages, methods: [POST] }
    api: anthropic
    model: { name: tiny }
    mask: { request: none, response: bank }
rules:
  - { name: analysts, match: { groups: [credit-analysts] }, then: allow }
  - name: longer-answers
    match: { endpoint: chat }
    when: body.max_tokens > 1000 && body.max_tokens <= 2000
    then: hold
    approval: { groups: [model-risk], wait: 1s, expires: 5m }
    because: Longer answers need model-risk
  - name: very-long-answers
    match: { endpoint: chat }
    when: body.max_tokens > 2000
    then: hold
    approval: { groups: [model-risk], wait: 60s, expires: 5m }
    because: Very long answers need model-risk
`;

export interface ChatStage {
  readonly gateway: Gateway;
  /** What clients are told, with `/v1`. */
  readonly baseUrl: string;
  endModel(): Promise<void>;
}

export async function startChat(ends: AsyncDisposableStack): Promise<ChatStage> {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-llama-'));
  ends.defer(async () => rmSync(scratch, { recursive: true, force: true }));
  const model = await startServer(['serve_llama.py', scratch], ends);
  const gateway = await startGateway({ upstreams: [model.addresses.text('http')], policy: chatPolicy }, ends);
  return { gateway, baseUrl: `${gateway.proxy}/v1`, endModel: model.end };
}
