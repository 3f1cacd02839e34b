/** ProcessingResponse written by hand: what protobuf itself reads of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeProcessingResponse } from './process-response.ts';
import { headers, latin1Name, latin1Value, optionsOf } from './random-answer.testing.ts';
import { readProcessingResponse } from './reference.testing.ts';

const changes = fc.record({
  set_headers: headers(latin1Value),
  remove_headers: fc.array(latin1Name, { maxLength: 5 }),
});
type Changes = typeof changes extends fc.Arbitrary<infer Value> ? Value : never;
const mutationOf = ({ set_headers, remove_headers }: Changes): object => ({
  set_headers: optionsOf(set_headers, 'raw_value'),
  remove_headers,
});

test('answers to headers: latin1 values, duplicates, empty ones, removals', () => {
  fc.assert(
    fc.property(fc.constantFrom('request_headers', 'response_headers'), changes, (response, changed) => {
      const bytes = encodeProcessingResponse({ response, ...changed });
      const common = { header_mutation: mutationOf(changed), body_mutation: null };
      assert.deepEqual(readProcessingResponse(bytes), { response, [response]: { response: common } });
    }),
  );
});

test('answers to trailers', () => {
  fc.assert(
    fc.property(fc.constantFrom('request_trailers', 'response_trailers'), changes, (response, changed) => {
      const bytes = encodeProcessingResponse({ response, ...changed });
      assert.deepEqual(readProcessingResponse(bytes), {
        response,
        [response]: { header_mutation: mutationOf(changed) },
      });
    }),
  );
});

test('answers to a body are streamed ones, empty and large, with the end and without', () => {
  // Where a length takes one byte more.
  const edges = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000].flatMap((size) => [size, size + 1, size + 9]);
  for (const response of ['request_body', 'response_body'] as const)
    for (const end_of_stream of [true, false])
      for (const size of edges) {
        const body = Buffer.alloc(size, 'body');
        const bytes = encodeProcessingResponse({ response, body, end_of_stream });
        const common = {
          header_mutation: null,
          body_mutation: { streamed_response: { body, end_of_stream }, mutation: 'streamed_response' },
        };
        assert.deepEqual(readProcessingResponse(bytes), { response, [response]: { response: common } });
      }
});

test('an answer of our own: any status, headers, body and details', () => {
  const words = fc.string({ unit: 'binary', maxLength: 300 });
  const status = fc.integer({ min: 0, max: 0x7fff_ffff });
  fc.assert(
    fc.property(status, headers(latin1Value), words, words, (code, set_headers, body, details) => {
      const bytes = encodeProcessingResponse({
        response: 'immediate_response',
        status: code,
        set_headers,
        body,
        details,
      });
      assert.deepEqual(readProcessingResponse(bytes), {
        response: 'immediate_response',
        immediate_response: {
          status: { code },
          headers: mutationOf({ set_headers, remove_headers: [] }),
          body: Buffer.from(body),
          grpc_status: null,
          details,
        },
      });
    }),
  );
});

test('a character that is no byte is not cut to one: U+010A would be a line feed', () => {
  for (const padding of ['', 'x'.repeat(100)])
    for (const [key, value] of [
      ['x-a', `${padding}\u010a`],
      [`x-\u010d${padding}`, ''],
    ] as const) {
      const answer = { response: 'response_headers', set_headers: [[key, value]], remove_headers: [] } as const;
      assert.throws(() => encodeProcessingResponse(answer), RangeError);
    }
});
