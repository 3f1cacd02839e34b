import { type CreditScoring, features, leakedCustomers } from './credit-scoring.ts';
import { isObject } from './json.ts';

export const modelName = 'credit-scoring';
export const modelVersion = '7';

export const modelMetadata = {
  name: modelName,
  versions: [modelVersion],
  platform: 'countersign_demo',
  inputs: [{ name: 'applicants', datatype: 'FP64', shape: [-1, features.length], parameters: { columns: features } }],
  outputs: [
    { name: 'default_probability', datatype: 'FP64', shape: [-1] },
    { name: 'customer', datatype: 'BYTES', shape: [-1] },
  ],
};

export type Answer = { readonly status: number; readonly body: object };

/** `POST /v2/models/credit-scoring/infer` of the Open Inference Protocol, JSON tensors only. */
export function infer(model: CreditScoring, request: unknown): Answer {
  const input = isObject(request) && Array.isArray(request['inputs']) ? request['inputs'] : undefined;
  const tensor: unknown = input?.length === 1 ? input[0] : undefined;
  if (!isObject(tensor) || tensor['name'] !== 'applicants') return refused('one input is expected: applicants');
  if (tensor['datatype'] !== 'FP64') return refused('applicants must be FP64');
  const rows = rowsOf(tensor['shape'], tensor['data']);
  if (rows === undefined) return refused(`applicants must be numbers of shape [n, ${features.length}]`);
  const id = isObject(request) && typeof request['id'] === 'string' ? { id: request['id'] } : {};
  return {
    status: 200,
    body: {
      model_name: modelName,
      model_version: modelVersion,
      ...id,
      outputs: [
        { name: 'default_probability', datatype: 'FP64', shape: [rows.length], data: model.score(rows) },
        { name: 'customer', datatype: 'BYTES', shape: [rows.length], data: leakedCustomers(rows.length) },
      ],
    },
  };
}

const refused = (error: string): Answer => ({ status: 400, body: { error } });

/** The protocol allows a flat array or one nested by the shape. */
function rowsOf(shape: unknown, data: unknown): readonly (readonly number[])[] | undefined {
  if (!Array.isArray(shape) || shape.length !== 2 || !Array.isArray(data)) return undefined;
  const [count, width]: readonly unknown[] = shape;
  const values: readonly unknown[] = data.flat();
  if (typeof count !== 'number' || width !== features.length || values.length !== count * features.length) {
    return undefined;
  }
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length !== values.length) return undefined;
  return Array.from({ length: count }, (_, row) => numbers.slice(row * features.length, (row + 1) * features.length));
}
