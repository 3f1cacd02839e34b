/** Each refusal reaches the caller in the words of the caller's own API, whichever of the two services says it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readStatusDetails } from '@countersign/adapters/grpc/status-details.testing.ts';
import { status as grpcStatus } from '@grpc/grpc-js';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { type GrpcCaller, grpcCaller } from './harness/grpc-call.ts';
import { assistantPolicy } from './harness/policies.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

const policy = assistantPolicy.replace(
  'rules:\n',
  `  - name: claude
    match: { host: models.bank.test, path: /v1/messages, methods: [POST] }
    api: json
    model: { name: claude }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 13 months, unavailable: refuse }
  - name: grpc
    match: { host: models.bank.test, path: "/inference.GRPCInferenceService/*", methods: [POST] }
    api: text
    model: { name: grpc }
    mask: { request: none, response: bank }
    record: { payload: sealed, retention: 13 months, unavailable: refuse }
rules:
  - { name: leave, match: { subjects: [ben] }, then: deny, because: "Ben is on leave until the 3rd – call 415-555-0132" }
  - { name: long, match: { groups: [analysts] }, when: body.bytes > 1000, then: deny, because: "Too long: 536-22-8726 characters" }
`,
);

let gateway: Gateway;
let ana: string;
let ben: string;
let grpc: GrpcCaller;
before(async () => {
  gateway = await startTestGateway({ policy });
  ana = await gateway.issuer.token('ana', ['analysts']);
  ben = await gateway.issuer.token('ben', ['analysts']);
  grpc = grpcCaller(gateway.port);
});
after(async () => {
  grpc.close();
  await gateway.stop();
});
beforeEach(() => {
  gateway.model.reached.length = 0;
});

const padding = 'x'.repeat(1_000);
const user = [{ role: 'user', content: padding }];
const because = {
  leave: 'Ben is on leave until the 3rd – call 415-555-0132',
  long: 'Too long: 536-22-8726 characters',
};

interface Spoken {
  readonly message: string;
  readonly code: string;
  readonly session: string;
}
interface Words {
  readonly path: string;
  readonly body: unknown;
  readonly contentType: string;
  /** The words of an answer, after its shape was checked against the status. */
  read(body: unknown, status: number): Spoken;
}
/** The member, or the test fails. */
function member(value: unknown, name: string): unknown {
  assert.ok(typeof value === 'object' && value !== null && name in value, `${name} is missing`);
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
const spoken = (message: unknown, part: unknown): Spoken => ({
  message: String(message),
  code: String(member(part, 'code')),
  session: String(member(part, 'session')),
});

const apis: Readonly<Record<string, Words>> = {
  OpenAI: {
    path: '/v1/chat/completions',
    body: { model: 'bank-assistant', messages: user },
    contentType: 'application/json',
    read(body, status) {
      const error = member(body, 'error');
      assert.equal(member(error, 'type'), status === 403 ? 'request_forbidden' : 'invalid_request_error');
      assert.equal(member(error, 'param'), null);
      return spoken(member(error, 'message'), error);
    },
  },
  Anthropic: {
    path: '/v1/messages',
    body: { model: 'claude', messages: user },
    contentType: 'application/json',
    read(body, status) {
      assert.equal(member(body, 'type'), 'error');
      const error = member(body, 'error');
      assert.equal(member(error, 'type'), status === 403 ? 'permission_error' : 'authentication_error');
      assert.equal(member(body, 'request_id'), member(error, 'session'));
      return spoken(member(error, 'message'), error);
    },
  },
  'Open Inference': {
    path: '/v2/models/credit/infer',
    body: { inputs: [{ name: padding, shape: [1, 1], datatype: 'FP64', data: [1] }] },
    contentType: 'application/json',
    read: (body) => spoken(member(body, 'error'), body),
  },
  'problem details': {
    path: '/text/a',
    body: padding,
    contentType: 'application/problem+json',
    read(body, status) {
      assert.equal(member(body, 'status'), status);
      const more = status === 403 ? `: ${String(member(body, 'detail'))}` : '';
      return spoken(`${String(member(body, 'title'))}${more}`, body);
    },
  },
};

for (const [api, words] of Object.entries(apis)) {
  describe(`in the words of ${api}`, () => {
    const send = (token?: string): Promise<Answer> =>
      call({ port: gateway.port, path: words.path, token, body: JSON.stringify(words.body) });
    const read = (answer: Answer, status: number): Spoken => {
      assert.equal(answer.status, status, answer.body.toString());
      assert.equal(answer.headers['content-type'], words.contentType);
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.equal(gateway.model.reached.length, 0);
      const said = words.read(JSON.parse(answer.body.toString()), status);
      assert.equal(said.session, answer.headers['x-countersign-session']);
      assert.equal(terminalOf(readTrail(gateway.ledger), said.session).type, 'session.denied');
      return said;
    };

    test('authz-service tells a stranger nothing more than that', async () => {
      const answer = await send();
      const said = read(answer, 401);
      assert.equal(said.code, 'credential');
      assert.match(said.message, /^A valid credential is required/);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    });

    test('authz-service tells a caller it knows why, in the policy author’s own words', async () => {
      const said = read(await send(ben), 403);
      assert.equal(said.code, 'policy_denied');
      assert.ok(said.message.includes(`Not permitted by policy: ${because.leave}`), said.message);
    });

    test('proc-service does the same', async () => {
      const said = read(await send(ana), 403);
      assert.equal(said.code, 'policy_denied');
      assert.ok(said.message.includes(`Not permitted by policy: ${because.long}`), said.message);
    });
  });
}

describe('in the words of gRPC', () => {
  const method = '/inference.GRPCInferenceService/ModelInfer';
  const calls: Readonly<
    Record<string, readonly [token: () => string | undefined, code: number, reason: string, RegExp]>
  > = {
    'a stranger, by authz-service': [
      () => undefined,
      grpcStatus.UNAUTHENTICATED,
      'CREDENTIAL',
      /^A valid credential is required\. Session: /,
    ],
    'a known caller, by authz-service': [
      () => ben,
      grpcStatus.PERMISSION_DENIED,
      'POLICY_DENIED',
      /Ben is on leave until the 3rd – call 415-555-0132/,
    ],
    'gRPC on an API that reads something else, by proc-service': [
      () => ana,
      grpcStatus.UNIMPLEMENTED,
      'REQUEST_PROTOCOL',
      /^This endpoint does not take such a call/,
    ],
  };
  for (const [name, [token, code, reason, message]] of Object.entries(calls)) {
    test(name, async () => {
      const error = await grpc.unary(method, Buffer.from('hello'), token());
      assert.ok('code' in error);
      assert.equal(error.code, code);
      assert.match(error.details, message);
      const session = String(error.metadata.get('x-countersign-session')[0]);
      const [details] = error.metadata.get('grpc-status-details-bin');
      assert.deepEqual(details instanceof Buffer && readStatusDetails(details), {
        code,
        message: error.details,
        ErrorInfo: { reason, domain: 'countersign', metadata: { session } },
      });
      assert.equal(at(terminalOf(readTrail(gateway.ledger), session), 'refusal', 'code'), `ERR_${reason}`);
      assert.equal(gateway.model.reached.length, 0);
    });
  }

  test('what counts as gRPC is what Envoy takes for it: nobody gets half of one and half of the other', async () => {
    const types = {
      'application/grpc': 200,
      'application/grpc+json': 200,
      'application/grpc-web+proto': 401,
      'application/grpc;a=b': 401,
      'APPLICATION/GRPC': 401,
      'application/grpcx': 401,
    };
    for (const [contentType, status] of Object.entries(types)) {
      const answer = await call({
        port: gateway.port,
        path: '/x',
        method: 'POST',
        headers: { 'content-type': contentType },
      });
      assert.equal(answer.status, status, contentType);
      assert.equal(answer.headers['grpc-status'], status === 200 ? '16' : undefined, contentType);
      assert.equal(answer.body.length === 0, status === 200, contentType);
    }
  });
});

test('HEAD: status and headers of the refusal, and no body, from both services', async () => {
  for (const [token, status] of [
    [undefined, 401],
    [ben, 403],
  ] as const) {
    const answer = await call({ port: gateway.port, path: '/text/a', method: 'HEAD', token });
    assert.equal(answer.status, status);
    assert.equal(answer.body.length, 0);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
  }
  const coded = { 'content-encoding': 'compress' };
  const answer = await call({ port: gateway.port, path: '/text/a', method: 'HEAD', token: ana, headers: coded });
  assert.equal(answer.status, 415);
  assert.equal(answer.body.length, 0);
});

test('an error of the model itself keeps its own shape', async () => {
  const own = JSON.stringify({ error: 'own words', status: 429 });
  gateway.model.answer = (_, response) =>
    void response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' }).end(own);
  const body = JSON.stringify({ model: 'bank-assistant', messages: [{ role: 'user', content: 'hi' }] });
  const answer = await call({ port: gateway.port, path: '/v1/chat/completions', token: ana, body });
  assert.equal(answer.status, 429);
  assert.equal(answer.body.toString(), own);
  assert.equal(answer.headers['retry-after'], '7');
  assert.equal(answer.headers['x-should-retry'], undefined);
});
