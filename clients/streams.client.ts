/** The official packages of OpenAI and Anthropic, npm and Python, and of Google and Ollama, npm, in front of the demo's assistant: streams cut in many ways. */
import { after, before, suite, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { assistantPolicy, splits, startAssistant } from './harness/assistant.ts';
import type { Document } from './harness/document.ts';
import { startGateway } from './harness/gateway.ts';
import {
  assertMasked,
  chatStream,
  geminiStream,
  messageStream,
  ollamaStream,
  type ReadStream,
  responseStream,
} from './harness/npm-streams.ts';
import { type Client, skipWithoutPython, startClient } from './harness/python.ts';

suite('streams through the gateway', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let python: { readonly openai: Client; readonly anthropic: Client };
  let npm: {
    readonly openai: OpenAI;
    readonly anthropic: Anthropic;
    readonly gemini: GoogleGenAI;
    readonly ollama: Ollama;
  };
  let given: { readonly openai: object; readonly anthropic: object };
  before(async () => {
    python = { openai: startClient('openai_client.py', ends), anthropic: startClient('anthropic_client.py', ends) };
    const policy = assistantPolicy('127.0.0.1', 'credit-analysts');
    const gateway = await startGateway({ upstreams: [await startAssistant(ends)], policy }, ends);
    const token = await gateway.token('ana');
    given = {
      openai: { base_url: `${gateway.proxy}/v1`, api_key: token, max_retries: 0 },
      anthropic: { base_url: gateway.proxy, auth_token: token },
    };
    const headers = { authorization: `Bearer ${token}` };
    npm = {
      gemini: new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: gateway.proxy, headers } }),
      ollama: new Ollama({ host: gateway.proxy, headers }),
      openai: new OpenAI({ baseURL: `${gateway.proxy}/v1`, apiKey: token, maxRetries: 0 }),
      anthropic: new Anthropic({ baseURL: gateway.proxy, authToken: token, apiKey: null, maxRetries: 0 }),
    };
  });
  after(() => ends.disposeAsync());

  for (const words of splits) {
    test(`${words}: chat`, async () => {
      assertMasked(await chatStream(npm.openai, words), false);
      assertMasked(toRead(await python.openai.ask('assistant_chat', { ...given.openai, words })), false);
    });
    test(`${words}: responses`, async () => {
      assertMasked(await responseStream(npm.openai, words), true);
      assertMasked(toRead(await python.openai.ask('assistant_response', { ...given.openai, words })), true);
    });
    test(`${words}: Gemini and Ollama`, async () => {
      assertMasked(await geminiStream(npm.gemini, words), true);
      assertMasked(await ollamaStream(npm.ollama, words), true);
    });
    test(`${words}: messages`, async () => {
      assertMasked(await messageStream(npm.anthropic, words), true);
      assertMasked(toRead(await python.anthropic.ask('assistant_message', { ...given.anthropic, words })), true);
    });
  }
});

const toRead = (answer: Document): ReadStream => ({
  text: answer.text('text'),
  thought: answer.text('thought'),
  arguments: answer.text('arguments'),
  events: Number(answer.at('events')),
});
