/** Facts of gRPC requests, written by protobuf's own library. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceOf, type services } from '@countersign/adapters/grpc/inference.testing.ts';
import { readFacts } from '../facts.ts';
import { frameOf } from './frames.ts';

type Service = (typeof services)[number];

function read(service: Service, method: string, message: object) {
  const { encode } = referenceOf(service, method, 'request');
  return readBytes(service, method, frameOf(encode(message)));
}
function readBytes(service: Service, method: string, body: Uint8Array) {
  const api = service.startsWith('tensorflow') ? 'tf-serving' : 'open-inference-v2';
  const path = referenceOf(service, method, 'request').path;
  return readFacts({ api, direction: 'request', contentType: 'application/grpc', path }, body);
}
const inference: Service = 'inference.GRPCInferenceService';
const serving: Service = 'tensorflow.serving.PredictionService';

const infer = (more: object) => read(inference, 'ModelInfer', { model_name: 'credit', ...more });
const input = (more: object) => ({ name: 'rows', datatype: 'FP64', shape: [2], ...more });
const reasonOf = (result: ReturnType<typeof read>): string => (result.ok ? 'read' : result.error.reason);
const rowsOf = (result: ReturnType<typeof read>): bigint | string =>
  result.ok ? result.value.facts.rows : result.error.reason;

describe('ModelInfer', () => {
  const fp64 = { contents: { fp64_contents: [0.5, 1] } };

  it('says its model, its rows and its bytes', () => {
    const result = infer({ inputs: [input(fp64), input({ shape: [3, 1], contents: { fp64_contents: [1, 2, 3] } })] });
    assert.ok(result.ok);
    const { model, rows, bytes, stream } = result.value.facts;
    assert.deepEqual({ model, rows, stream }, { model: 'credit', rows: 3n, stream: false });
    assert.ok(bytes > 50n);
  });
  it('rows may be raw', () => {
    const raw = [Buffer.from('0100000061020000006263', 'hex'), Buffer.alloc(6)];
    const inputs = [input({ datatype: 'BYTES' }), input({ datatype: 'FP16', shape: [3] })];
    assert.equal(rowsOf(infer({ inputs, raw_input_contents: raw })), 3n);
  });
  it('each datatype has its list', () => {
    const lists = {
      bool_contents: ['BOOL', true],
      int_contents: ['INT32', 1],
      int64_contents: ['INT64', 1],
      uint_contents: ['UINT8', 1],
      uint64_contents: ['UINT64', 1],
      fp32_contents: ['FP32', 1],
      bytes_contents: ['BYTES', Buffer.from('x')],
    } as const;
    for (const [list, [datatype, value]] of Object.entries(lists))
      assert.equal(rowsOf(infer({ inputs: [input({ datatype, contents: { [list]: [value, value] } })] })), 2n, list);
  });

  const table: readonly (readonly [name: string, message: object, reason: string])[] = [
    ['no model', { model_name: '', inputs: [input(fp64)] }, 'model_name_missing'],
    ['no tensors', {}, 'no_inputs'],
    ['a datatype that nobody knows', { inputs: [input({ ...fp64, datatype: 'FP92' })] }, 'datatype_unknown'],
    ['no datatype', { inputs: [{ name: 'x', shape: [2], ...fp64 }] }, 'datatype_unknown'],
    ['no shape', { inputs: [input({ ...fp64, shape: [] })] }, 'shape_not_dimensions'],
    ['a negative dimension', { inputs: [input({ ...fp64, shape: [-2] })] }, 'shape_not_dimensions'],
    ['33 dimensions', { inputs: [input({ ...fp64, shape: Array(33).fill(1) })] }, 'shape_not_dimensions'],
    ['fewer values than the shape says', { inputs: [input({ ...fp64, shape: [3] })] }, 'shape_disagrees_with_data'],
    ['more rows than the shape says', { inputs: [input({ ...fp64, shape: [1] })] }, 'shape_disagrees_with_data'],
    [
      'a shape of more values than there are numbers',
      { inputs: [input({ ...fp64, shape: Array(32).fill('9007199254740991') })] },
      'shape_disagrees_with_data',
    ],
    [
      'values in the list of another datatype',
      { inputs: [input({ contents: { fp32_contents: [1, 2] } })] },
      'shape_disagrees_with_data',
    ],
    [
      'values in two lists',
      { inputs: [input({ contents: { fp64_contents: [1, 2], fp32_contents: [1] } })] },
      'shape_disagrees_with_data',
    ],
    [
      'raw and typed contents',
      { inputs: [input(fp64)], raw_input_contents: [Buffer.alloc(16)] },
      'shape_disagrees_with_data',
    ],
    [
      'raw contents for one of two',
      { inputs: [input({}), input({})], raw_input_contents: [Buffer.alloc(16)] },
      'raw_contents_do_not_match_inputs',
    ],
    [
      'raw contents that are too short',
      { inputs: [input({})], raw_input_contents: [Buffer.alloc(15)] },
      'shape_disagrees_with_data',
    ],
    [
      'raw text that does not add up',
      { inputs: [input({ datatype: 'BYTES', shape: [1] })], raw_input_contents: [Buffer.from('0200000061', 'hex')] },
      'shape_disagrees_with_data',
    ],
    [
      'tensors in shared memory',
      { inputs: [input({ parameters: { shared_memory_region: { string_param: 'r' } } })] },
      'shared_memory',
    ],
    [
      'an answer asked for into shared memory',
      { inputs: [input(fp64)], outputs: [{ name: 'y', parameters: { shared_memory_region: { string_param: 'r' } } }] },
      'shared_memory',
    ],
  ];
  for (const [name, message, reason] of table)
    it(`refused: ${name}`, () => assert.equal(reasonOf(infer(message)), reason));

  const good = frameOf(
    referenceOf(inference, 'ModelInfer', 'request').encode({ model_name: 'credit', inputs: [input(fp64)] }),
  );
  const bodies: readonly (readonly [name: string, body: Uint8Array, reason: string])[] = [
    ['no message', Buffer.alloc(0), 'grpc_no_message'],
    ['two messages', Buffer.concat([good, good]), 'grpc_more_than_one_message'],
    ['bytes behind the message', Buffer.concat([good, Buffer.from([0])]), 'grpc_more_than_one_message'],
    ['a message that is cut', good.subarray(0, -1), 'grpc_message_incomplete'],
    [
      'a message that says it is compressed',
      Buffer.concat([Buffer.from([1]), good.subarray(1)]),
      'grpc_message_compressed',
    ],
    [
      'the name of the model twice',
      frameOf(Buffer.concat([good.subarray(5), Buffer.from('0a0161', 'hex')])),
      'protobuf_field_twice',
    ],
    [
      'a name that is no UTF-8',
      frameOf(Buffer.concat([Buffer.from('0a01ff', 'hex'), good.subarray(5 + 8)])),
      'model_name_not_utf8',
    ],
    ['a group', frameOf(Buffer.concat([good.subarray(5), Buffer.from('a306', 'hex')])), 'protobuf_wire_type'],
  ];
  for (const [name, body, reason] of bodies)
    it(`refused: ${name}`, () => assert.equal(reasonOf(readBytes(inference, 'ModelInfer', body)), reason));
});

describe('calls about a model or a server', () => {
  it('name their model, and have no rows', () => {
    const result = read(inference, 'ModelMetadata', { name: 'credit' });
    assert.ok(result.ok);
    assert.equal(result.value.facts.model, 'credit');
    assert.equal(rowsOf(result), 0n);
    assert.equal(reasonOf(read(inference, 'ModelReady', {})), 'model_name_missing');
    assert.equal(reasonOf(read(inference, 'ServerLive', {})), 'read');
    const served = read(serving, 'GetModelMetadata', { model_spec: { name: 'm' }, metadata_field: ['signature_def'] });
    assert.equal(rowsOf(served), 0n);
  });
});

describe('TensorFlow Serving', () => {
  const predict = (tensor: object) => read(serving, 'Predict', { model_spec: { name: 'm' }, inputs: { x: tensor } });
  const shape = (...sizes: readonly number[]) => ({ dim: sizes.map((size) => ({ size })) });

  it('Predict: rows are the first dimension, whichever way the values are written', () => {
    assert.equal(rowsOf(predict({ dtype: 1, tensor_shape: shape(2, 2), float_val: [1, 2, 3, 4] })), 2n);
    assert.equal(rowsOf(predict({ dtype: 9, tensor_shape: shape(3), tensor_content: Buffer.alloc(24) })), 3n);
    assert.equal(
      rowsOf(predict({ dtype: 7, tensor_shape: shape(2), string_val: [Buffer.from('a'), Buffer.from('b')] })),
      2n,
    );
    assert.equal(rowsOf(predict({ dtype: 8, tensor_shape: shape(1), scomplex_val: [1, 2] })), 1n);
  });
  it('Predict: one value may stand for all of them, and a scalar is one row', () => {
    assert.equal(rowsOf(predict({ dtype: 1, tensor_shape: shape(5000), float_val: [0] })), 5000n);
    assert.equal(rowsOf(predict({ dtype: 3, tensor_shape: {}, int_val: [7] })), 1n);
  });
  const table: readonly (readonly [name: string, tensor: object, reason: string])[] = [
    ['a datatype that nobody knows', { dtype: 99, tensor_shape: shape(1), float_val: [1] }, 'datatype_unknown'],
    ['a reference', { dtype: 101, tensor_shape: shape(1), float_val: [1] }, 'datatype_unknown'],
    ['an unknown rank', { dtype: 1, tensor_shape: { unknown_rank: true }, float_val: [1] }, 'shape_not_dimensions'],
    ['a negative dimension', { dtype: 1, tensor_shape: shape(-1), float_val: [1] }, 'shape_not_dimensions'],
    [
      'more values than the shape says',
      { dtype: 1, tensor_shape: shape(1), float_val: [1, 2] },
      'shape_disagrees_with_data',
    ],
    [
      'content that is too short',
      { dtype: 1, tensor_shape: shape(2), tensor_content: Buffer.alloc(7) },
      'shape_disagrees_with_data',
    ],
    ['no value at all', { dtype: 1, tensor_shape: shape(2) }, 'shape_disagrees_with_data'],
    ['values in two lists', { dtype: 1, tensor_shape: shape(2), float_val: [1], int_val: [1] }, 'values_in_two_places'],
    [
      'text packed in TensorFlow’s own way',
      { dtype: 7, tensor_shape: shape(1), tensor_content: Buffer.from([1, 97]) },
      'text_in_tensor_content',
    ],
  ];
  for (const [name, tensor, reason] of table)
    it(`refused: ${name}`, () => assert.equal(reasonOf(predict(tensor)), reason));

  const input = { example_list: { examples: [{ features: { feature: {} } }, {}] } };
  it('Classify, Regress, MultiInference: rows are examples', () => {
    for (const method of ['Classify', 'Regress'])
      assert.equal(rowsOf(read(serving, method, { model_spec: { name: 'm' }, input })), 2n);
    const tasks = [{ model_spec: { name: 'm' } }, { model_spec: { name: 'm' } }];
    assert.equal(rowsOf(read(serving, 'MultiInference', { tasks, input })), 2n);
  });
  it('refused: tasks for two models, or for none', () => {
    const tasks = [{ model_spec: { name: 'm' } }, { model_spec: { name: 'other' } }];
    assert.equal(reasonOf(read(serving, 'MultiInference', { tasks, input })), 'tasks_for_several_models');
    assert.equal(reasonOf(read(serving, 'MultiInference', { input })), 'no_tasks');
    assert.equal(reasonOf(read(serving, 'Predict', {})), 'model_name_missing');
  });
});
