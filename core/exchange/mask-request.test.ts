import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noneProfile } from '../masking/profile.ts';
import type { Endpoint, MaskProfile } from '../policy/policy.ts';
import { ok } from '../result.ts';
import { ByteBudget } from './byte-budget.ts';
import type { CollectedRequest } from './collect-request.ts';
import { maskRequest } from './mask-request.ts';
import type { ExchangePorts } from './ports.ts';
import { sessionWith } from './session.testing.ts';
import type { StoredBody } from './stored-body.ts';
import { createWorld } from './world.testing.ts';

const bytes = new Uint8Array(100_000).fill(0x61);
const body: StoredBody = {
  length: bytes.length,
  digest: 'd',
  inMemory: bytes,
  parts: 1,
  part: () => Promise.resolve(ok(bytes)),
  release: () => undefined,
};

/** How many bytes each profile's maskers were given, and whether a copy came of it. */
async function masked(mask: string, payload: 'sealed' | 'digest', api: Endpoint['api'] = 'text') {
  const { ports } = createWorld([], {});
  const given: Record<string, number> = {};
  const profiles = ['bank', 'cards'].map((name): MaskProfile => ({ ...noneProfile, name }));
  const on: ExchangePorts = {
    ...ports,
    budget: new ByteBudget(1 << 20),
    spill: {
      create: () =>
        Promise.resolve(
          ok({
            append: () => Promise.resolve(ok(undefined)),
            read: () => Promise.resolve(ok(bytes.subarray(0, 65_536))),
            close: () => undefined,
          }),
        ),
    },
    policy: () => ({ ...ports.policy(), profile: (name) => profiles.find((profile) => profile.name === name) }),
    masking: {
      ...ports.masking,
      masker: (_, profile) => ({
        push: (chunk) => {
          given[profile.name] = (given[profile.name] ?? 0) + chunk.length;
          return chunk;
        },
        end: () => new Uint8Array(0),
        failure: () => undefined,
        summary: () => ({ counts: { email: 1 }, faults: [] }),
      }),
    },
  };
  const session = sessionWith({
    endpoint: {
      name: 'e',
      match: { host: 'h', path: '/', methods: ['POST'] },
      api,
      model: { name: 'm' },
      mask: { request: mask, response: 'none' },
      record: { payload, retention: '1 month', durability: 'local', unavailable: 'refuse', response: 'stream' },
      upstream: {},
    },
    request: { contentType: '', coding: 'identity', receivedBytes: 0, bytes: 0, digest: 'd', digestKey: 'k' },
  });
  const collected: CollectedRequest = {
    body,
    receivedBytes: 0,
    coding: 'identity',
    contentType: '',
    trailers: undefined,
    endedByHeaders: false,
    keep: () => undefined,
    release: () => undefined,
  };
  const result = await maskRequest(collected, session, on);
  assert.ok(result.ok);
  return { given, copy: result.value.kept !== undefined, counted: session.masking.request?.counts };
}
const head = 72 * 1024;

describe('what is masked of a request', () => {
  test('with the profile of the copy: each byte once', async () => {
    assert.deepEqual(await masked('bank', 'sealed'), { given: { bank: 100_000 }, copy: true, counted: { email: 1 } });
  });
  test('with another profile: the copy has its own', async () => {
    assert.deepEqual(await masked('cards', 'sealed'), {
      given: { cards: 100_000, bank: head },
      copy: true,
      counted: { email: 1 },
    });
  });
  test('not at all, and a copy kept: the beginning, for the copy', async () => {
    assert.deepEqual(await masked('none', 'sealed'), { given: { bank: head }, copy: true, counted: { email: 1 } });
  });
  test('without a copy: only what the traffic needs, and nothing where it needs nothing', async () => {
    assert.deepEqual(await masked('bank', 'digest'), { given: { bank: 100_000 }, copy: false, counted: { email: 1 } });
    assert.deepEqual(await masked('none', 'digest'), { given: {}, copy: false, counted: {} });
  });
  test('of an opaque endpoint: nothing', async () => {
    assert.deepEqual(await masked('none', 'digest', 'opaque'), { given: {}, copy: false, counted: {} });
  });
});
