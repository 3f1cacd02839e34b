/** `record.durability: broker`: nothing goes on before a broker has the record that must precede it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Inbound } from './message.ts';
import { serveExchange } from './serve-exchange.ts';
import { createWorld, type Faults, handOff, lastFacts, type World } from './world.testing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function call(endpoint: string, path: string, response: readonly Inbound[], faults: Faults = {}): Promise<World> {
  const signed = { text: JSON.stringify({ ...handOff, path, endpoint }), mac: 'good' };
  const lines = [
    [':method', 'POST'],
    [':authority', 'h.test'],
    [':path', path],
  ] as const;
  const request: readonly Inbound[] = [
    { kind: 'request_headers', headers: lines, end: false, handOff: signed },
    { kind: 'request_body', bytes: bytes('body'), end: true },
  ];
  const world = createWorld([...request, ...response], faults);
  await serveExchange(world.exchange, world.ports);
  return world;
}

const answer: readonly Inbound[] = [
  { kind: 'response_headers', headers: [[':status', '200']], end: false, handOff: undefined },
  { kind: 'response_body', bytes: bytes('first'), end: false },
  { kind: 'response_body', bytes: bytes('last'), end: true },
];

/** What happened, in order: records, questions to the broker, what Envoy was told. */
const story = ({ happened }: World): readonly string[] =>
  happened.map((event) => {
    switch (event.what) {
      case 'recorded':
        return event.type;
      case 'sent':
        return 'end' in event.answer && event.answer.end ? `${event.answer.kind} (end)` : event.answer.kind;
      case 'asked_broker':
        return `broker has ${event.seq}?`;
      default:
        return event.what;
    }
  });

describe('an endpoint with durability: broker', () => {
  test('both ends wait for the broker, each for its own record', async () => {
    assert.deepEqual(story(await call('kept', '/k', answer)), [
      'session.opened',
      'broker has 0?',
      'request_headers',
      'request_body (end)',
      'response_headers',
      'response_body',
      'session.closed',
      'broker has 1?',
      'response_body (end)',
      'finished',
    ]);
  });

  test('an endpoint without it never asks', async () => {
    assert.equal(story(await call('plain', '/a', answer)).filter((step) => step.startsWith('broker')).length, 0);
  });

  test('no broker has the opening record: nothing goes to the model, 503, and the session ends on disk', async () => {
    const world = await call('kept', '/k', answer, { unreachedFrom: 0 });
    assert.deepEqual(story(world), ['session.opened', 'broker has 0?', 'session.aborted', 'immediate', 'finished']);
    const refusal = new Map(Object.entries(lastFacts(world.happened)['refusal'] ?? {}));
    assert.deepEqual([...refusal.values()].slice(0, 2), ['ERR_RECORD_UNAVAILABLE', 'broker_unconfirmed']);
    const immediate = world.happened.flatMap((event) => (event.what === 'sent' ? [event.answer] : []))[0];
    assert.equal(immediate?.kind === 'immediate' && immediate.status, 503);
  });

  test('no broker has the closing record: the end is never released, and a linked record says how far it came', async () => {
    const world = await call('kept', '/k', answer, { unreachedFrom: 1 });
    assert.deepEqual(story(world), [
      'session.opened',
      'broker has 0?',
      'request_headers',
      'request_body (end)',
      'response_headers',
      'response_body',
      'session.closed',
      'broker has 1?',
      'session.aborted',
      'reset',
    ]);
    const facts = lastFacts(world.happened);
    assert.equal(facts['reason'], 'broker_unconfirmed');
    const response = new Map(Object.entries(facts['response'] ?? {}));
    assert.equal(response.get('released_bytes'), 'first'.length);
  });

  test('an answer of headers alone waits as well', async () => {
    const headersOnly: Inbound = {
      kind: 'response_headers',
      headers: [[':status', '204']],
      end: true,
      handOff: undefined,
    };
    const steps = story(await call('kept', '/k', [headersOnly], { unreachedFrom: 1 }));
    assert.equal(steps.includes('response_headers (end)'), false);
    assert.equal(steps.at(-1), 'reset');
  });

  test('a request that streams: its beginning and its end each wait for their own record', async () => {
    const steps = story(await call('kept-opaque', '/ko', answer));
    assert.deepEqual(steps.slice(0, 6), [
      'session.opened',
      'broker has 0?',
      'request_headers',
      'session.received',
      'broker has 1?',
      'request_body (end)',
    ]);
    const cut = story(await call('kept-opaque', '/ko', answer, { unreachedFrom: 1 }));
    assert.deepEqual(cut.slice(3), ['session.received', 'broker has 1?', 'session.aborted', 'immediate', 'finished']);
  });
});
