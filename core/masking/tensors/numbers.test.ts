/** Numbers of tensors whose name says what they are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferenceProtos, referenceOf } from '@countersign/adapters/grpc/inference.testing.ts';
import { frameOf } from '../../body/protobuf/frames.ts';
import { modelInferResponse } from '../../body/protobuf/open-inference-schema.ts';
import type { Inner } from '../formats/inner.ts';
import { maskInChunks } from '../planted.testing.ts';
import { GrpcMasker } from '../protobuf/grpc-masker.ts';
import { BinaryTensorMasker } from './binary-tensors.ts';
import { maskList, maskTensor } from './numbers.ts';

/** Under `ssn` nine digits become nines, the last two stay under `card`, letters come under `token`; other names say nothing. */
const inner: Inner = {
  scan: { isPlain: () => true, isText: () => true, indexOf: () => -1 },
  json: () => assert.fail(),
  jsonValues: () => assert.fail(),
  text: () => assert.fail(),
  lane: () => assert.fail(),
  value: (text) => text,
  bytes: (text) => text,
  tells: (key) => ['ssn', 'card', 'token'].includes(key),
  number(text, key) {
    if (text.length < 9) return text;
    if (key === 'card') return `${'9'.repeat(text.length - 2)}${text.slice(-2)}`;
    return key === 'token' ? '"tok_a"' : '9'.repeat(text.length);
  },
  fault: () => undefined,
  failure: () => undefined,
  hide: (text) => text,
  hideNumber: (text) => text,
  spells: () => false,
  summary: () => ({ counts: {}, faults: [] }),
  mayBlock: false,
  hasFields: false,
  keepsBinary: false,
};
const ssn = 536_228_726;
const nines = 999_999_999;

describe('values in memory', () => {
  const masked = (values: ArrayBufferView, datatype: string, key = 'ssn') =>
    maskTensor(inner, new Uint8Array(values.buffer), datatype, key).buffer;
  it('of 32 and 64 bits, whole or floating: nines, in as many bytes', () => {
    assert.deepEqual(new Int32Array(masked(Int32Array.of(7, ssn, -ssn), 'INT32')), Int32Array.of(7, nines, -ssn));
    assert.deepEqual(new Uint32Array(masked(Uint32Array.of(ssn), 'UINT32')), Uint32Array.of(nines));
    assert.deepEqual(
      new BigInt64Array(masked(BigInt64Array.of(BigInt(ssn), -1n), 'INT64')),
      BigInt64Array.of(BigInt(nines), -1n),
    );
    assert.deepEqual(
      new BigUint64Array(masked(BigUint64Array.of(BigInt(ssn)), 'UINT64')),
      BigUint64Array.of(BigInt(nines)),
    );
    assert.deepEqual(
      new Float64Array(masked(Float64Array.of(ssn, 0.5, Number.NaN), 'FP64')),
      Float64Array.of(nines, 0.5, Number.NaN),
    );
    assert.deepEqual(new Float32Array(masked(Float32Array.of(ssn), 'FP32')), Float32Array.of(nines));
  });
  it('of other datatypes are left alone', () => {
    for (const datatype of ['BOOL', 'INT8', 'UINT16', 'FP16', 'BF16']) {
      const bytes = new Uint8Array(8).fill(0x7f);
      assert.equal(maskTensor(inner, bytes, datatype, 'ssn'), bytes);
    }
  });
  it('what may stay readable stays, letters become nines, and what is too large for its type has a nine less', () => {
    assert.deepEqual(new Int32Array(masked(Int32Array.of(ssn), 'INT32', 'card')), Int32Array.of(999_999_926));
    assert.deepEqual(new Int32Array(masked(Int32Array.of(ssn), 'INT32', 'token')), Int32Array.of(nines));
    assert.deepEqual(new Int32Array(masked(Int32Array.of(2_000_000_000), 'INT32')), Int32Array.of(nines));
    assert.deepEqual(
      new BigInt64Array(masked(BigInt64Array.of(2n ** 63n - 1n), 'INT64')),
      BigInt64Array.of(999_999_999_999_999_999n),
    );
  });
  it('where none is to be hidden the bytes are the same object', () => {
    const bytes = new Uint8Array(Int32Array.of(1, 2).buffer);
    assert.equal(maskTensor(inner, bytes, 'INT32', 'ssn'), bytes);
    assert.equal(maskList(inner, Uint8Array.of(1, 2), 'int64', 'ssn').length, 2);
  });
});

describe('a message', () => {
  const { encode, decode } = referenceOf('inference.GRPCInferenceService', 'ModelInfer', 'response');
  assert.ok(inferenceProtos);
  const output = (name: string, datatype: string, contents: object) => ({ name, datatype, shape: [2], contents });
  const masked = (message: object): object => {
    const masker = new GrpcMasker(modelInferResponse, inner, 1 << 20);
    const { bytes } = maskInChunks(masker, frameOf(encode(message)), []);
    assert.equal(masker.failure(), undefined);
    return decode(bytes.subarray(5));
  };
  it('has the lists of such tensors masked, and no others', () => {
    const message = (value: number) => ({
      outputs: [
        output('ssn', 'INT64', { int64_contents: [value, -5, 7] }),
        output('ssn', 'FP64', { fp64_contents: [value, 0.5] }),
        output('ssn', 'UINT32', { uint_contents: [value] }),
        output('score', 'INT64', { int64_contents: [ssn] }),
      ],
    });
    assert.deepEqual(masked(message(ssn)), decode(encode(message(nines))));
  });
  it('has lengths that are right where a number takes more bytes', () => {
    const message = (value: string) => ({ outputs: [output('ssn', 'UINT64', { uint64_contents: [value, '1'] })] });
    assert.deepEqual(masked(message('100000000')), decode(encode(message('999999999'))));
  });
  it('has raw contents masked by the name of their tensor', () => {
    const message = (value: number) => ({
      outputs: [
        { name: 'x', datatype: 'INT32' },
        { name: 'ssn', datatype: 'INT32' },
      ],
      raw_output_contents: [Buffer.from(Int32Array.of(ssn).buffer), Buffer.from(Int32Array.of(value, 5).buffer)],
    });
    assert.deepEqual(masked(message(ssn)), decode(encode(message(nines))));
  });
});

it('tensors behind JSON are masked in their own length, however they are cut', () => {
  const body = (value: number): Buffer => {
    const data = Buffer.from(Float64Array.of(1, value).buffer);
    const outputs = [{ name: 'ssn', datatype: 'FP64', shape: [2], parameters: { binary_data_size: 16 } }];
    return Buffer.concat([Buffer.from(JSON.stringify({ outputs })), data]);
  };
  const json = { ...inner, json: () => passing() };
  const sent = body(ssn);
  for (let at = 0; at <= sent.length; at++) {
    const masker = new BinaryTensorMasker(
      { jsonBytes: sent.length - 16, list: 'outputs', maxBytes: 1000 },
      json,
      () => json,
    );
    assert.ok(Buffer.from(maskInChunks(masker, sent, [at]).bytes).equals(body(nines)), `${at}`);
  }
});
const passing = () => ({
  push: (chunk: Uint8Array) => chunk,
  end: () => new Uint8Array(0),
  failure: () => undefined,
  summary: () => ({ counts: {}, faults: [] }),
});
