import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type HeaderList, headerOf, type Inbound, type SignedHandOff } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, type Happened, handOff, type World } from './world.testing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const signed: SignedHandOff = { text: JSON.stringify(handOff), mac: 'good' };
const requestLines: HeaderList = [
  [':method', 'POST'],
  [':authority', 'h.test'],
  [':path', '/a'],
];
const requestHeaders = (end: boolean, by: SignedHandOff | undefined = signed): Inbound => ({
  kind: 'request_headers',
  headers: requestLines,
  end,
  handOff: by,
});
const responseHeaders = (end: boolean, more: HeaderList = []): Inbound => ({
  kind: 'response_headers',
  headers: [[':status', '200'], ...more],
  end,
  handOff: signed,
});
const requestBody = (end: boolean, text = 'body'): Inbound => ({ kind: 'request_body', bytes: bytes(text), end });
const responseBody = (end: boolean, text = 'answer'): Inbound => ({ kind: 'response_body', bytes: bytes(text), end });

async function run(script: readonly Inbound[], faults: Parameters<typeof createWorld>[1] = {}): Promise<World> {
  const world = createWorld(script, faults);
  await serveExchange(world.exchange, world.ports);
  return world;
}
const recorded = (world: World): string[] =>
  world.happened.flatMap((event) => (event.what === 'recorded' ? [event.type] : []));
const sent = (world: World): string[] =>
  world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer.kind] : []));
const terminal = (type: string): boolean => ['session.closed', 'session.denied', 'session.aborted'].includes(type);
const endsResponse = (event: Happened): boolean =>
  event.what === 'sent' &&
  (event.answer.kind === 'response_trailers' ||
    (event.answer.kind.startsWith('response') && 'end' in event.answer && event.answer.end));

describe('one exchange', () => {
  test('the good way: opened before anything goes up, closed before the end comes down', async () => {
    const world = await run([
      requestHeaders(false),
      requestBody(true),
      responseHeaders(false),
      responseBody(false),
      responseBody(true),
    ]);
    assert.deepEqual(recorded(world), ['payload.part', 'session.opened', 'payload.part', 'session.closed']);
    assert.deepEqual(sent(world), [
      'request_headers',
      'request_body',
      'response_headers',
      'response_body',
      'response_body',
    ]);
    assert.equal(world.happened.at(-1)?.what, 'finished');
  });

  test('trailers end both directions', async () => {
    const world = await run([
      requestHeaders(false),
      requestBody(false),
      { kind: 'request_trailers', headers: [] },
      responseHeaders(false),
      responseBody(false),
      { kind: 'response_trailers', headers: [['grpc-status', '0']] },
    ]);
    assert.equal(sent(world).includes('request_trailers'), true);
    assert.equal(sent(world).at(-1), 'response_trailers');
    assert.equal(world.happened.at(-1)?.what, 'finished');
  });

  for (const [name, by] of [
    ['missing', undefined],
    ['forged', { ...signed, mac: 'bad' }],
    ['of another path', { text: JSON.stringify({ ...handOff, path: '/b' }), mac: 'good' }],
    ['expired', { text: JSON.stringify({ ...handOff, expires: 1 }), mac: 'good' }],
    ['of a refused call', { text: JSON.stringify({ ...handOff, outcome: 'refused' }), mac: 'good' }],
    ['of another version', { text: JSON.stringify({ ...handOff, v: 2 }), mac: 'good' }],
    ['without a principal', { text: JSON.stringify({ ...handOff, principal: undefined }), mac: 'good' }],
  ] as const) {
    test(`a hand-off that is ${name} is refused and recorded`, async () => {
      const world = await run([{ kind: 'request_headers', headers: requestLines, end: true, handOff: by }]);
      assert.deepEqual(recorded(world), ['session.denied']);
      assert.deepEqual(sent(world), ['immediate']);
    });
  }

  test('the answer of a refusal that authz-service recorded passes, and nothing is recorded twice', async () => {
    const refused = { text: JSON.stringify({ ...handOff, outcome: 'refused' }), mac: 'good' };
    const world = await run([{ ...responseHeaders(false), handOff: refused } as Inbound, responseBody(true, 'no')]);
    assert.deepEqual(recorded(world), []);
    assert.deepEqual(sent(world), ['response_headers', 'response_body']);
    assert.equal(world.happened.at(-1)?.what, 'finished');
  });

  test('any other answer that starts with the response is recorded as what it is', async () => {
    const world = await run([{ ...responseHeaders(false), handOff: undefined } as Inbound, responseBody(true, 'no')]);
    assert.deepEqual(recorded(world), ['session.denied']);
  });

  test('an answer of Envoy before the request ended: aborted, passed on, and the stream is never ended with OK', async () => {
    const world = await run([
      requestHeaders(false),
      requestBody(false),
      responseHeaders(false),
      responseBody(true, 'timeout'),
    ]);
    assert.deepEqual(recorded(world), ['session.aborted']);
    assert.equal(
      world.happened.some((event) => event.what === 'finished'),
      false,
    );
    assert.equal(world.happened.at(-1)?.what, 'reset');
  });

  test('gRPC on an endpoint that reads something else is refused before its body, with the status in its own headers', async () => {
    const headers = [...requestLines, ['content-type', 'application/grpc']] as const;
    const world = await run([{ kind: 'request_headers', headers, end: false, handOff: signed }]);
    assert.deepEqual(recorded(world), ['session.denied']);
    const [answer] = world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
    assert.equal(answer?.kind === 'immediate' && headerOf(answer.headers, 'grpc-status'), '12');
  });

  test('an upgrade that nobody asked for is refused', async () => {
    const upgrade: Inbound = { kind: 'response_headers', headers: [[':status', '101']], end: false, handOff: signed };
    const world = await run([requestHeaders(false), requestBody(true), upgrade]);
    assert.deepEqual(sent(world), ['request_headers', 'request_body', 'immediate']);
    assert.equal(recorded(world).at(-1), 'session.aborted');
  });

  test('a stream that starts with a body is cut', async () => {
    assert.deepEqual(
      (await run([requestBody(true)])).happened.map((event) => event.what),
      ['reset'],
    );
  });

  test('the mode in which Envoy ignores our answers is refused', async () => {
    const world = await run([requestHeaders(false), { kind: 'unreadable', reason: 'observability_mode' }]);
    assert.deepEqual(sent(world), ['immediate']);
  });
});

