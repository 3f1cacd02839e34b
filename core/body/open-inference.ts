/** Open Inference Protocol v2, REST, with tensors in JSON or behind it (github.com/kserve/open-inference-protocol). */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { hasMisspelt, type KnownMembers, knownMembers } from './key-folding.ts';
import type { RequestReading } from './request-reading.ts';
import { isCount, isRecord, type JsonRecord, member, wrongShape } from './shape.ts';
import { countElements, elementsUpTo, maxDimensions, openInferenceWidths, textDatatype } from './tensor-types.ts';

/** Says how long the JSON before raw tensor bytes is (Triton's binary tensor data extension). */
export const binaryTensorHeader = 'inference-header-content-length';

/** undefined: no length that fits a body. */
export const jsonBytesOf = (header: string): number | undefined =>
  /^\d{1,12}$/.test(header) ? Number(header) : undefined;

const binaryTensors = (reason: string): { readonly ok: false; readonly error: BodyError } =>
  err({ code: 'ERR_BODY_BINARY_TENSORS', reason });

const requestMembers = knownMembers('inputs', 'outputs', 'parameters');
const tensorMembers = knownMembers('name', 'datatype', 'shape', 'data', 'parameters');
const parameterMembers = knownMembers('binary_data', 'binary_data_size', 'binary_data_output', 'shared_memory_region');

/** Rows: the largest first dimension of the inputs. `tail`: what stands behind the JSON, where the request says how long that is. */
export function readOpenInference(body: unknown, bytes: number, tail?: Uint8Array): Result<RequestReading, BodyError> {
  if (!isRecord(body)) return wrongShape('body_not_an_object');
  if (misspells(body, requestMembers)) return wrongShape('member_spelled_otherwise');
  const inputs = member(body, 'inputs');
  if (!Array.isArray(inputs) || inputs.length === 0) return wrongShape('inputs_not_a_list');
  const outputs = member(body, 'outputs') ?? [];
  if (!Array.isArray(outputs) || !outputs.every(isRecord)) return wrongShape('outputs_not_a_list');
  if (outputs.some((output) => misspells(output, tensorMembers))) return wrongShape('member_spelled_otherwise');
  if (outputs.some((output) => hasParameter(output, sharedMemory))) return binaryTensors('shared_memory');
  let rows = 0;
  let at = 0;
  for (const input of inputs) {
    const read = readTensor(input, tail?.subarray(at));
    if (!read.ok) return read;
    rows = Math.max(rows, read.value.rows);
    at += read.value.binaryBytes;
  }
  if (tail !== undefined && at !== tail.length) return binaryTensors('sizes_do_not_add_up');
  const facts = { bytes: BigInt(bytes), rows: BigInt(rows), model: '', stream: false, max_tokens: 0n, n: 1n };
  return ok({ facts, asksForLogprobs: false });
}

/** Tensor data that is in shared memory of the server. */
const sharedMemory = 'shared_memory_region';

/** `false` and null ask for nothing. */
const hasParameter = (record: JsonRecord, name: string): boolean => (parameterOf(record, name) ?? false) !== false;

function parameterOf(record: JsonRecord, name: string): unknown {
  const parameters = member(record, 'parameters');
  return isRecord(parameters) ? member(parameters, name) : undefined;
}

function misspells(record: JsonRecord, known: KnownMembers): boolean {
  const parameters = member(record, 'parameters');
  return hasMisspelt(record, known) || (isRecord(parameters) && hasMisspelt(parameters, parameterMembers));
}

interface TensorRead {
  /** The first dimension, when the shape is one and agrees with the data. */
  readonly rows: number;
  /** How much of the tail is this tensor's. */
  readonly binaryBytes: number;
}

function readTensor(input: unknown, tail: Uint8Array | undefined): Result<TensorRead, BodyError> {
  if (!isRecord(input)) return wrongShape('input_not_an_object');
  if (misspells(input, tensorMembers)) return wrongShape('member_spelled_otherwise');
  if (typeof member(input, 'name') !== 'string') return wrongShape('input_without_name');
  const datatype = member(input, 'datatype');
  if (typeof datatype !== 'string') return wrongShape('input_without_datatype');
  if (hasParameter(input, sharedMemory)) return binaryTensors('shared_memory');
  const shape = member(input, 'shape');
  if (!Array.isArray(shape) || shape.length === 0) return wrongShape('shape_not_dimensions');
  if (shape.length > maxDimensions) return wrongShape('shape_of_too_many_dimensions');
  if (!shape.every(isCount)) return wrongShape('shape_not_dimensions');
  const rows = shape[0] ?? 0;
  if (hasParameter(input, binaryDataSize) || hasParameter(input, 'binary_data'))
    return readBinary(input, datatype, shape, rows, tail);
  const data = member(input, 'data');
  if (!Array.isArray(data)) return wrongShape('data_not_a_list');
  return agrees(data, shape) ? ok({ rows, binaryBytes: 0 }) : wrongShape('shape_disagrees_with_data');
}

function readBinary(
  input: JsonRecord,
  datatype: string,
  shape: readonly number[],
  rows: number,
  tail: Uint8Array | undefined,
): Result<TensorRead, BodyError> {
  const size = binarySizeOf(input);
  if (tail === undefined || size === undefined) return binaryTensors('binary_input');
  if (Object.hasOwn(input, 'data')) return binaryTensors('data_in_two_places');
  if (size > tail.length) return binaryTensors('sizes_do_not_add_up');
  const width = openInferenceWidths.get(datatype);
  if (width === undefined && datatype !== textDatatype) return wrongShape('datatype_unknown');
  const values = width === undefined ? countElements(tail, 0, size) : size / width;
  return values !== undefined && elementsUpTo(values, shape) === values
    ? ok({ rows, binaryBytes: size })
    : wrongShape('shape_disagrees_with_data');
}

const binaryDataSize = 'binary_data_size';

/** Of a tensor, as requests and answers say it; undefined: none of it is behind the JSON. */
export function binarySizeOf(tensor: JsonRecord): number | undefined {
  const size = parameterOf(tensor, binaryDataSize);
  return isCount(size) ? size : undefined;
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
