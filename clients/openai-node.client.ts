/** The official npm packages of OpenAI and Vercel, unmodified, in front of the server of llama.cpp. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { type ChatStage, read, said, startChat } from './harness/chat.ts';
import { skipWithoutPython } from './harness/python.ts';

const messages = [{ role: 'user', content: 'Hello' }] as const;
/** Not of OpenAI's API: what llama.cpp takes besides. The model knows nothing; this leaves it one thing to say. */
const saying = (text: string): object => ({ grammar: `root ::= "${text}"` });
const ask = { model: 'tiny', messages: [...messages], ...saying(said) };

suite('openai and ai for Node', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let stage: ChatStage;
  let client: OpenAI;
  before(async () => {
    stage = await startChat(ends);
    client = new OpenAI({ baseURL: stage.baseUrl, apiKey: await stage.gateway.token('ana') });
  });
  after(() => ends.disposeAsync());

  const as = async (name: string): Promise<OpenAI> => client.withOptions({ apiKey: await stage.gateway.token(name) });

  test('a chat answer is masked, its reason to end and its usage are as the model said', async () => {
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    assert.equal(data.choices[0]?.message.content, read);
    assert.equal(data.choices[0]?.finish_reason, 'stop');
    assert.equal(data.usage?.completion_tokens, said.length + 1);
    const record = await stage.gateway.session(response.headers.get('x-countersign-session') ?? '');
    record.has({ state: 'closed', 'identity.subject': 'ana', 'masking.response.counts.us_ssn': 1 });
  });

  test('a streamed answer, one character an event, is masked and whole', async () => {
    const stream = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    const choices = chunks.flatMap((chunk) => chunk.choices);
    assert.equal(choices.map(({ delta }) => delta.content ?? '').join(''), read);
    assert.ok(choices.length > said.length, `${choices.length} events`);
    assert.equal(choices.at(-1)?.finish_reason, 'stop');
    assert.equal(chunks.at(-1)?.usage?.completion_tokens, said.length + 1);
  });

  test('twenty streams at once, each its own answer', async () => {
    const one = async (number: number): Promise<string> => {
      const body = { ...ask, ...saying(`${said} Number ${number}.`), stream: true } as const;
      const chunks = await Array.fromAsync(await client.chat.completions.create(body));
      return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => one(number)));
    assert.deepEqual(
      answers,
      answers.map((_, number) => `${read} Number ${number}.`),
    );
  });

  test('arguments of a streamed function call are masked, and still JSON', async () => {
    const parameters = { type: 'object', properties: { ssn: { const: '536-22-8726' } }, required: ['ssn'] };
    const completion = await client.chat.completions
      .stream({
        model: 'tiny',
        messages: [...messages],
        tools: [{ type: 'function', function: { name: 'look_up', parameters } }],
        tool_choice: 'required',
      })
      .finalChatCompletion();
    const [call] = completion.choices[0]?.message.tool_calls ?? [];
    assert.equal(call?.type, 'function');
    assert.deepEqual(JSON.parse(call.function.arguments), { ssn: '***-**-****' });
  });

  test('a stream that the client leaves is recorded as aborted', async () => {
    const endless = { model: 'tiny', messages: [...messages], grammar: 'root ::= "The SSN is 536-22-8726. " root' };
    const { data, response } = await client.chat.completions.create({ ...endless, stream: true }).withResponse();
    let text = '';
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text.length > 100) break;
    }
    assert.match(text, /^(The SSN is \*{3}-\*{2}-\*{4}\. )+/);
    const record = await stage.gateway.session(response.headers.get('x-countersign-session') ?? '');
    record.has({ state: 'aborted' });
  });

  for (const [name, call, raised] of [
    [
      'a token nobody gave: AuthenticationError',
      () => client.withOptions({ apiKey: 'sk-made-up' }).chat.completions.create(ask),
      { status: 401, constructor: OpenAI.AuthenticationError },
    ],
    [
      'somebody whom no rule allows: PermissionDeniedError',
      async () => (await as('tom')).chat.completions.create(ask),
      { status: 403, constructor: OpenAI.PermissionDeniedError, code: 'policy_denied' },
    ],
    [
      'another model than the endpoint has: BadRequestError',
      () => client.chat.completions.create({ ...ask, model: 'gpt-9' }),
      { status: 400, constructor: OpenAI.BadRequestError, code: 'model_mismatch' },
    ],
    [
      'a call that nobody decides: ConflictError after the tries of the SDK',
      () => client.chat.completions.create({ ...ask, max_tokens: 1501 }, { maxRetries: 1 }),
      { status: 409, constructor: OpenAI.ConflictError, code: 'approval_pending' },
    ],
  ] as const) {
    test(name, () => assert.rejects(call, raised));
  }

  test('a call that waits for a person is sent again by the SDK itself, and answered once somebody said yes', async () => {
    const before = stage.gateway.endedSessions().length;
    const answer = client.chat.completions.create({ ...ask, max_tokens: 1500 }, { maxRetries: 60 });
    const comeBack = (): boolean => stage.gateway.endedSessions().length > before;
    const completion = await stage.gateway.decided('approve', answer, comeBack);
    assert.equal(completion.choices[0]?.message.content, read);
  });

  test('a call that a person refuses: PermissionDeniedError with the reason', async () => {
    const answer = client.chat.completions.create({ ...ask, max_tokens: 2500 });
    await assert.rejects(stage.gateway.decided('deny', answer), {
      constructor: OpenAI.PermissionDeniedError,
      code: 'approval_denied',
      message: /Seen by rex/,
    });
  });

  test('ai: text, streamed text and a refusal', async () => {
    const provider = createOpenAICompatible({
      name: 'bank',
      baseURL: stage.baseUrl,
      apiKey: await stage.gateway.token('ana'),
      transformRequestBody: (body) => ({ ...body, ...saying(said) }),
    });
    assert.equal((await generateText({ model: provider('tiny'), prompt: 'Hello' })).text, read);
    const streamed = streamText({ model: provider('tiny'), prompt: 'Hello' });
    assert.equal(await streamed.text, read);
    assert.equal(await streamed.finishReason, 'stop');
    await assert.rejects(generateText({ model: provider('other'), prompt: 'Hello' }), (error) => {
      assert.ok(APICallError.isInstance(error));
      assert.equal(error.statusCode, 400);
      return true;
    });
  });

  test('a model that is gone: InternalServerError', async () => {
    await stage.endModel();
    await assert.rejects(client.chat.completions.create(ask, { maxRetries: 0 }), {
      status: 503,
      constructor: OpenAI.InternalServerError,
    });
  });
});
