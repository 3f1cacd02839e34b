/** ProcessingRequest read by hand: what protobuf itself reads, or nothing at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { damaged, judge } from './damage.testing.ts';
import { decodeProcessingRequest } from './process-request.ts';
import { anyMessage, namespace } from './random-message.testing.ts';
import { readProcessingRequest } from './reference.testing.ts';

const name = 'envoy.service.ext_proc.v3.ProcessingRequest';

test('any message, with unknown fields in any place, is read as protobuf reads it', () => {
  const wanted = fc.constantFrom(namespace, 'another', '', undefined);
  fc.assert(
    fc.property(anyMessage(name), wanted, (bytes, of) => {
      assert.deepEqual({ ...decodeProcessingRequest(bytes, of) }, readProcessingRequest(bytes, of));
    }),
    { numRuns: 1_500 },
  );
});

test('a message that is cut off or damaged is refused, or read as protobuf reads it; nothing outside of it is ever read', () => {
  const decode = (bytes: Buffer) => ({ ...decodeProcessingRequest(bytes, namespace) });
  const reference = (bytes: Buffer) => readProcessingRequest(bytes, namespace);
  const seen = { read: 0, refused: 0, unjudged: 0 };
  fc.assert(
    fc.property(damaged(anyMessage(name)), (bytes) => {
      seen[judge(name, bytes, decode, reference)]++;
    }),
    { numRuns: 1_500 },
  );
  assert.ok(seen.read > 0 && seen.refused > 0, 'neither is a rare case');
});
