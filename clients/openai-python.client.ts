/** The official Python package of OpenAI, unmodified, in front of the server of llama.cpp. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type ChatStage, read, said, startChat } from './harness/chat.ts';
import type { Document } from './harness/document.ts';
import { type Client, skipWithoutPython, startClient } from './harness/python.ts';

suite('openai for Python', { skip: skipWithoutPython }, () => {
  const ends = new AsyncDisposableStack();
  let stage: ChatStage;
  let client: Client;
  let ana: string;
  before(async () => {
    client = startClient('openai_client.py', ends);
    stage = await startChat(ends);
    ana = await stage.gateway.token('ana');
  });
  after(() => ends.disposeAsync());

  const ask = (scenario: string, more: object = {}): Promise<Document> =>
    client.ask(scenario, { base_url: stage.baseUrl, api_key: ana, ...more });

  test('a chat answer is masked, its reason to end and its usage are as the model said', async () => {
    const answer = await ask('chat', { text: said });
    answer.has({ content: read, finish_reason: 'stop', completion_tokens: said.length + 1 });
    const record = await stage.gateway.session(answer.text('session'));
    record.has({
      state: 'closed',
      'identity.subject': 'ana',
      'endpoint.name': 'chat',
      'masking.response.counts.us_ssn': 1,
      'masking.response.counts.credit_card': 1,
    });
  });

  test('a streamed answer, one character an event, is masked and whole: role, reason to end, usage', async () => {
    const answer = await ask('stream', { text: said });
    answer.has({ content: read, role: 'assistant', finish_reason: 'stop', completion_tokens: said.length + 1 });
    assert.ok(Number(answer.at('events')) > said.length, `${answer.at('events')} events`);
    (await stage.gateway.session(answer.text('session'))).has({
      state: 'closed',
      'masking.response.counts.us_ssn': 1,
      'masking.response.counts.credit_card': 1,
    });
  });

  test('twenty streams at once, each its own answer', async () => {
    const answer = await ask('many_streams', { text: said, count: 20 });
    const expected = Array.from({ length: 20 }, (_, number) => `${read} Number ${number}.`);
    assert.deepEqual(answer.at('contents'), expected);
  });

  test('JSON that a schema asked for is masked inside its string, and still JSON', async () => {
    const answer = await ask('structured', { value: '536-22-8726' });
    assert.deepEqual(JSON.parse(answer.text('content')), { ssn: '***-**-****' });
  });

  test('arguments of a streamed function call are masked, and still JSON', async () => {
    const answer = await ask('tool_call', { value: '536-22-8726' });
    answer.has({ name: 'look_up', finish_reason: 'tool_calls' });
    assert.deepEqual(JSON.parse(answer.text('arguments')), { ssn: '***-**-****' });
  });

  test('the list of models, through an endpoint of its own', async () => {
    assert.deepEqual((await ask('models')).at('models'), ['tiny']);
  });

  test('a stream that the client leaves is recorded as aborted, with what was released', async () => {
    const left = await ask('leave');
    assert.match(left.text('content'), /^(The SSN is \*{3}-\*{2}-\*{4}\. )+/);
    assert.doesNotMatch(left.text('content'), /536/);
    const record = await stage.gateway.session(left.text('session'));
    assert.equal(record.at('state'), 'aborted', JSON.stringify(record.value));
  });

  for (const [name, given, raised, status, message] of [
    ['a token nobody gave', { api_key: 'sk-made-up' }, 'AuthenticationError', 401, /./],
    ['another model than the endpoint has', { body: { model: 'gpt-9' } }, 'BadRequestError', 400, /model/i],
    ['a member in another spelling', { body: { extra_body: { Model: 'tiny' } } }, 'BadRequestError', 400, /./],
    ['log probabilities of a masked answer', { body: { logprobs: true } }, 'BadRequestError', 400, /[Ll]og prob/],
  ] as const) {
    test(`${name}: ${raised}`, async () => {
      const error = await ask('failing', given);
      error.has({ raised, status });
      assert.match(error.text('message'), message);
      assert.equal(typeof error.at('code'), 'string');
      (await stage.gateway.session(error.text('request_id'))).has({ state: 'denied' });
    });
  }

  test('somebody whom no rule allows: PermissionDeniedError', async () => {
    const error = await ask('failing', { api_key: await stage.gateway.token('tom') });
    error.has({ raised: 'PermissionDeniedError', status: 403, code: 'policy_denied' });
  });

  test('a call that waits for a person is sent again by the SDK itself, and answered once somebody said yes', async () => {
    const before = stage.gateway.endedSessions().length;
    const body = { max_tokens: 1500, extra_body: { grammar: `root ::= "${said}"` } };
    const comeBack = (): boolean => stage.gateway.endedSessions().length > before;
    const answer = ask('failing', { body, max_retries: 60 });
    (await stage.gateway.decided('approve', answer, comeBack)).has({ raised: null, content: read });
  });

  test('a call that a person refuses: PermissionDeniedError with the reason', async () => {
    const error = await stage.gateway.decided('deny', ask('failing', { body: { max_tokens: 2500 } }));
    error.has({ raised: 'PermissionDeniedError', status: 403, code: 'approval_denied' });
    assert.match(error.text('message'), /Seen by rex/);
  });

  test('a call that nobody decides: ConflictError after the tries of the SDK', async () => {
    const error = await ask('failing', { body: { max_tokens: 1501 }, max_retries: 1 });
    error.has({ raised: 'ConflictError', status: 409, code: 'approval_pending' });
  });

  test('more calls at once than may wait: RateLimitError for the rest', async () => {
    const answer = await ask('crowd', { body: { max_tokens: 1502 }, count: 12 });
    const raised = [...Array.from({ length: 10 }, () => 'ConflictError'), 'RateLimitError', 'RateLimitError'];
    assert.deepEqual(answer.at('raised'), raised);
  });

  test('a client that waits less long than people is told to come back before its own timeout: ConflictError', async () => {
    const error = await ask('failing', { body: { max_tokens: 2501 }, timeout: 3, max_retries: 0 });
    error.has({ raised: 'ConflictError', status: 409, code: 'approval_pending' });
  });

  test('a model that is gone: InternalServerError', async () => {
    await stage.endModel();
    const error = await ask('failing', { max_retries: 0 });
    error.has({ raised: 'InternalServerError', status: 503 });
  });
});
