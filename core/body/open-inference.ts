/** Open Inference Protocol v2, REST with JSON tensors (github.com/kserve/open-inference-protocol). */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import type { RequestReading } from './request-reading.ts';
import { isCount, isRecord, type JsonRecord, member, wrongShape } from './shape.ts';

/** Says how long the JSON before raw tensor bytes is. Its mere presence means that the body is not JSON alone. */
export const binaryTensorHeader = 'inference-header-content-length';

/** @param value of `binaryTensorHeader`, undefined when the request does not have it */
export function refuseBinaryTensors(value: string | undefined): Result<undefined, BodyError> {
  return value === undefined ? ok(undefined) : binaryTensors('binary_tensors_not_implemented');
}

const binaryTensors = (reason: string): { readonly ok: false; readonly error: BodyError } =>
  err({ code: 'ERR_BODY_BINARY_TENSORS', reason });

/** Rows: the largest first dimension of the inputs. */
export function readOpenInference(body: unknown, bytes: number): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  const inputs = member(body, 'inputs');
  if (!Array.isArray(inputs) || inputs.length === 0) return wrongShape('inputs_not_a_list');
  if (hasParameter(body, ['binary_data_output'])) return binaryTensors('binary_output_asked_for');
  const outputs = member(body, 'outputs') ?? [];
  if (!Array.isArray(outputs) || !outputs.every(isRecord)) return wrongShape('outputs_not_a_list');
  if (outputs.some((output) => hasParameter(output, outsideParameters)))
    return binaryTensors('binary_output_asked_for');
  let rows = 0n;
  for (const input of inputs) {
    const count = readTensor(input);
    if (!count.ok) return count;
    if (count.value > rows) rows = count.value;
  }
  const facts = { bytes: BigInt(bytes), rows, model: '', stream: false, max_tokens: 0n, n: 1n };
  return ok({ facts, asksForLogprobs: false });
}

/** Tensor data that is not in the JSON: raw bytes behind it, or shared memory of the server. */
const outsideParameters = ['binary_data', 'binary_data_size', 'shared_memory_region'];

/** `false` and null ask for nothing. */
function hasParameter(record: JsonRecord, names: readonly string[]): boolean {
  const parameters = member(record, 'parameters');
  return isRecord(parameters) && names.some((name) => (member(parameters, name) ?? false) !== false);
}

/** The first dimension, when the shape is one and agrees with the data. */
function readTensor(input: unknown): Result<bigint, BodyError> {
  if (!isRecord(input)) return wrongShape('input_not_an_object');
  if (typeof member(input, 'name') !== 'string') return wrongShape('input_without_name');
  if (typeof member(input, 'datatype') !== 'string') return wrongShape('input_without_datatype');
  if (hasParameter(input, outsideParameters)) return binaryTensors('binary_input');
  const shape = member(input, 'shape');
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isCount)) return wrongShape('shape_not_dimensions');
  const data = member(input, 'data');
  if (!Array.isArray(data)) return wrongShape('data_not_a_list');
  if (!agrees(data, shape)) return wrongShape('shape_disagrees_with_data');
  return ok(BigInt(shape[0] ?? 0));
}

/** Flat with as many elements as the shape says, or nested exactly like it. */
function agrees(data: readonly unknown[], shape: readonly number[]): boolean {
  if (shape.length === 1 || !data.some(Array.isArray)) {
    const elements = shape.reduce((product, dimension) => product * BigInt(dimension), 1n);
    return BigInt(data.length) === elements && data.every(isElement);
  }
  return isNestedLike(data, shape);
}

function isNestedLike(value: unknown, shape: readonly number[]): boolean {
  const [dimension, ...inner] = shape;
  if (dimension === undefined) return isElement(value);
  return Array.isArray(value) && value.length === dimension && value.every((item) => isNestedLike(item, inner));
}

const isElement = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
