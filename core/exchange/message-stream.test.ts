/** A gRPC request of many messages: when each goes on, and what ends the stream. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { referenceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import { frameOf } from '../body/protobuf/frames.ts';
import type { Inbound, SignedHandOff } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, handOff, lastFacts, type World } from './world.testing.ts';

const { path, encode } = referenceOf('inference.GRPCInferenceService', 'ModelStreamInfer', 'request');
const signed: SignedHandOff = { text: JSON.stringify({ ...handOff, path, endpoint: 'messages' }), mac: 'good' };
const grpc = ['content-type', 'application/grpc'] as const;
const headers = (end = false, more: readonly (readonly [string, string])[] = []): Inbound => ({
  kind: 'request_headers',
  headers: [[':method', 'POST'], [':authority', 'h.test'], [':path', path], grpc, ...more],
  end,
  handOff: signed,
});
const responseHeaders: Inbound = {
  kind: 'response_headers',
  headers: [[':status', '200'], grpc],
  end: false,
  handOff: signed,
};
const responseTrailers: Inbound = { kind: 'response_trailers', headers: [['grpc-status', '0']] };
const answer: Inbound = { kind: 'response_body', bytes: frameOf(new Uint8Array(0)), end: false };

const message = (rows: number, model = 'm'): Uint8Array =>
  frameOf(
    encode({
      model_name: model,
      inputs: [{ name: 'x', datatype: 'BOOL', shape: [rows], contents: { bool_contents: Array(rows).fill(true) } }],
    }),
  );
const body = (bytes: Uint8Array, end = false): Inbound => ({ kind: 'request_body', bytes, end });
const end = body(new Uint8Array(0), true);

async function run(script: readonly Inbound[], faults: Parameters<typeof createWorld>[1] = {}): Promise<World> {
  const world = createWorld(script, faults);
  await serveExchange(world.exchange, world.ports);
  return world;
}
const story = (world: World): string[] =>
  world.happened.map((event) => {
    if (event.what === 'recorded') return event.type;
    if (event.what !== 'sent') return event.what;
    return `${event.answer.kind}${'end' in event.answer && event.answer.end ? '!' : ''}`;
  });
const last = (world: World): Readonly<Record<string, unknown>> => lastFacts(world.happened);

describe('each message', () => {
  test('goes on when it has come whole and is decided on: the session is on record before the first, the end after its record', async () => {
    const one = message(1);
    const world = await run([
      headers(),
      body(one.subarray(0, 3)),
      body(one.subarray(3, 9)),
      body(Buffer.concat([one.subarray(9), message(3)])),
      responseHeaders,
      answer,
      body(message(1)),
      answer,
      end,
      responseTrailers,
    ]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers',
      'request_body',
      'request_body',
      'response_headers',
      'response_body',
      'request_body',
      'response_body',
      'payload.part',
      'session.received',
      'request_body!',
      'payload.part',
      'session.closed',
      'response_trailers',
      'finished',
    ]);
    const { request } = last(world);
    assert.deepEqual(request, {
      ...Object(request),
      complete: true,
      facts: {
        bytes: String(2 * one.length + message(3).length),
        rows: '5',
        model: 'm',
        stream: 'true',
        max_tokens: '0',
        n: '1',
      },
    });
  });
  test('callers’ trailers end it, and are not passed', async () => {
    const world = await run([headers(), body(message(1)), { kind: 'request_trailers', headers: [['x-user', 'root']] }]);
    const sent = world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
    assert.deepEqual(sent.at(-1), { kind: 'request_trailers', set: [], remove: ['x-user'] });
  });
  test('a length and a coding that the caller speaks of are not passed', async () => {
    const world = await run([
      headers(false, [
        ['content-length', '900'],
        ['grpc-encoding', 'identity'],
      ]),
      body(message(1)),
    ]);
    const sent = world.happened.flatMap((event) =>
      event.what === 'sent' && event.answer.kind === 'request_headers' ? [event.answer] : [],
    );
    assert.ok(sent[0]?.remove.includes('content-length'));
    assert.ok(sent[0]?.remove.includes('grpc-encoding'));
    assert.ok(!sent[0]?.set.some(([name]) => name === 'content-type'));
  });
  test('none at all, and the end: decided on as an empty body, and passed', async () => {
    assert.deepEqual(story(await run([headers(), end, responseHeaders, responseTrailers])), [
      'session.opened',
      'request_headers',
      'session.received',
      'request_body!',
      'response_headers',
      'session.closed',
      'response_trailers',
      'finished',
    ]);
  });
});

describe('a stream ends', () => {
  const refusal = (world: World): unknown => Object(last(world)['refusal']);
  const codeOf = (world: World) => ({ ...Object(refusal(world)) }).code;
  const reasonOf = (world: World) => ({ ...Object(refusal(world)) }).reason;

  test('before it begins, with a first message that a rule denies', async () => {
    const world = await run([headers(), body(message(4))]);
    assert.deepEqual(story(world), ['session.denied', 'immediate', 'finished']);
    assert.equal(codeOf(world), 'ERR_POLICY_DENIED');
  });
  test('with a later message that a rule denies: an answer of ours while there is none of the model', async () => {
    const world = await run([headers(), body(message(1)), body(message(4))]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers',
      'request_body',
      'payload.part',
      'session.aborted',
      'immediate',
      'finished',
    ]);
  });
  test('with the same once the model answers: a reset, and the record says why', async () => {
    const world = await run([headers(), body(message(1)), responseHeaders, body(message(4))]);
    assert.deepEqual(story(world).slice(-3), ['payload.part', 'session.aborted', 'reset']);
    assert.equal(codeOf(world), 'ERR_POLICY_DENIED');
  });
  test('with a message that people would have to see first: it cannot wait for them', async () => {
    const world = await run([headers(), body(message(2))]);
    assert.deepEqual(story(world), ['session.denied', 'immediate', 'finished']);
    assert.equal(reasonOf(world), 'hold_of_a_stream');
  });
  test('with a message for another model', async () => {
    const world = await run([headers(), body(message(1)), body(message(1, 'x'))]);
    assert.equal(codeOf(world), 'ERR_MODEL_MISMATCH');
    assert.equal(story(world).filter((step) => step === 'request_body').length, 1);
  });
  const unreadable: readonly (readonly [name: string, script: readonly Inbound[], code: string])[] = [
    ['a message that cannot be read', [body(Buffer.from([0, 0, 0, 0, 1, 0]))], 'ERR_BODY_UNREADABLE'],
    ['a message that says it is compressed', [body(Buffer.from([1, 0, 0, 0, 0]))], 'ERR_BODY_UNREADABLE'],
    ['a message over the limit', [body(Buffer.from([0, 0, 0, 0, 65]))], 'ERR_BODY_TOO_LARGE'],
    ['a message that is cut by the end', [body(message(1).subarray(0, 8), true)], 'ERR_BODY_UNREADABLE'],
  ];
  for (const [name, script, code] of unreadable) {
    test(`with ${name}`, async () => {
      assert.equal(codeOf(await run([headers(), ...script])), code);
      const later = await run([headers(), body(message(1)), ...script]);
      assert.equal(codeOf(later), code);
      assert.ok(story(later).includes('session.aborted'));
      assert.ok(!story(later).includes('request_body!'));
    });
  }
  test('without a body at all, or with a coding that is not read, before anything is decided', async () => {
    assert.equal(reasonOf(await run([headers(true)])), 'grpc_no_message');
    assert.equal(codeOf(await run([headers(false, [['grpc-encoding', 'snappy']])])), 'ERR_BODY_CODING');
  });
  test('when it cannot be recorded: nothing goes on before the first record, no end before the second', async () => {
    assert.deepEqual(story(await run([headers(), body(message(1))], { fullFrom: 0 })), ['immediate', 'finished']);
    const world = await run([headers(), body(message(1)), end], { fullFrom: 1 });
    assert.ok(!story(world).includes('request_body!'));
    assert.equal(story(world).at(-1), 'finished');
  });
  test('when the caller leaves: aborted, and the record says how far it came', async () => {
    const world = await run([headers(), body(message(1)), responseHeaders]);
    assert.deepEqual(story(world).slice(-3), ['payload.part', 'session.aborted', 'reset']);
    const request = { ...Object(last(world)['request']) };
    assert.equal(request.complete, false);
    assert.equal(request.bytes, message(1).length);
    assert.equal(request.copy.bytes, message(1).length);
  });
  test('when the model ends it first: closed with the request as far as it came, and never OK to Envoy', async () => {
    const world = await run([headers(), body(message(1)), responseHeaders, responseTrailers, body(message(1))]);
    assert.deepEqual(story(world).slice(-4), ['payload.part', 'session.closed', 'response_trailers', 'reset']);
  });
  test('when Envoy answers by itself before the first message', async () => {
    const world = await run([headers(), responseHeaders, responseTrailers]);
    assert.ok(!story(world).includes('session.opened'));
    assert.ok(story(world).includes('session.aborted'));
  });
});
