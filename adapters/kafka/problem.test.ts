import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  TimeoutError,
  UserError,
} from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { explain, needsOperator, ProblemError, remedies, type SinkReason } from './problem.ts';

const protocolError = (type: string) =>
  Object.assign(new Error('misleading words'), { name: 'KafkaJSProtocolError', type });
const wrapped = (cause: unknown) =>
  Object.assign(new Error('5 retries', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });

const cases: readonly (readonly [string, unknown, SinkReason])[] = [
  ['idempotent without WRITE', protocolError('CLUSTER_AUTHORIZATION_FAILED'), 'no_write_permission'],
  ['forbidden topic', protocolError('TOPIC_AUTHORIZATION_FAILED'), 'no_write_permission'],
  ['too large', protocolError('MESSAGE_TOO_LARGE'), 'record_too_large'],
  ['missing topic, after retries', wrapped(protocolError('UNKNOWN_TOPIC_OR_PARTITION')), 'topic_missing'],
  ['replicas', protocolError('NOT_ENOUGH_REPLICAS'), 'not_enough_replicas'],
  ['leader', protocolError('NOT_LEADER_FOR_PARTITION'), 'leader_moving'],
  ['wrong password', protocolError('SASL_AUTHENTICATION_FAILED'), 'authentication_failed'],
  ['slow broker', Object.assign(new Error('x'), { name: 'KafkaJSRequestTimeoutError' }), 'broker_timeout'],
  ['no answer to a connect', new kafkajs.KafkaJSConnectionError('Connection timeout'), 'broker_timeout'],
  ['refused', wrapped(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'broker_unreachable'],
  ['metadata lost', new TypeError("Cannot read properties of null (reading 'topicMetadata')"), 'broker_unreachable'],
  ['another mechanism', protocolError('UNSUPPORTED_SASL_MECHANISM'), 'authentication_failed'],
  ['a login too soon after another', protocolError('ILLEGAL_SASL_STATE'), 'authentication_failed'],
  ['no TLS there', Object.assign(new Error('x'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'certificate_refused'],
  ['our own problem', wrapped(new ProblemError({ reason: 'token_refused', detail: 'x' })), 'token_refused'],
  ['bad certificate', Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'certificate_refused'],
  [
    'several at once',
    Object.assign(new Error('x'), { errors: [protocolError('POLICY_VIOLATION')] }),
    'topic_creation_refused',
  ],
  ['the other client: leader', new MultipleErrors('x', [new ProtocolError('NOT_LEADER_OR_FOLLOWER')]), 'leader_moving'],
  ['the other client: missing topic', new UserError('Unknown topic countersign.events.v1.'), 'topic_missing'],
  ['the other client: slow broker', new TimeoutError('Request timed out'), 'broker_timeout'],
  ['the other client: no answer to a connect', new TimeoutError('Connection to k:1 timed out.'), 'broker_timeout'],
  ['the other client: connection lost', new NetworkError('Connection closed'), 'broker_unreachable'],
  ['the other client: plaintext to TLS', new UserError('Broker requires TLS.'), 'broker_unreachable'],
  [
    'the other client: our own problem, far down',
    new AggregateError([
      new MultipleErrors('x', [
        new AuthenticationError('y', { cause: new ProblemError({ reason: 'token_refused', detail: 'x' }) }),
      ]),
    ]),
    'token_refused',
  ],
  ['an error nobody has seen', protocolError('KAFKAJS_UNKNOWN_ERROR_CODE'), 'broker_error'],
  ['no error at all', undefined, 'broker_error'],
];
for (const [what, error, reason] of cases) {
  test(`${what}: ${reason}`, () => {
    const problem = explain(error, 'topic countersign.events.v1');
    assert.equal(problem.reason, reason);
    assert.notEqual(problem.detail, '');
  });
}

test('the misleading answer to a missing WRITE names the topic and says that no cluster right is needed', () => {
  const { detail } = explain(protocolError('CLUSTER_AUTHORIZATION_FAILED'), 'topic countersign.events.v1');
  assert.match(detail, /no WRITE permission on topic countersign\.events\.v1/);
  assert.match(detail, /no right on the cluster is needed/);
});

test('a certificate problem says whose certificate it is', () => {
  const words = (code: string) => explain(Object.assign(new Error('x'), { code }), 'connecting').detail;
  assert.match(words('CERT_HAS_EXPIRED'), /the broker’s certificate/);
  assert.match(words('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), /a certificate of ours/);
});

test('an error that wraps itself is explained, not followed for ever', () => {
  const error = new Error('loop');
  error.cause = error;
  assert.equal(explain(error, 'connecting').reason, 'broker_error');
});

test('what passes by itself is told apart from what someone has to change', () => {
  assert.equal(needsOperator('broker_unreachable'), false);
  assert.equal(needsOperator('no_write_permission'), true);
});

test('the documentation names every reason with its state, and no other', () => {
  const page = readFileSync(new URL('../../docs/kafka.md', import.meta.url), 'utf8');
  const documented = page
    .split('\n')
    .filter((line) => /^\| `.*\| (retrying|blocked) \|/.test(line))
    .flatMap((line) => {
      const [, names = '', state = ''] = line.split('|');
      return [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${name} ${state.trim()}`);
    });
  const known = Object.entries(remedies).map(
    ([reason, by]) => `${reason} ${by === 'operator' ? 'blocked' : 'retrying'}`,
  );
  assert.deepEqual(documented.toSorted(), known.toSorted());
});
