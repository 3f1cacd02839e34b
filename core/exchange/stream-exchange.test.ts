import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { HeaderList, Inbound, SignedHandOff } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, type Happened, handOff, lastFacts, type World } from './world.testing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const signed: SignedHandOff = { text: JSON.stringify({ ...handOff, path: '/o', endpoint: 'opaque' }), mac: 'good' };
const requestHeaders = (end: boolean, more: HeaderList = []): Inbound => ({
  kind: 'request_headers',
  headers: [[':method', 'POST'], [':authority', 'h.test'], [':path', '/o'], ...more],
  end,
  handOff: signed,
});
const responseHeaders = (end: boolean, more: HeaderList = []): Inbound => ({
  kind: 'response_headers',
  headers: [[':status', '200'], ...more],
  end,
  handOff: signed,
});
const requestBody = (end: boolean, text = 'body'): Inbound => ({ kind: 'request_body', bytes: bytes(text), end });
const responseBody = (end: boolean, text = 'answer'): Inbound => ({ kind: 'response_body', bytes: bytes(text), end });
const requestTrailers: Inbound = { kind: 'request_trailers', headers: [['x-user', 'root']] };
const responseTrailers: Inbound = { kind: 'response_trailers', headers: [['grpc-status', '0']] };

async function run(script: readonly Inbound[], faults: Parameters<typeof createWorld>[1] = {}): Promise<World> {
  const world = createWorld(script, faults);
  await serveExchange(world.exchange, world.ports);
  return world;
}
/** Everything that happened, in order, as words: records, answers (with `!` when they end their direction). */
const story = (world: World): string[] =>
  world.happened.map((event) => {
    if (event.what === 'recorded') return event.type;
    if (event.what !== 'sent') return event.what;
    return `${event.answer.kind}${'end' in event.answer && event.answer.end ? '!' : ''}`;
  });

describe('a request that streams', () => {
  test('is on record before its first byte goes up, and again before its end does', async () => {
    const world = await run([
      requestHeaders(false),
      requestBody(false),
      requestBody(true),
      responseHeaders(false),
      responseBody(true),
    ]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers',
      'request_body',
      'session.received',
      'request_body!',
      'response_headers',
      'session.closed',
      'response_body!',
      'finished',
    ]);
    const [opened, received] = world.happened.flatMap((event) => (event.what === 'recorded' ? [event.draft.data] : []));
    assert.equal(opened?.['streamed'], true);
    assert.equal(opened?.['digest'], undefined);
    assert.equal(received?.['bytes'], 8);
    assert.notEqual(received?.['digest'], undefined);
  });
  test('without a body its digest is in the first record, and there is no second', async () => {
    const world = await run([requestHeaders(true), responseHeaders(true)]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers!',
      'session.closed',
      'response_headers!',
      'finished',
    ]);
  });
  test('of a promised length: its last bytes wait for the record, as the model would take them for the end', async () => {
    const world = await run([
      requestHeaders(false, [['content-length', '8']]),
      requestBody(false),
      requestBody(false),
      requestBody(true, ''),
      responseHeaders(true),
    ]);
    assert.deepEqual(story(world).slice(0, 5), [
      'session.opened',
      'request_headers',
      'request_body',
      'session.received',
      'request_body!',
    ]);
  });
  test('callers’ trailers end it, and are not passed', async () => {
    const world = await run([requestHeaders(false), requestBody(false), requestTrailers, responseHeaders(true)]);
    const trailers = world.happened.find((event) => event.what === 'sent' && event.answer.kind === 'request_trailers');
    assert.deepEqual(trailers?.what === 'sent' && trailers.answer, {
      kind: 'request_trailers',
      set: [],
      remove: ['x-user'],
    });
    assert.equal(story(world).at(-1), 'finished');
  });
  test('both directions at once, message by message', async () => {
    const world = await run([
      requestHeaders(false),
      responseHeaders(false),
      requestBody(false),
      responseBody(false),
      requestBody(false),
      responseBody(false),
      requestTrailers,
      responseTrailers,
    ]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers',
      'response_headers',
      'request_body',
      'response_body',
      'request_body',
      'response_body',
      'session.received',
      'request_trailers',
      'session.closed',
      'response_trailers',
      'finished',
    ]);
  });
  test('answered before its end: the answer is whole, the rest goes nowhere, and Envoy never hears OK', async () => {
    const world = await run([
      requestHeaders(false),
      requestBody(false),
      responseHeaders(false),
      responseTrailers,
      requestBody(false),
      requestBody(true),
    ]);
    assert.deepEqual(story(world), [
      'session.opened',
      'request_headers',
      'request_body',
      'response_headers',
      'session.closed',
      'response_trailers',
      'reset',
    ]);
    const request = new Map(Object.entries(lastFacts(world.happened)['request'] ?? {}));
    assert.equal(request.get('complete'), false);
    assert.equal(request.get('bytes'), 4);
  });
  test('its end cannot be recorded: it is not sent on, and the caller is told', async () => {
    const world = await run([requestHeaders(false), requestBody(true)], { fullFrom: 1 });
    assert.deepEqual(story(world), ['session.opened', 'request_headers', 'immediate', 'finished']);
  });
  test('the caller leaves: aborted, with how far it came', async () => {
    const world = await run([requestHeaders(false), requestBody(false)]);
    assert.deepEqual(story(world), ['session.opened', 'request_headers', 'request_body', 'session.aborted', 'reset']);
  });
  test('what comes is what goes, in either direction, under any coding', async () => {
    const world = await run([
      requestHeaders(false, [
        ['content-encoding', 'x-unknown'],
        ['range', 'bytes=0-1'],
        ['content-type', 'a/b'],
      ]),
      requestBody(true),
      responseHeaders(false, [
        [':status', '206'],
        ['content-encoding', 'x-unknown'],
        ['etag', '"1"'],
      ]),
      responseBody(true),
    ]);
    const sent = world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []));
    assert.deepEqual(sent[0], {
      kind: 'request_headers',
      end: false,
      set: [['x-countersign-session', handOff.session]],
      remove: ['authorization'],
    });
    assert.deepEqual(sent[2], {
      kind: 'response_headers',
      end: false,
      set: [['x-countersign-session', handOff.session]],
      remove: ['content-length'],
    });
    assert.equal(story(world).at(-1), 'finished');
  });
});

