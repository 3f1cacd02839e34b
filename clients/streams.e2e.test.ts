/** The official npm packages behind a real Envoy: they parse every event, and what they join holds nothing of what the model said. */
import { after, before, suite, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { answerAs, assistantApis } from '@countersign/demo/model/assistant.ts';
import { type Gateway, startTestGateway } from '@countersign/envoy/test/harness/gateway.ts';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { assistantPolicy, pathOf } from './harness/assistant.ts';
import {
  assertMasked,
  chatStream,
  geminiStream,
  messageStream,
  ollamaStream,
  responseStream,
} from './harness/npm-streams.ts';

suite('streams through the gateway, read by official packages', () => {
  let gateway: Gateway;
  let openai: OpenAI;
  let anthropic: Anthropic;
  let gemini: GoogleGenAI;
  let ollama: Ollama;
  before(async () => {
    gateway = await startTestGateway({ policy: assistantPolicy('127.0.0.1', 'analysts') });
    gateway.model.answer = async ({ path, headers, body }, response) => {
      const api = assistantApis[pathOf(path)];
      if (api !== undefined) await answerAs(api, { headers }, body.toString('utf8'), response);
    };
    const token = await gateway.issuer.token('ana', ['analysts']);
    const baseURL = `http://127.0.0.1:${gateway.port}`;
    openai = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: token, maxRetries: 0 });
    anthropic = new Anthropic({ baseURL, authToken: token, apiKey: null, maxRetries: 0 });
    const headers = { authorization: `Bearer ${token}` };
    gemini = new GoogleGenAI({ apiKey: 'the gateway has it', httpOptions: { baseUrl: baseURL, headers } });
    ollama = new Ollama({ host: baseURL, headers });
  });
  after(() => gateway.stop());

  for (const words of ['word by word', 'spelled', 'in pieces of 7']) {
    test(`OpenAI chat, ${words}`, async () => assertMasked(await chatStream(openai, words), false));
    test(`OpenAI Responses, ${words}`, async () => assertMasked(await responseStream(openai, words), true));
    test(`Anthropic messages, ${words}`, async () => assertMasked(await messageStream(anthropic, words), true));
    test(`Gemini, ${words}`, async () => assertMasked(await geminiStream(gemini, words), true));
    test(`Ollama, ${words}`, async () => assertMasked(await ollamaStream(ollama, words), true));
  }
});
