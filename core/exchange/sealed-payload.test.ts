/** Calls whose bodies are to be kept: without a key, on a full disk, and where nothing is released that is not kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endFacts } from '../ledger/session-facts.ts';
import type { HeaderList, Inbound } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, type Happened, handOff, lastFacts, type World } from './world.testing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One call to `path`, answered in these pieces. */
function script(path: string, endpoint: string, pieces: readonly string[]): readonly Inbound[] {
  const signed = { text: JSON.stringify({ ...handOff, path, endpoint }), mac: 'good' };
  const headers: HeaderList = [
    [':method', 'POST'],
    [':authority', 'h.test'],
    [':path', path],
  ];
  return [
    { kind: 'request_headers', headers, end: false, handOff: signed },
    { kind: 'request_body', bytes: bytes('asked'), end: true },
    { kind: 'response_headers', headers: [[':status', '200']], end: false, handOff: signed },
    ...pieces.map((piece): Inbound => ({ kind: 'response_body', bytes: bytes(piece), end: false })),
    { kind: 'response_body', bytes: new Uint8Array(0), end: true },
  ];
}

async function run(world: World, ports: Partial<World['ports']> = {}): Promise<World> {
  await serveExchange(world.exchange, { ...world.ports, ...ports });
  return world;
}

/** In order: types of records, and what was sent with how many bytes. */
const story = ({ happened }: World): readonly string[] =>
  happened.flatMap((event) => {
    if (event.what === 'recorded') return [event.type];
    return event.what === 'sent' ? [`${event.answer.kind}${sizeOf(event)}`] : [event.what];
  });
const sizeOf = (event: Extract<Happened, { what: 'sent' }>): string =>
  'bytes' in event.answer ? ` ${event.answer.bytes.length}` : '';

describe('without a key that may be used', () => {
  const noKey = { sealers: { of: () => undefined } };

  test('a call is refused with 503 before the model sees anything, and the record says why', async () => {
    const world = await run(createWorld(script('/a', 'plain', []), {}), noKey);
    assert.deepEqual(story(world), ['session.denied', 'immediate', 'finished']);
    assert.deepEqual(lastFacts(world.happened)['refusal'], {
      code: 'ERR_RECORD_UNAVAILABLE',
      reason: 'payload_key_missing',
      status: 503,
    });
  });

  test('an endpoint that keeps digests alone goes on', async () => {
    const world = await run(createWorld(script('/o', 'opaque', ['x']), {}), noKey);
    assert.equal(story(world).at(-1), 'finished');
    assert.ok(story(world).includes('session.closed'));
  });
});

describe('response: strict', () => {
  const strict = (pieces: readonly string[], faults: Parameters<typeof createWorld>[1] = {}): World =>
    createWorld(script('/s', 'strict', pieces), faults);

  test('each piece is released when the part that holds it is durable, and the end when the session is', async () => {
    assert.deepEqual(story(await run(strict(['one', 'three']))), [
      'payload.part',
      'session.opened',
      'request_headers',
      'request_body 5',
      'response_headers',
      'payload.part',
      'response_body 3',
      'payload.part',
      'response_body 5',
      'session.closed',
      'response_body 0',
      'finished',
    ]);
  });

  test('a piece whose part could not be written is not released', async () => {
    const world = await run(strict(['one', 'three'], { fullFrom: 2 }));
    const told = story(world);
    assert.deepEqual(told.slice(4, 6), ['response_headers', 'payload.part']);
    assert.ok(!told.includes('response_body 5'), told.join());
    assert.equal(told.at(-1), 'reset');
  });

  test('what is longer than is kept is cut, and the record says why', async () => {
    const world = strict(['0123456789', 'more']);
    const { ports } = world;
    await run(world, { limits: { ...ports.limits, payloadBytes: 12 } });
    const told = story(world);
    assert.ok(told.includes('response_body 10') && !told.includes('response_body 4'), told.join());
    const end = world.happened.findLast((event) => event.what === 'recorded' && event.type === 'session.aborted');
    assert.ok(end?.what === 'recorded');
    assert.equal(endFacts(end.draft)['reason'], 'payload_cap_reached');
  });
});