const anyMessage: fc.Arbitrary<Inbound> = fc.oneof(
  { weight: 5, arbitrary: fc.boolean().map((end) => requestBody(end)) },
  { weight: 5, arbitrary: fc.boolean().map((end) => responseBody(end)) },
  { weight: 5, arbitrary: fc.boolean().map((end) => responseHeaders(end)) },
  fc.boolean().map((end) => requestHeaders(end)),
  fc.constantFrom<Inbound>(
    requestTrailers,
    responseTrailers,
    { kind: 'unreadable', reason: 'unknown_message' },
    { kind: 'gone' },
  ),
);
const sentEnd = (direction: string) => (event: Happened) =>
  event.what === 'sent' &&
  event.answer.kind.startsWith(direction) &&
  (event.answer.kind.endsWith('trailers') || ('end' in event.answer && event.answer.end));

test('in whatever order both directions come, whatever fails: no byte without a record, no end without its own', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.constantFrom('0', '4', '8', '12'), { nil: undefined }),
      fc.array(anyMessage, { maxLength: 10 }),
      fc.option(fc.nat(3), { nil: undefined }),
      fc.option(fc.nat(8), { nil: undefined }),
      async (length, rest, fullFrom, throwAt) => {
        const faults = {
          ...(fullFrom === undefined ? {} : { fullFrom }),
          ...(throwAt === undefined ? {} : { throwAt }),
        };
        const headers: HeaderList = length === undefined ? [] : [['content-length', length]];
        const { happened } = await run([requestHeaders(false, headers), ...rest], faults);
        const first = (test: (event: Happened) => boolean): number => happened.findIndex(test);
        const record = (...types: string[]) =>
          first((event) => event.what === 'recorded' && types.includes(event.type));
        const before = (earlier: number, later: number, what: string): void => {
          if (later >= 0) assert.ok(earlier >= 0 && earlier < later, what);
        };
        const terminal = ['session.closed', 'session.denied', 'session.aborted'];
        before(
          record('session.opened'),
          first((event) => event.what === 'sent' && event.answer.kind.startsWith('request')),
          'forwarded without a record',
        );
        before(record('session.received'), first(sentEnd('request')), 'an end of the request without a record');
        before(record(...terminal), first(sentEnd('response')), 'an end of the response without a record');
        const ends = happened.filter((event) => event.what === 'recorded' && terminal.includes(event.type)).length;
        if (fullFrom === undefined) assert.ok(ends >= 1, 'a terminal record');
        const last = happened.at(-1)?.what;
        assert.ok(last === 'finished' || last === 'reset', 'every stream is ended');
        assert.equal(happened.filter((event) => event.what === 'finished' || event.what === 'reset').length, 1);
        if (
          last === 'finished' &&
          !happened.some((event) => event.what === 'sent' && event.answer.kind === 'immediate')
        )
          assert.ok(first(sentEnd('request')) >= 0 && first(sentEnd('response')) >= 0, 'OK before both ends');
      },
    ),
    { numRuns: 3000 },
  );
});
