/** Which tensors stand behind the JSON of an Open Inference body, in order (Triton's binary tensor data extension). */
import { parseIJson } from '../../body/ijson.ts';
import { binarySizeOf } from '../../body/open-inference.ts';
import { isRecord, member } from '../../body/shape.ts';
import { openInferenceWidths, textDatatype } from '../../body/tensor-types.ts';
import { err, ok, type Result } from '../../result.ts';

export interface BinaryTensor {
  readonly name: string;
  readonly datatype: string;
  readonly isText: boolean;
  readonly bytes: number;
}

/** The error is a reason. Keys that two readers take for one are refused here too: they would see tensors of different sizes. */
export function binaryTensorsOf(json: Uint8Array, list: 'inputs' | 'outputs'): Result<readonly BinaryTensor[], string> {
  const parsed = parseIJson(json, 'folded');
  if (!parsed.ok || !isRecord(parsed.value)) return err('binary_tensors_json');
  const tensors = member(parsed.value, list) ?? [];
  if (!Array.isArray(tensors)) return err('binary_tensors_json');
  const binary: BinaryTensor[] = [];
  for (const tensor of tensors) {
    if (!isRecord(tensor)) return err('binary_tensors_json');
    const bytes = binarySizeOf(tensor);
    if (bytes === undefined) continue;
    const datatype = member(tensor, 'datatype');
    const name = member(tensor, 'name');
    if (typeof datatype !== 'string' || !(datatype === textDatatype || openInferenceWidths.has(datatype)))
      return err('tensor_datatype_unknown');
    binary.push({ name: typeof name === 'string' ? name : '', datatype, isText: datatype === textDatatype, bytes });
  }
  return ok(binary);
}
