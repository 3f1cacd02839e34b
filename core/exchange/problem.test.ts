import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { grpcCodes, type Refusal, refusals } from '../error-codes.ts';
import type { AnswerShape } from './answer-shape.ts';
import { anthropicTypes, openAiTypes } from './api-errors.ts';
import { problemOf } from './problem.ts';

const session = '01JD0000000000000000000000';
const denied: Refusal = { code: 'ERR_CREDENTIAL', reason: 'credential_signature: secret_reason' };
const pending: Refusal = {
  code: 'ERR_APPROVAL_PENDING',
  reason: 'approval_pending',
  detail: 'Bulk needs a “second” person',
  retryAfter: 1,
  location: 'https://approvals.test/1',
};
const shapes = [
  'grpc',
  'openai',
  'anthropic',
  'gemini',
  'ollama',
  'open_inference',
  'problem',
] as const satisfies readonly AnswerShape[];
const headersOf = (refusal: Refusal, shape: AnswerShape) =>
  new Map(problemOf(refusal, session, shape).headers.map(([name, value]) => [name, value]));
const bodyOf = (refusal: Refusal, shape: AnswerShape): unknown => JSON.parse(problemOf(refusal, session, shape).body);

const message =
  'Waiting for approval: Bulk needs a “second” person. Approval: https://approvals.test/1 Session: 01JD0000000000000000000000';
const extra = { code: 'approval_pending', session, approval: 'https://approvals.test/1' };

describe('a refusal in the words of each API', () => {
  test('OpenAI', () => {
    assert.deepEqual(bodyOf(pending, 'openai'), {
      error: { message, type: 'invalid_request_error', param: null, ...extra },
    });
    assert.equal(headersOf(pending, 'openai').get('x-request-id'), session);
  });
  test('Anthropic', () => {
    assert.deepEqual(bodyOf(pending, 'anthropic'), {
      type: 'error',
      error: { type: 'invalid_request_error', message, ...extra },
      request_id: session,
    });
    assert.equal(headersOf(pending, 'anthropic').get('request-id'), session);
  });
  test('Gemini', () => {
    const metadata = { session, approval: 'https://approvals.test/1' };
    const info = { reason: 'APPROVAL_PENDING', domain: 'countersign', metadata };
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }];
    assert.deepEqual(bodyOf(pending, 'gemini'), { error: { code: 409, message, status: 'ABORTED', details } });
  });
  test('Ollama', () => assert.deepEqual(bodyOf(pending, 'ollama'), { error: message, ...extra }));
  test('Open Inference', () => assert.deepEqual(bodyOf(pending, 'open_inference'), { error: message, ...extra }));
  test('problem details', () => {
    assert.deepEqual(bodyOf(pending, 'problem'), {
      type: 'urn:countersign:problem:approval-pending',
      title: 'Waiting for approval',
      status: 409,
      detail: 'Bulk needs a “second” person',
      ...extra,
    });
  });
  test('gRPC: what Envoy makes a reply of', () => {
    assert.equal(problemOf(pending, session, 'grpc').body, message);
    const headers = headersOf(pending, 'grpc');
    assert.equal(headers.get('grpc-status'), '10');
    assert.equal(headers.get('grpc-retry-pushback-ms'), '1000');
    assert.equal(headers.has('content-type'), false);
  });
});

for (const shape of shapes) {
  describe(`in the shape ${shape}`, () => {
    test('a stranger is told code, title and session, and nothing else', () => {
      const { body } = problemOf(denied, session, shape);
      assert.doesNotMatch(body, /secret_reason|signature/);
      assert.match(body, /A valid credential is required/);
      assert.match(body, new RegExp(session));
      assert.equal(headersOf(denied, shape).get('www-authenticate'), 'Bearer');
    });
    test('headers that clients act on', () => {
      const headers = headersOf(pending, shape);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-countersign-session'), session);
      assert.equal(headers.get('retry-after'), '1');
      assert.equal(headers.get('location'), pending.location);
      assert.equal(headers.get('x-should-retry'), undefined);
    });
    test('trying again by itself is told off where it would only repeat the harm', () => {
      for (const code of ['ERR_HOLDS_EXHAUSTED', 'ERR_RESPONSE_UNREADABLE', 'ERR_INTERNAL'] as const) {
        const headers = headersOf({ code, reason: 'x', retryAfter: 30 }, shape);
        assert.equal(headers.get('x-should-retry'), 'false');
        if (shape === 'grpc') assert.equal(headers.get('grpc-retry-pushback-ms'), '-1');
      }
      assert.equal(headersOf({ code: 'ERR_BUSY', reason: 'x', retryAfter: 1 }, shape).get('x-should-retry'), undefined);
    });
    test('the status is that of the table', () => {
      for (const code of ['ERR_POLICY_DENIED', 'ERR_BODY_TOO_LARGE', 'ERR_INTERNAL'] as const)
        assert.equal(problemOf({ code, reason: 'x' }, session, shape).status, refusals[code].status);
    });
  });
}

test('202 only when it was asked for, and then a status document in every API', () => {
  const applied = { ...pending, retryAfter: 10, applied: 'respond-async, wait=10' };
  for (const shape of ['openai', 'anthropic', 'gemini', 'ollama', 'open_inference', 'problem'] as const) {
    const answer = problemOf(applied, session, shape);
    assert.equal(answer.status, 202);
    assert.deepEqual(JSON.parse(answer.body), {
      status: 'pending',
      title: 'Waiting for approval',
      detail: pending.detail,
      ...extra,
    });
    assert.equal(headersOf(applied, shape).get('preference-applied'), 'respond-async, wait=10');
    assert.equal(headersOf(applied, shape).get('location'), pending.location);
  }
});

test('docs/errors.md has the status of every code, in each API’s words', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  for (const [code, { status, grpc }] of Object.entries(refusals)) {
    const row = `| \`${code}\` | ${status} | ${grpc} ${grpcCodes[grpc]} | \`${openAiTypes[status]}\` | \`${anthropicTypes[status]}\` |`;
    assert.ok(text.includes(row), row);
  }
});
