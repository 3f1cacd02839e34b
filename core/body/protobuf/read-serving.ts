/** Facts of TensorFlow Serving's requests (tf-serving-schema.ts). */
import { ok, type Result } from '../../result.ts';
import type { BodyError } from '../body-error.ts';
import { decodeUtf8 } from '../ijson.ts';
import { wrongShape } from '../shape.ts';
import { elementsUpTo, maxDimensions, tensorflowBits, tensorflowText } from '../tensor-types.ts';
import { Fields } from './fields.ts';
import type { InferenceFacts } from './read-inference.ts';
import type { NumberKind } from './schema.ts';
import { countValues } from './values.ts';

type Reading<T> = Result<T, BodyError>;
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Predict: rows of the tensors. @param bytes a message without a flaw (flaw.ts) */
export function readPredict(bytes: Uint8Array): Reading<InferenceFacts> {
  let model: string | undefined = '';
  let rows = 0;
  const fields = new Fields(bytes, 0, bytes.length);
  while (fields.next()) {
    if (fields.field === 1) model = textAt(bytes, fields, 1);
    if (fields.field !== 2) continue;
    const count = rowsOfEntry(bytes, fields);
    if (!count.ok) return count;
    rows = Math.max(rows, count.value);
  }
  return model === undefined ? wrongShape('model_name_not_utf8') : ok({ model, rows });
}

/** GetModelMetadata: the name in its ModelSpec. */
export function readMetadata(bytes: Uint8Array): Reading<InferenceFacts> {
  const fields = new Fields(bytes, 0, bytes.length);
  let model: string | undefined = '';
  while (fields.next()) if (fields.field === 1) model = textAt(bytes, fields, 1);
  return model === undefined ? wrongShape('model_name_not_utf8') : ok({ model, rows: 0 });
}

/** Classify, Regress: rows are examples. */
export function readExamples(bytes: Uint8Array): Reading<InferenceFacts> {
  const named = readMetadata(bytes);
  return named.ok ? ok({ model: named.value.model, rows: countExamples(bytes) }) : named;
}

/** MultiInference: every task names a model, and TensorFlow Serving takes one model only. */
export function readTasks(bytes: Uint8Array): Reading<InferenceFacts> {
  let model: string | undefined;
  const fields = new Fields(bytes, 0, bytes.length);
  while (fields.next()) {
    if (fields.field !== 1) continue;
    const task = new Fields(bytes, fields.from, fields.to);
    let named: string | undefined = '';
    while (task.next()) if (task.field === 1) named = textAt(bytes, task, 1);
    if (named === undefined) return wrongShape('model_name_not_utf8');
    if (model !== undefined && named !== model) return wrongShape('tasks_for_several_models');
    model = named;
  }
  return model === undefined ? wrongShape('no_tasks') : ok({ model, rows: countExamples(bytes) });
}

/** Text field `number` of the message there; '' when it has none, undefined when it is not UTF-8. */
function textAt(bytes: Uint8Array, { from, to }: Span, number: number): string | undefined {
  const fields = new Fields(bytes, from, to);
  let text: string | undefined = '';
  while (fields.next()) if (fields.field === number) text = decodeUtf8(bytes.subarray(fields.from, fields.to));
  return text;
}

/** `input` is field 2 of both requests that have one; its two forms hold their examples in field 1. */
function countExamples(bytes: Uint8Array): number {
  let count = 0;
  const request = new Fields(bytes, 0, bytes.length);
  while (request.next()) {
    if (request.field !== 2) continue;
    const input = new Fields(bytes, request.from, request.to);
    while (input.next()) {
      if (input.field !== 1 && input.field !== 2) continue;
      const list = new Fields(bytes, input.from, input.to);
      while (list.next()) if (list.field === 1) count++;
    }
  }
  return count;
}

function rowsOfEntry(bytes: Uint8Array, { from, to }: Span): Reading<number> {
  const entry = new Fields(bytes, from, to);
  while (entry.next()) if (entry.field === 2) return rowsOfTensor(bytes, entry);
  return wrongShape('input_without_tensor');
}

/** The list that holds the values of a number's datatype: others must be empty. */
const lists: ReadonlyMap<number, NumberKind> = new Map([
  [5, 'float'],
  [6, 'double'],
  [7, 'int32'],
  [9, 'float'],
  [10, 'int64'],
  [11, 'bool'],
  [12, 'double'],
  [13, 'int32'],
  [16, 'uint32'],
  [17, 'uint64'],
]);
const textList = 8;
/** Complex numbers come in pairs. */
const perValue = (list: number): number => (list === 9 || list === 12 ? 2 : 1);

function rowsOfTensor(bytes: Uint8Array, { from, to }: Span): Reading<number> {
  let datatype: number | undefined = 0;
  let contentBytes = 0;
  let shape: number[] | undefined = [];
  const counts = new Map<number, number>();
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    const type = lists.get(fields.field);
    if (fields.field === 1) datatype = fields.count();
    else if (fields.field === 2) shape = shapeOf(bytes, fields);
    else if (fields.field === 4) contentBytes = fields.to - fields.from;
    if (type === undefined && fields.field !== textList) continue;
    const values = type === undefined ? 1 : countValues(bytes, fields, type);
    if (values === undefined) return wrongShape('values_not_a_list');
    if (values > 0) counts.set(fields.field, (counts.get(fields.field) ?? 0) + values / perValue(fields.field));
  }
  const bits = tensorflowBits.get(datatype ?? 0);
  if (bits === undefined && datatype !== tensorflowText) return wrongShape('datatype_unknown');
  if (shape === undefined) return wrongShape('shape_not_dimensions');
  if (counts.size > 1 || (contentBytes > 0 && counts.size > 0)) return wrongShape('values_in_two_places');
  if (datatype === tensorflowText && contentBytes > 0) return wrongShape('text_in_tensor_content');
  const [values = 0] = counts.values();
  const given = contentBytes > 0 && bits !== undefined ? (contentBytes * 8) / bits : values;
  return agrees(given, shape, contentBytes > 0) ? ok(shape[0] ?? 1) : wrongShape('shape_disagrees_with_data');
}

/** The last value of a list stands for all that follow; of packed content, and of nothing at all, there is no last one. */
function agrees(given: number, shape: readonly number[], exact: boolean): boolean {
  const most = exact ? given : Number.MAX_SAFE_INTEGER;
  const elements = elementsUpTo(most, shape);
  if (elements === undefined) return false;
  return exact || given === 0 ? elements === given : given <= elements;
}

/** undefined: unknown, or no dimensions. */
function shapeOf(bytes: Uint8Array, { from, to }: Span): number[] | undefined {
  const shape: number[] = [];
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    if (fields.field === 3 && fields.count() !== 0) return undefined;
    if (fields.field !== 2) continue;
    const dimension = new Fields(bytes, fields.from, fields.to);
    let size: number | undefined = 0;
    while (dimension.next()) if (dimension.field === 1) size = dimension.count();
    if (size === undefined || shape.push(size) > maxDimensions) return undefined;
  }
  return shape;
}
