/** What a message says of itself before its values: which tensor it is, and of which type. Read ahead, as fields have no order. */
import { decodeUtf8 } from '../ijson.ts';
import { Fields, wireTypes } from './fields.ts';
import type { Message } from './schema.ts';

export interface TensorHead {
  /** Name of the tensor, key of the map; undefined: none, or not UTF-8. */
  readonly key: string | undefined;
  /** Open Inference says it in a word, TensorFlow with a number. */
  readonly datatype: string | number | undefined;
}

export const noHead: TensorHead = { key: undefined, datatype: undefined };

/** Of the message in bytes[from, to); what it does not say itself is as `outer` has it. Faults are for the walk that follows. */
export function headOf(bytes: Uint8Array, schema: Message, from: number, to: number, outer: TensorHead): TensorHead {
  const { key: keyField, datatype: datatypeField } = schema;
  if (keyField === undefined && datatypeField === undefined) return outer;
  let key: string | undefined;
  let datatype: string | number | undefined;
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    const isText = fields.wireType === wireTypes.bytes;
    if (fields.field === keyField && isText) key = decodeUtf8(bytes.subarray(fields.from, fields.to));
    else if (fields.field === datatypeField?.field)
      datatype = isText ? decodeUtf8(bytes.subarray(fields.from, fields.to)) : fields.count();
    if ((key !== undefined || keyField === undefined) && (datatype !== undefined || datatypeField === undefined)) break;
  }
  return { key: key ?? outer.key, datatype: datatype ?? outer.datatype };
}

/** Heads of all tensors of a message, in order: `raw` fields are about them by position. */
export function headsOf(bytes: Uint8Array, schema: Message, from: number, to: number): readonly TensorHead[] {
  const tensors = schema.tensors === undefined ? undefined : schema.fields.get(schema.tensors);
  if (tensors?.kind !== 'message') return [];
  const heads: TensorHead[] = [];
  const fields = new Fields(bytes, from, to);
  while (fields.next()) {
    if (fields.field !== schema.tensors || fields.wireType !== wireTypes.bytes) continue;
    heads.push(headOf(bytes, tensors.message, fields.from, fields.to, noHead));
  }
  return heads;
}

/** The `raw` fields of one message, told apart by position. */
export class RawFields {
  readonly #heads: () => readonly TensorHead[];
  #known: readonly TensorHead[] | undefined;
  #met = 0;

  constructor(bytes: Uint8Array, schema: Message, from: number, to: number) {
    this.#heads = () => headsOf(bytes, schema, from, to);
  }

  /** What the next `raw` field is about; undefined: no tensor is left for it. */
  next(): TensorHead | undefined {
    this.#known ??= this.#heads();
    return this.#known[this.#met++];
  }

  /** Either no tensor has one, or all have. */
  get isComplete(): boolean {
    return this.#known === undefined || this.#met === this.#known.length;
  }
}
