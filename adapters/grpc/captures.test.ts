/** What the real Envoy said (test/captures/envoy.json, recorded by envoy/test/record-captures.ts), read by hand and by protobuf. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeCheckRequest } from './check-codec.ts';
import { damaged, judge } from './damage.testing.ts';
import { decodeProcessingRequest } from './process-request.ts';
import { namespace } from './random-message.testing.ts';
import { readCheckRequest, readProcessingRequest } from './reference.testing.ts';
import { isPlain, messageOf } from './schema.testing.ts';
import { wirePhases } from './wire.ts';

interface Captured {
  readonly exchange: string;
  readonly message: 'check' | 'process';
  readonly base64: string;
}
const file = new URL('test/captures/envoy.json', import.meta.url);
const { messages }: { readonly messages: readonly Captured[] } = JSON.parse(readFileSync(file, 'utf8'));
const bytesOf = (message: Captured['message'], exchange?: string): Buffer[] =>
  messages
    .filter((captured) => captured.message === message && (exchange ?? captured.exchange) === captured.exchange)
    .map(({ base64 }) => Buffer.from(base64, 'base64'));

const kinds = {
  check: {
    name: 'envoy.service.auth.v3.CheckRequest',
    decode: (bytes: Buffer) => ({ ...decodeCheckRequest(bytes) }),
    reference: readCheckRequest,
  },
  process: {
    name: 'envoy.service.ext_proc.v3.ProcessingRequest',
    decode: (bytes: Buffer) => ({ ...decodeProcessingRequest(bytes, namespace) }),
    reference: (bytes: Buffer) => readProcessingRequest(bytes, namespace),
  },
} as const;

for (const [message, { name, decode, reference }] of [
  ['check', kinds.check],
  ['process', kinds.process],
] as const)
  describe(name, () => {
    const all = bytesOf(message);

    for (const exchange of new Set(messages.map((captured) => captured.exchange)))
      test(`${exchange}: read as protobuf reads it`, () => {
        const captured = bytesOf(message, exchange);
        assert.ok(captured.length > 0);
        for (const bytes of captured) {
          assert.deepEqual(decode(bytes), reference(bytes));
          assert.ok(isPlain(messageOf(name), bytes), 'Envoy says nothing that libraries read differently');
        }
      });

    test('cut off at any byte: refused, or read as protobuf reads it', () => {
      // Every phase is in these two.
      for (const bytes of [...bytesOf(message, 'GET'), ...bytesOf(message, 'trailers both ways')])
        for (let end = 0; end < bytes.length; end++) judge(name, bytes.subarray(0, end), decode, reference);
    });

    test('damaged in any way: refused, or read as protobuf reads it', () => {
      fc.assert(
        fc.property(damaged(fc.constantFrom(...all)), (bytes) => {
          judge(name, bytes, decode, reference);
        }),
        { numRuns: 1_000 },
      );
    });
  });

describe('the captures hold what the codec is for', () => {
  const processed = bytesOf('process').map(kinds.process.decode);

  test('every phase, ends with and without a body, bodies of nothing and of much', () => {
    assert.deepEqual(new Set(processed.map(({ request }) => request)), new Set(wirePhases));
    for (const request of ['request_headers', 'response_headers'])
      for (const end of [true, false])
        assert.ok(
          processed.some((one) => one.request === request && one.end_of_stream === end),
          `${request} ${end}`,
        );
    const bodies = processed.filter(({ request }) => request?.endsWith('_body')).map(({ body }) => body.length);
    assert.ok(bodies.includes(0) && Math.max(...bodies) >= 16 * 1024);
  });

  test('the hand-off on every message, the protocol on the first', () => {
    for (const { metadata } of processed)
      assert.deepEqual([...(metadata?.keys() ?? [])].sort(), ['hand_off', 'mac', 'session']);
    const [first, second] = bytesOf('process', 'POST with a length').map(kinds.process.decode);
    assert.deepEqual(first?.protocol_config, { request_body_mode: 4, response_body_mode: 4 });
    assert.equal(second?.protocol_config, undefined);
  });

  test('a stream that begins with the answer, as Envoy made that itself', () => {
    const [first] = bytesOf('process', 'denied by the first filter').map(kinds.process.decode);
    assert.equal(first?.request, 'response_headers');
  });

  test('header bytes from 0x80 to 0xff both ways, and through both filters', () => {
    const every = Buffer.from(Array.from({ length: 128 }, (_, index) => 128 + index)).toString('latin1');
    const [check] = bytesOf('check', 'odd header bytes').map(kinds.check.decode);
    const lists = bytesOf('process', 'odd header bytes').map((bytes) => kinds.process.decode(bytes).headers);
    for (const list of [check?.headers ?? [], ...lists.filter(({ length }) => length > 0)]) {
      assert.deepEqual(list.find(([key]) => key === 'x-every')?.[1], every);
      assert.deepEqual(list.find(([key]) => key === 'x-empty')?.[1], '');
      assert.equal(Buffer.from(list.find(([key]) => key === 'x-utf8')?.[1] ?? '', 'latin1').toString(), 'grün 漢字');
    }
    assert.equal(lists.filter(({ length }) => length > 0).length, 2);
  });

  test('headers and trailers that stand twice, in order', () => {
    const values = (exchange: string, name: string): string[] =>
      bytesOf('process', exchange).flatMap((bytes) =>
        kinds.process.decode(bytes).headers.flatMap(([key, value]) => (key === name ? [value] : [])),
      );
    assert.deepEqual(values('headers that stand twice', 'x-twice'), ['a', 'b', 'a', 'c', 'd']);
    assert.deepEqual(values('headers that stand twice', 'set-cookie'), ['a=1', 'b=2']);
    assert.deepEqual(values('trailers both ways', 'x-twice'), ['1', '2']);
    assert.deepEqual(values('trailers both ways', 'x-trailer'), ['one', 'two']);
  });

  test('nothing of where they were recorded', () => {
    for (const bytes of bytesOf('check')) {
      const { source, headers } = decodeCheckRequest(bytes);
      assert.equal(source?.address, '127.0.0.1');
      for (const [key, value] of headers ?? []) if (key === 'authorization') assert.equal(value, 'Bearer an-example');
    }
  });
});
