import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerText, leaked } from './model/answer.ts';
import { type ModelServer, startModelServer } from './model-server.ts';

let model: ModelServer;
before(async () => {
  model = await startModelServer();
});
after(() => model.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${model.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${model.key}`, 'accept-encoding': 'identity', ...headers },
    body: JSON.stringify(body),
  });
const infer = (inputs: unknown): Promise<Response> => post('/v2/models/credit-scoring/infer', { id: 'r1', inputs });
const applicants = (rows: readonly (readonly number[])[]): unknown => [
  { name: 'applicants', datatype: 'FP64', shape: [rows.length, 4], data: rows.flat() },
];
const chat = (words: string, stream: boolean, headers: Record<string, string> = {}): Promise<Response> =>
  post(
    '/v1/chat/completions',
    { model: 'bank-assistant', stream, messages: [{ role: 'user', content: words }] },
    headers,
  );

async function outputs(response: Response): Promise<Record<string, unknown[]>> {
  const answer = JSON.parse(await response.text());
  return Object.fromEntries(
    answer.outputs.map((output: { name: string; data: unknown[] }) => [output.name, output.data]),
  );
}

function textOf(stream: string): string {
  const events = stream.split('\n\n').filter((event) => event !== '' && event !== 'data: [DONE]');
  return events.map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '').join('');
}

test('scores are probabilities, and a worse account scores higher', async () => {
  const answer = await outputs(
    await infer(
      applicants([
        [0.05, 0.1, 0, 25],
        [0.7, 1.0, 6, 2],
      ]),
    ),
  );
  const [good, bad] = (answer['default_probability'] ?? []).map(Number);
  assert.ok(
    good !== undefined && bad !== undefined && good > 0 && good < 0.1 && bad > 0.6 && bad < 1,
    `${good} ${bad}`,
  );
});

test('each row leaks an SSN and an e-mail address as a string tensor', async () => {
  const answer = await outputs(
    await infer(
      applicants([
        [0.1, 0.1, 0, 5],
        [0.2, 0.2, 1, 6],
        [0.3, 0.3, 2, 7],
      ]),
    ),
  );
  assert.equal(answer['customer']?.length, 3);
  for (const line of answer['customer'] ?? [])
    assert.match(String(line), /SSN \d{3}-\d{2}-\d{4}, e-mail \S+@example\.com/);
});

test('nested tensor data is read like flat data', async () => {
  const rows = [[0.1, 0.2, 0, 5]];
  const nested = await infer([{ name: 'applicants', datatype: 'FP64', shape: [1, 4], data: rows }]);
  assert.equal(nested.status, 200);
});

for (const [name, inputs] of [
  ['no input', []],
  ['another tensor', [{ name: 'x', datatype: 'FP64', shape: [1, 4], data: [1, 2, 3, 4] }]],
  ['another datatype', [{ name: 'applicants', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }]],
  ['a shape that does not fit the data', [{ name: 'applicants', datatype: 'FP64', shape: [2, 4], data: [1, 2, 3, 4] }]],
  ['a string among the numbers', [{ name: 'applicants', datatype: 'FP64', shape: [1, 4], data: [1, 2, 3, '4'] }]],
] as const) {
  test(`an inference request with ${name} is a 400`, async () => {
    assert.equal((await infer(inputs)).status, 400);
  });
}

test('without the server’s own key every model is closed, and the call is counted as refused', async () => {
  const before = model.requests();
  const response = await post('/v1/chat/completions', {}, { authorization: 'Bearer a-callers-token' });
  assert.equal(response.status, 401);
  assert.deepEqual(model.requests(), { ...before, refused: before.refused + 1 });
});

test('health needs no key', async () => {
  assert.equal((await fetch(`${model.url}/v2/health/ready`)).status, 200);
});

test('a chat answer leaks a card, an SSN, an IBAN, an e-mail address and a phone number', async () => {
  const answer = await (await chat('Who is this?', false)).text();
  for (const value of Object.values(leaked)) assert.ok(answer.includes(value), value);
});

test('a stream has the role first, usage without choices last, then [DONE]', async () => {
  const events = (await (await chat('Who is this?', true)).text()).split('\n\n').slice(0, -1);
  assert.deepEqual(JSON.parse(events[0]?.slice(6) ?? '').choices[0].delta, { role: 'assistant', content: null });
  const last = JSON.parse(events.at(-2)?.slice(6) ?? '');
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.total_tokens, 60);
  assert.equal(events.at(-1), 'data: [DONE]');
});

test('asked to spell, it sends one character an event', async () => {
  const stream = await (await chat('Please spell it', true)).text();
  assert.equal(textOf(stream), answerText);
  const longest = stream
    .split('\n\n')
    .slice(0, -2)
    .map((event) => textOf(`${event}\n\n`).length);
  assert.equal(Math.max(...longest), 1);
});

for (const [path, request, delta] of [
  ['/v1/responses', { input: 'In pieces of 3' }, /"delta":"([^"]{1,3})","logprobs"/g],
  [
    '/v1/messages',
    { messages: [{ role: 'user', content: 'In pieces of 3' }] },
    /"type":"text_delta","text":"([^"]{1,3})"/g,
  ],
] as const) {
  test(`${path}: the same answer, in tokens of the length that was asked for`, async () => {
    const whole = await (await post(path, { model: 'bank-assistant', ...request })).text();
    for (const value of Object.values(leaked)) assert.ok(whole.includes(value), value);
    const stream = await (await post(path, { model: 'bank-assistant', stream: true, ...request })).text();
    assert.equal([...stream.matchAll(delta)].map(([, piece]) => piece).join(''), answerText);
  });
}

test('gzip is used when it is accepted, and each event can be decoded when it is sent', async () => {
  model.gate.close();
  const response = await chat('spell', true, { 'accept-encoding': 'gzip' });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assert.match(Buffer.from(first?.value ?? []).toString(), /"role":"assistant"/);
  model.gate.open();
  let rest = '';
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    rest += Buffer.from(part.value).toString();
  }
  assert.ok(rest.endsWith('data: [DONE]\n\n'));
});

test('gzip is not used when it is refused with q=0', async () => {
  const response = await chat('hello', false, { 'accept-encoding': 'gzip;q=0' });
  assert.equal(response.headers.get('content-encoding'), null);
});

test('it keeps what it received, so that a test can see which headers and bytes reached a model', async () => {
  await post('/v1/chat/completions', { model: 'bank-assistant', messages: [] }, { 'x-countersign-session': 'S1' });
  const last = model.received().at(-1);
  assert.equal(last?.headers['x-countersign-session'], 'S1');
  assert.equal(last?.body, '{"model":"bank-assistant","messages":[]}');
});

test('unloading the model works for whoever gets through: that is what a policy has to stop', async () => {
  const own = await startModelServer();
  try {
    const headers = { authorization: `Bearer ${own.key}` };
    await fetch(`${own.url}/v2/repository/models/credit-scoring/unload`, { method: 'POST', headers });
    assert.equal((await fetch(`${own.url}/v2/models/credit-scoring/ready`, { headers })).status, 404);
    assert.equal(own.requests().unload, 1);
  } finally {
    await own.close();
  }
});
