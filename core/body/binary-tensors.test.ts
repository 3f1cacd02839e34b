/** Facts of requests whose tensors stand behind the JSON (Triton's binary tensor data extension). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFacts } from './facts.ts';
import { jsonBytesOf } from './open-inference.ts';

interface Input {
  readonly datatype?: string;
  readonly shape?: readonly number[];
  readonly data?: readonly unknown[];
  readonly parameters?: object;
}
const elements = (...values: readonly string[]): Buffer =>
  Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );
const binary = (bytes: number, more: Input = {}): Input => ({
  datatype: 'FP32',
  shape: [2],
  parameters: { binary_data_size: bytes },
  ...more,
});
function read(inputs: readonly Input[], tail: Uint8Array, jsonBytes?: number) {
  const json = Buffer.from(JSON.stringify({ inputs: inputs.map((input) => ({ name: 'x', ...input })) }));
  const kind = { api: 'open-inference-v2', direction: 'request', contentType: '', path: '/v2/models/m/infer' } as const;
  const result = readFacts({ ...kind, jsonBytes: jsonBytes ?? json.length }, Buffer.concat([json, tail]));
  return result.ok ? Number(result.value.facts.rows) : result.error.reason;
}

describe('tensors behind the JSON', () => {
  it('say how many rows there are, whatever they hold, beside tensors that are in it', () => {
    assert.equal(read([binary(8)], Buffer.alloc(8)), 2);
    const text = elements('a', '', 'long');
    const inputs = [
      binary(text.length, { datatype: 'BYTES', shape: [3, 1] }),
      { datatype: 'INT8', shape: [1], data: [7] },
      binary(8, { datatype: 'FP16', shape: [4] }),
    ];
    assert.equal(read(inputs, Buffer.concat([text, Buffer.alloc(8)])), 4);
  });
  it('there may be none of them', () => {
    assert.equal(read([{ datatype: 'INT8', shape: [1], data: [7] }], Buffer.alloc(0)), 1);
  });

  const table: readonly (readonly [name: string, inputs: readonly Input[], tail: Uint8Array, reason: string])[] = [
    ['fewer bytes than they say', [binary(8)], Buffer.alloc(7), 'sizes_do_not_add_up'],
    ['more bytes than they say', [binary(8)], Buffer.alloc(9), 'sizes_do_not_add_up'],
    ['bytes of nobody', [{ datatype: 'INT8', shape: [1], data: [7] }], Buffer.alloc(1), 'sizes_do_not_add_up'],
    ['a size that the shape has not', [binary(8, { shape: [3] })], Buffer.alloc(8), 'shape_disagrees_with_data'],
    ['half a value', [binary(6)], Buffer.alloc(6), 'shape_disagrees_with_data'],
    [
      'text that does not add up',
      [binary(5, { datatype: 'BYTES', shape: [1] })],
      Buffer.from([2, 0, 0, 0, 65]),
      'shape_disagrees_with_data',
    ],
    [
      'text of another count',
      [binary(5, { datatype: 'BYTES', shape: [2] })],
      elements('a'),
      'shape_disagrees_with_data',
    ],
    ['a datatype that nobody knows', [binary(8, { datatype: 'FP92' })], Buffer.alloc(8), 'datatype_unknown'],
    ['data in the JSON as well', [binary(8, { data: [1, 2] })], Buffer.alloc(8), 'data_in_two_places'],
    ['no size', [binary(8, { parameters: { binary_data: true } })], Buffer.alloc(8), 'binary_input'],
    ['a size that is no count', [binary(8, { parameters: { binary_data_size: -8 } })], Buffer.alloc(8), 'binary_input'],
    ['shared memory', [binary(8, { parameters: { shared_memory_region: 'r' } })], Buffer.alloc(8), 'shared_memory'],
  ];
  for (const [name, inputs, tail, reason] of table)
    it(`refused: ${name}`, () => assert.equal(read(inputs, tail), reason));

  it('refused: a length of the JSON that is not its length', () => {
    const json = JSON.stringify({ inputs: [{ name: 'x', ...binary(8) }] }).length;
    assert.equal(read([binary(8)], Buffer.alloc(8), json + 9), 'sizes_do_not_add_up');
    assert.equal(read([binary(8)], Buffer.alloc(8), json - 1), 'not_json');
    assert.notEqual(read([binary(8)], Buffer.alloc(8), json + 1), 2);
  });
  it('a header is a count, and nothing else', () => {
    assert.equal(jsonBytesOf('120'), 120);
    for (const value of ['', '-1', '1.5', '0x10', '1e3', ' 1', '1, 1', '9'.repeat(13)])
      assert.equal(jsonBytesOf(value), undefined, value);
  });
});