const anyMessage: fc.Arbitrary<Inbound> = fc.oneof(
  { weight: 4, arbitrary: fc.boolean().map((end) => requestBody(end, 'x'.repeat(20))) },
  { weight: 4, arbitrary: fc.boolean().map((end) => responseBody(end)) },
  { weight: 4, arbitrary: fc.boolean().map((end) => responseHeaders(end)) },
  fc.constant(responseHeaders(false, [['content-encoding', 'br']])),
  fc.boolean().map((end) => requestHeaders(end)),
  fc.constantFrom<Inbound>(
    { kind: 'request_trailers', headers: [] },
    { kind: 'response_trailers', headers: [] },
    { kind: 'unreadable', reason: 'unknown_message' },
    { kind: 'gone' },
  ),
);

test('whatever Envoy says in whatever order, whatever fails: no request without its record, no end without its record', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyMessage, { maxLength: 8 }),
      fc.option(fc.nat(3), { nil: undefined }),
      fc.option(fc.nat(6), { nil: undefined }),
      async (rest, fullFrom, throwAt) => {
        const faults = {
          ...(fullFrom === undefined ? {} : { fullFrom }),
          ...(throwAt === undefined ? {} : { throwAt }),
        };
        const world = await run([requestHeaders(false), ...rest], faults);
        const { happened } = world;
        const first = (test: (event: Happened) => boolean): number => happened.findIndex(test);
        const record = (type: string) => (event: Happened) => event.what === 'recorded' && event.type === type;
        const forwarded = first((event) => event.what === 'sent' && event.answer.kind.startsWith('request'));
        const opened = first(record('session.opened'));
        if (forwarded >= 0) assert.ok(opened >= 0 && opened < forwarded, 'forwarded without a record');
        const ended = first(endsResponse);
        const closing = first((event) => event.what === 'recorded' && terminal(event.type));
        if (ended >= 0) assert.ok(closing >= 0 && closing < ended, 'an end without a record');
        const ends = happened.filter((event) => event.what === 'recorded' && terminal(event.type)).length;
        if (fullFrom === undefined) assert.equal(ends, 1, 'exactly one terminal record');
        else assert.ok(ends <= 1);
        const last = happened.at(-1)?.what;
        assert.ok(last === 'finished' || last === 'reset', 'every stream is ended');
        assert.equal(happened.filter((event) => event.what === 'finished' || event.what === 'reset').length, 1);
      },
    ),
    { numRuns: 3000 },
  );
});
