/** The state machine of one ext_proc stream: what Envoy is told, and when it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outbound } from '@countersign/core/exchange/message.ts';
import fc from 'fast-check';
import {
  answerBody,
  answerHeaders,
  answerTrailers,
  body,
  type Direction,
  headers,
  immediate,
  internal,
  nothing,
  ok,
  quiet,
  stage,
} from './process-stream.testing.ts';

// ── The status: Envoy reads an early OK as "go on without me" and sends the request on, raw.

const anyAnswer = fc.oneof(
  fc.constant(immediate),
  ...(['request', 'response'] as const).flatMap((of) => [
    fc.boolean().map((end) => answerHeaders(of, end)),
    fc.boolean().map((end) => answerBody(of, end)),
    fc.constant(answerTrailers(of)),
  ]),
);
const ends = (answer: Outbound, of: Direction): boolean =>
  answer.kind.startsWith(of) && (!('end' in answer) || answer.end);

test('OK is sent exactly when an immediate answer was given, or both directions were answered to their end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAnswer, { maxLength: 6 }), fc.boolean(), async (answers, requestSeen) => {
      const { call, stream, arrive } = stage();
      arrive(headers(requestSeen ? 'request' : 'response', true));
      await stream.next();
      for (const answer of answers) await stream.send(answer);
      stream.finish();
      await quiet();
      const answered = (of: Direction): boolean => answers.some((answer) => ends(answer, of));
      const complete = answered('response') && (answered('request') || !requestSeen);
      assert.equal(call.status, complete || answers.includes(immediate) ? ok : internal);
    }),
    { numRuns: 300 },
  );
});

test('a response whose request was not answered: an error', async () => {
  const { call, stream, arrive } = stage();
  arrive(headers('request'));
  arrive(headers('response', true));
  await stream.send(answerHeaders('response', true));
  await quiet();
  stream.finish();
  await quiet();
  assert.equal(call.status, internal);
});

test('an answer that cannot be converted has answered nothing', async () => {
  const { call, stream } = stage({
    toEnvoy: () => {
      throw new TypeError('injected');
    },
  });
  await assert.rejects(stream.send(immediate), TypeError);
  stream.finish();
  await quiet();
  assert.equal(call.status, internal);
});

test('reset is an error whatever was answered, and the first end is the only one', async () => {
  const { call, stream } = stage();
  await stream.send(immediate);
  stream.reset('the record failed');
  stream.finish();
  stream.reset('again');
  await quiet();
  assert.equal(call.status, internal);

  const other = stage();
  await other.stream.send(immediate);
  other.stream.finish();
  other.stream.reset('too late');
  await quiet();
  assert.equal(other.call.status, ok);
});

// ── What comes from Envoy

test('messages come in order, what carries nothing is skipped, and `gone` comes for ever after the end', async () => {
  for (const how of ['half-close', 'cancelled'] as const) {
    const { call, stream, arrive } = stage();
    arrive(headers('request'));
    arrive(undefined);
    arrive(body('request', Buffer.from('x'), true));
    await quiet();
    if (how === 'half-close') call.push(how);
    else call.cancel();
    await quiet();
    const kinds = [];
    for (let i = 0; i < 4; i++) kinds.push((await stream.next()).kind);
    assert.deepEqual(kinds, ['request_headers', 'request_body', 'gone', 'gone']);
  }
});

test('of two that wait for one message, neither takes the end for it', async () => {
  const { stream, arrive } = stage();
  const both = [stream.next(), stream.next()];
  arrive(headers('request'));
  await quiet();
  arrive(headers('response'));
  const kinds = (await Promise.all(both)).map((message) => message.kind);
  assert.deepEqual(kinds, ['request_headers', 'response_headers']);
});

test('a message that the converter fails on is unreadable: it ends its exchange, not the process', async () => {
  const { stream, arrive } = stage({
    fromEnvoy: () => {
      throw new RangeError('injected');
    },
  });
  arrive(undefined);
  assert.deepEqual(await stream.next(), { kind: 'unreadable', reason: 'conversion_failed' });
});

test('who waits for a message is released by the end, ours or theirs', async () => {
  for (const end of ['cancel', 'reset'] as const) {
    const { call, stream } = stage();
    const waiting = Promise.all([stream.next(), stream.arrival()]);
    if (end === 'cancel') call.cancel();
    else stream.reset('drain');
    assert.equal((await waiting)[0].kind, 'gone');
  }
});

test('a half-close is an end like any other: what comes first is still handed out, and nothing is sent', async () => {
  const { call, stream, arrive } = stage();
  arrive(headers('request'));
  call.push('half-close');
  assert.equal((await stream.next()).kind, 'request_headers');
  assert.equal((await stream.next()).kind, 'gone');
  assert.equal(await stream.send(immediate), false);
  stream.finish();
  assert.equal(call.status, internal);
});

test('the hand-off is read from the first message alone, and one that carries nothing is not the first', async () => {
  const asked: boolean[] = [];
  const { stream, call } = stage({
    fromEnvoy: (message, isFirst) => {
      asked.push(isFirst);
      return message.length === 0 ? undefined : headers('request');
    },
  });
  for (const size of [0, 0, 1, 1, 0, 1]) call.push(Buffer.alloc(size));
  for (let count = 0; count < 3; count++) await stream.next();
  assert.deepEqual(asked, [true, true, true, false, false, false]);
});

test('what comes after our own end is neither kept nor handed out, and is still read away', async () => {
  const { call, stream, arrive } = stage();
  for (let i = 0; i < 5; i++) arrive(body('request', new Uint8Array(100 * 1024)));
  assert.equal(call.asked, false);
  assert.equal(call.waiting, 2);
  await stream.send(immediate);
  stream.finish();
  assert.equal(call.asked, true);
  for (let i = 0; i < 5; i++) arrive(body('request', new Uint8Array(100 * 1024)));
  arrive(body('request', nothing, true));
  assert.equal(call.waiting, 0);
  assert.equal((await stream.next()).kind, 'gone');
});

// ── What goes to Envoy

test('a send after Envoy is gone, or after our own end, sends nothing and says so', async () => {
  const left = stage();
  left.call.cancel();
  await quiet();
  assert.equal(await left.stream.send(immediate), false);
  assert.deepEqual(left.call.written, []);
  left.stream.finish();
  left.stream.reset('too late');

  const done = stage();
  assert.equal(await done.stream.send(immediate), true);
  done.stream.finish();
  assert.equal(await done.stream.send(answerBody('response', true)), false);
  assert.equal(done.call.written.length, 1);
});
