/** Open Inference Protocol v2, REST with JSON tensors (github.com/kserve/open-inference-protocol). */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { hasMisspelt, type KnownMembers, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isCount, isRecord, type JsonRecord, member, wrongShape } from './shape.ts';
import { elementsUpTo, maxDimensions } from './tensor-types.ts';

/** Says how long the JSON before raw tensor bytes is. Its mere presence means that the body is not JSON alone. */
export const binaryTensorHeader = 'inference-header-content-length';

/** @param value of `binaryTensorHeader`, undefined when the request does not have it */
export function refuseBinaryTensors(value: string | undefined): Result<undefined, BodyError> {
  return value === undefined ? ok(undefined) : binaryTensors('binary_tensors_not_implemented');
}

const binaryTensors = (reason: string): { readonly ok: false; readonly error: BodyError } =>
  err({ code: 'ERR_BODY_BINARY_TENSORS', reason });

const requestMembers = knownMembers('inputs', 'outputs', 'parameters');
const tensorMembers = knownMembers('name', 'datatype', 'shape', 'data', 'parameters');
const parameterMembers = knownMembers('binary_data', 'binary_data_size', 'binary_data_output', 'shared_memory_region');

/** Rows: the largest first dimension of the inputs. */
export function readOpenInference(body: unknown, bytes: number): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (misspells(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const inputs = member(body, 'inputs');
  if (!Array.isArray(inputs) || inputs.length === 0) return wrongShape('inputs_not_a_list');
  if (hasParameter(body, ['binary_data_output'])) return binaryTensors('binary_output_asked_for');
  const outputs = member(body, 'outputs') ?? [];
  if (!Array.isArray(outputs) || !outputs.every(isRecord)) return wrongShape('outputs_not_a_list');
  if (outputs.some((output) => misspells(output, tensorMembers))) return wrongShape('member_spelled_otherwise');
  if (outputs.some((output) => hasParameter(output, outsideParameters)))
    return binaryTensors('binary_output_asked_for');
  let rows = 0;
  for (const input of inputs) {
    const count = readTensor(input);
    if (!count.ok) return count;
    rows = Math.max(rows, count.value);
  }
  const facts = { bytes: BigInt(bytes), rows: BigInt(rows), model: '', stream: false, max_tokens: 0n, n: 1n };
  return ok({ facts, asksForLogprobs: false });
}

/** Tensor data that is not in the JSON: raw bytes behind it, or shared memory of the server. */
const outsideParameters = ['binary_data', 'binary_data_size', 'shared_memory_region'];

/** `false` and null ask for nothing. */
function hasParameter(record: JsonRecord, names: readonly string[]): boolean {
  const parameters = member(record, 'parameters');
  return isRecord(parameters) && names.some((name) => (member(parameters, name) ?? false) !== false);
}

function misspells(record: JsonRecord, known: KnownMembers): boolean {
  const parameters = member(record, 'parameters');
  return hasMisspelt(record, known) || (isRecord(parameters) && hasMisspelt(parameters, parameterMembers));
}

/** The first dimension, when the shape is one and agrees with the data. */
function readTensor(input: unknown): Result<number, BodyError> {
  if (!isRecord(input)) return wrongShape('input_not_an_object');
  if (misspells(input, tensorMembers)) return wrongShape('member_spelled_otherwise');
  if (typeof member(input, 'name') !== 'string') return wrongShape('input_without_name');
  if (typeof member(input, 'datatype') !== 'string') return wrongShape('input_without_datatype');
  if (hasParameter(input, outsideParameters)) return binaryTensors('binary_input');
  const shape = member(input, 'shape');
  if (!Array.isArray(shape) || shape.length === 0) return wrongShape('shape_not_dimensions');
  if (shape.length > maxDimensions) return wrongShape('shape_of_too_many_dimensions');
  if (!shape.every(isCount)) return wrongShape('shape_not_dimensions');
  const data = member(input, 'data');
  if (!Array.isArray(data)) return wrongShape('data_not_a_list');
  if (!agrees(data, shape)) return wrongShape('shape_disagrees_with_data');
  return ok(shape[0] ?? 0);
}

/** Flat with as many elements as the shape says, or nested exactly like it. */
function agrees(data: readonly unknown[], shape: readonly number[]): boolean {
  if (shape.length === 1 || !data.some(Array.isArray)) {
    return elementsUpTo(data.length, shape) === data.length && data.every(isElement);
  }
  return isNestedLike(data, shape, 0);
}

/** At most `maxDimensions` deep, and as many steps as there are values. */
function isNestedLike(value: unknown, shape: readonly number[], axis: number): boolean {
  const dimension = shape[axis];
  if (dimension === undefined) return isElement(value);
  if (!Array.isArray(value) || value.length !== dimension) return false;
  return value.every((item) => isNestedLike(item, shape, axis + 1));
}

const isElement = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
