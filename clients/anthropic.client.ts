/** The official packages of Anthropic, unmodified, in front of the server of llama.cpp, which speaks their API too. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { type ChatStage, startChat } from './harness/chat.ts';
import { type Client, skipWithoutPython, startClient } from './harness/python.ts';

const value = '536-22-8726';
const input = { ssn: '***-**-****' };

suite('anthropic for Python and Node', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let stage: ChatStage;
  let python: Client;
  let given: { readonly base_url: string; readonly auth_token: string };
  before(async () => {
    python = startClient('anthropic_client.py', ends);
    stage = await startChat(ends);
    given = { base_url: stage.gateway.proxy, auth_token: await stage.gateway.token('ana') };
  });
  after(() => ends.disposeAsync());

  const call = {
    model: 'tiny',
    max_tokens: 300,
    messages: [{ role: 'user', content: 'Hello' }],
    tools: [
      {
        name: 'look_up',
        input_schema: { type: 'object', properties: { ssn: { const: value } }, required: ['ssn'] },
      },
    ],
    tool_choice: { type: 'any' },
  } satisfies Anthropic.MessageCreateParamsNonStreaming;

  test('Python: the input of a tool is masked', async () => {
    const answer = await python.ask('tool_use', { ...given, value });
    answer.has({ raised: null, input, stop_reason: 'tool_use' });
  });

  test('Python: a refusal is an exception of its own, with words', async () => {
    (await python.ask('tool_use', { ...given, value, auth_token: 'made-up' })).has({
      raised: 'AuthenticationError',
      status: 401,
    });
    const tom = { ...given, value, auth_token: await stage.gateway.token('tom') };
    (await python.ask('tool_use', tom)).has({ raised: 'PermissionDeniedError', status: 403 });
  });

  test('Node: the same', async () => {
    const client = new Anthropic({ baseURL: given.base_url, authToken: given.auth_token, apiKey: null, maxRetries: 0 });
    const message = await client.messages.create(call);
    assert.equal(message.stop_reason, 'tool_use');
    const [block] = message.content;
    assert.deepEqual(block?.type === 'tool_use' ? block.input : undefined, input);
    const tom = client.withOptions({ authToken: await stage.gateway.token('tom') });
    await assert.rejects(tom.messages.create(call), { status: 403, constructor: Anthropic.PermissionDeniedError });
  });

  test('a stream: the input of a tool is masked, put together by the helpers of both', async () => {
    (await python.ask('tool_use', { ...given, value, stream: true })).has({
      raised: null,
      input,
      stop_reason: 'tool_use',
    });
    const client = new Anthropic({ baseURL: given.base_url, authToken: given.auth_token, apiKey: null, maxRetries: 0 });
    const message = await client.messages.stream(call).finalMessage();
    const use = message.content.find((block) => block.type === 'tool_use');
    assert.deepEqual(use?.input, input);
    assert.equal(message.stop_reason, 'tool_use');
  });
});
