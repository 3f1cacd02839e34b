/** Facts of a ModelInferRequest (open-inference-schema.ts): its model, its rows, and that its tensors are what they say. */
import { err, ok, type Result } from '../../result.ts';
import type { BodyError } from '../body-error.ts';
import { decodeUtf8 } from '../ijson.ts';
import { wrongShape } from '../shape.ts';
import { countElements, elementsUpTo, maxDimensions, openInferenceWidths, textDatatype } from '../tensor-types.ts';
import { Fields } from './fields.ts';
import type { NumberKind } from './schema.ts';
import { appendCounts, countValues } from './values.ts';

export interface InferenceFacts {
  readonly model: string;
  readonly rows: number;
}

type Reading<T> = Result<T, BodyError>;
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Parameters that lead to data outside the message. */
const outsideParameters: ReadonlySet<string> = new Set(['shared_memory_region']);

/** @param bytes a message without a flaw (flaw.ts) */
export function readInference(bytes: Uint8Array): Reading<InferenceFacts> {
  let model: string | undefined = '';
  const tensors: Tensor[] = [];
  const raw: Span[] = [];
  const fields = new Fields(bytes, 0, bytes.length);
  while (fields.next()) {
    const { field, from, to } = fields;
    if (field === 1) model = decodeUtf8(bytes.subarray(from, to));
    else if (field === 5) {
      const tensor = readTensor(bytes, { from, to });
      if (!tensor.ok) return tensor;
      tensors.push(tensor.value);
    } else if (field === 6 && hasOutsideParameter(bytes, { from, to }, 2)) return sharedMemory;
    else if (field === 7) raw.push({ from, to });
  }
  if (model === undefined) return wrongShape('model_name_not_utf8');
  if (tensors.length === 0) return wrongShape('no_inputs');
  if (raw.length > 0 && raw.length !== tensors.length) return wrongShape('raw_contents_do_not_match_inputs');
  let rows = 0;
  for (const [index, tensor] of tensors.entries()) {
    const span = raw[index];
    if (!(span === undefined ? typedAgrees(tensor) : rawAgrees(bytes, tensor, span)))
      return wrongShape('shape_disagrees_with_data');
    rows = Math.max(rows, tensor.shape[0] ?? 1);
  }
  return ok({ model, rows });
}

const sharedMemory = err({ code: 'ERR_BODY_BINARY_TENSORS', reason: 'shared_memory' } as const);

interface Tensor {
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Values by the number of their list in InferTensorContents. */
  readonly counts: ReadonlyMap<number, number>;
}

function readTensor(bytes: Uint8Array, { from, to }: Span): Reading<Tensor> {
  let datatype: string | undefined;
  let hasName = false;
  const shape: number[] = [];
  let counts: ReadonlyMap<number, number> | undefined = new Map();
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    if (fields.field === 1) hasName = decodeUtf8(bytes.subarray(fields.from, fields.to)) !== undefined;
    else if (fields.field === 2) datatype = decodeUtf8(bytes.subarray(fields.from, fields.to));
    else if (fields.field === 3) {
      if (!appendCounts(bytes, fields, maxDimensions, shape)) return wrongShape('shape_not_dimensions');
    } else if (fields.field === 5) counts = countContents(bytes, fields);
  }
  if (hasOutsideParameter(bytes, { from, to }, 4)) return sharedMemory;
  if (!hasName) return wrongShape('input_without_name');
  if (datatype === undefined || (datatype !== textDatatype && !openInferenceWidths.has(datatype)))
    return wrongShape('datatype_unknown');
  if (shape.length === 0) return wrongShape('shape_not_dimensions');
  return counts === undefined ? wrongShape('contents_not_a_list') : ok({ datatype, shape, counts });
}

/** Whether a map of parameters, field `number` of the message there, has one that leads outside. */
function hasOutsideParameter(bytes: Uint8Array, { from, to }: Span, number: number): boolean {
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    if (fields.field !== number) continue;
    const entry = new Fields(bytes, fields.from, fields.to);
    while (entry.next())
      if (entry.field === 1 && outsideParameters.has(decodeUtf8(bytes.subarray(entry.from, entry.to)) ?? ''))
        return true;
  }
  return false;
}

const contentTypes: ReadonlyMap<number, NumberKind> = new Map([
  [1, 'bool'],
  [2, 'int32'],
  [3, 'int64'],
  [4, 'uint32'],
  [5, 'uint64'],
  [6, 'float'],
  [7, 'double'],
]);
const textContents = 8;

/** Number of the list that holds the values of a datatype. FP16 and BF16 have none: they come raw. */
export const listOf = (datatype: string): number | undefined => contentsOf.get(datatype);
const contentsOf: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['INT8', 2],
  ['INT16', 2],
  ['INT32', 2],
  ['INT64', 3],
  ['UINT8', 4],
  ['UINT16', 4],
  ['UINT32', 4],
  ['UINT64', 5],
  ['FP32', 6],
  ['FP64', 7],
  [textDatatype, textContents],
]);

/** undefined: a list that is none. */
function countContents(bytes: Uint8Array, { from, to }: Span): ReadonlyMap<number, number> | undefined {
  const counts = new Map<number, number>();
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    const type = contentTypes.get(fields.field);
    const values = type === undefined ? 1 : countValues(bytes, fields, type);
    if (values === undefined) return undefined;
    if (values > 0 && fields.field <= textContents) counts.set(fields.field, (counts.get(fields.field) ?? 0) + values);
  }
  return counts;
}

/** The list of its datatype has as many values as the shape says, and no other list has any. */
function typedAgrees({ datatype, shape, counts }: Tensor): boolean {
  const list = listOf(datatype);
  const values = (list === undefined ? undefined : counts.get(list)) ?? 0;
  const others = counts.size - (values > 0 ? 1 : 0);
  return others === 0 && elementsUpTo(values, shape) === values;
}

function rawAgrees(bytes: Uint8Array, { datatype, shape, counts }: Tensor, { from, to }: Span): boolean {
  if (counts.size > 0) return false;
  const width = openInferenceWidths.get(datatype);
  const values = width === undefined ? countElements(bytes, from, to) : (to - from) / width;
  return values !== undefined && elementsUpTo(values, shape) === values;
}
