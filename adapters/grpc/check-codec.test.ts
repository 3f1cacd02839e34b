/** CheckRequest read and CheckResponse written by hand: what protobuf itself reads of both. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeCheckRequest, encodeCheckResponse } from './check-codec.ts';
import { damaged, judge } from './damage.testing.ts';
import { WireError } from './protobuf-reader.ts';
import { headers, latin1Name, optionsOf } from './random-answer.testing.ts';
import { anyMessage, nested, text, varint } from './random-message.testing.ts';
import { readCheckRequest, readCheckResponse } from './reference.testing.ts';

const name = 'envoy.service.auth.v3.CheckRequest';
const decode = (bytes: Buffer) => ({ ...decodeCheckRequest(bytes) });

test('any check, with unknown fields in any place, is read as protobuf reads it', () => {
  fc.assert(
    fc.property(anyMessage(name), (bytes) => {
      assert.deepEqual(decode(bytes), readCheckRequest(bytes));
    }),
    { numRuns: 1_500 },
  );
});

test('a check that is cut off or damaged is refused, or read as protobuf reads it; nothing outside of it is ever read', () => {
  const seen = { read: 0, refused: 0, unjudged: 0 };
  fc.assert(
    fc.property(damaged(anyMessage(name)), (bytes) => {
      seen[judge(name, bytes, decode, readCheckRequest)]++;
    }),
    { numRuns: 1_500 },
  );
  assert.ok(seen.read > 0 && seen.refused > 0, 'neither is a rare case');
});

test('a check of something that is not HTTP has no request', () => {
  assert.deepEqual(decode(Buffer.alloc(0)), { headers: undefined, source: undefined });
  assert.equal(decode(nested(1, nested(4))).headers, undefined);
});

describe('what stands twice is refused, not merged', () => {
  const get = nested(2, text(2, 'GET'));
  const source = nested(1, nested(1, nested(1, text(2, '10.0.0.1'))));
  const doubles: Readonly<Record<string, Buffer>> = {
    attributes: Buffer.concat([nested(1, nested(4, get)), nested(1, nested(4, get))]),
    request: nested(1, nested(4, get), nested(4, get)),
    http: nested(1, nested(4, get, get)),
    'header map': nested(1, nested(4, nested(2, nested(13), nested(13)))),
    source: nested(1, source, source),
  };
  for (const [what, bytes] of Object.entries(doubles))
    test(what, () => {
      assert.throws(() => decodeCheckRequest(bytes), WireError);
    });
});

const words = fc.string({ unit: 'binary', maxLength: 300 });
const metadata = fc.uniqueArray(fc.tuple(words, words), { selector: ([key]) => key, maxLength: 4 });
const fieldsOf = (pairs: readonly (readonly [string, string])[]): object =>
  Object.fromEntries(pairs.map(([key, stringValue]) => [key, { stringValue, kind: 'stringValue' }]));

test('a refusal is written as protobuf reads it: any status, headers, body and metadata', () => {
  const anyStatus = fc.integer({ min: 0, max: 0x7fff_ffff });
  fc.assert(
    fc.property(anyStatus, anyStatus, headers(words), words, metadata, (code, status, list, body, pairs) => {
      const denied_response = { status, headers: list, body };
      const bytes = encodeCheckResponse({ status: code, denied_response, dynamic_metadata: pairs });
      assert.deepEqual(readCheckResponse(bytes), {
        http_response: 'denied_response',
        status: { code, message: '', details: [] },
        denied_response: { status: { code: status }, headers: optionsOf(list, 'value'), body },
        dynamic_metadata: { fields: fieldsOf(pairs) },
      });
    }),
  );
});

test('a pass is written as protobuf reads it: headers to remove and metadata', () => {
  fc.assert(
    fc.property(fc.array(latin1Name), metadata, (headers_to_remove, pairs) => {
      const bytes = encodeCheckResponse({ status: 0, ok_response: { headers_to_remove }, dynamic_metadata: pairs });
      assert.deepEqual(readCheckResponse(bytes), {
        http_response: 'ok_response',
        status: { code: 0, message: '', details: [] },
        ok_response: { headers: [], headers_to_remove },
        dynamic_metadata: { fields: fieldsOf(pairs) },
      });
    }),
  );
});

test('half of a character is written as protobuf writes it, in as many bytes as were counted', () => {
  const bytes = encodeCheckResponse({ status: 0, dynamic_metadata: [['\ud83d', 'x\udc00']] });
  assert.deepEqual(Reflect.get(readCheckResponse(bytes), 'dynamic_metadata'), {
    fields: fieldsOf([['\ufffd', 'x\ufffd']]),
  });
});

test('a port keeps its 32 bits', () => {
  const at = (port: number | bigint): Buffer =>
    nested(1, nested(1, nested(1, nested(1, Buffer.concat([varint(3 << 3), varint(port)])))));
  for (const [written, port] of [
    [0xffff_ffff, 0xffff_ffff],
    [2 ** 32 + 443, 443],
  ] as const)
    assert.equal(decodeCheckRequest(at(written)).source?.port, port);
});
