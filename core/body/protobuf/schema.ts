/** What is known of a message: enough to walk it, to find its text, and to know which tensor a value belongs to. */
import { wireTypes } from './fields.ts';

/** How the numbers of a tensor are written. */
export type NumberKind = 'bool' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'float' | 'double';

export type Field =
  /** UTF-8, masked. `data`: a value of a tensor or a map, so its name or key says what it is. */
  | { readonly kind: 'text'; readonly repeated: boolean; readonly data: boolean }
  | { readonly kind: 'number'; readonly repeated: boolean; readonly type: NumberKind; readonly data: boolean }
  | { readonly kind: 'message'; readonly repeated: boolean; readonly message: Message }
  /** All values of the tensor with the same position, as they lie in the server's memory. */
  | { readonly kind: 'raw'; readonly repeated: true }
  /** All values of the tensor that this field stands in. */
  | { readonly kind: 'content'; readonly repeated: false };

export interface Message {
  /** In full, as `.proto` files have it; '' of an entry of a map. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, Field>;
  /** What people call the fields, by number. */
  readonly names: ReadonlyMap<number, string>;
  /** Number of the text field that says what the rest of this message is about: a tensor's name, the key of a map. */
  readonly key?: number;
  /** Number of the field that names the datatype of a tensor, and how it says so. */
  readonly datatype?: { readonly field: number; readonly of: 'open-inference' | 'tensorflow' };
  /** Number of the field that holds the tensors which `raw` fields of this message are about. */
  readonly tensors?: number;
}

type Declared = Readonly<Record<string, readonly [number: number, field: Field]>>;

export const message = (
  name: string,
  declared: Declared,
  more: Omit<Message, 'name' | 'fields' | 'names'> = {},
): Message => ({
  name,
  fields: new Map(Object.values(declared)),
  names: new Map(Object.entries(declared).map(([field, [number]]) => [number, field])),
  ...more,
});

export const text: Field = { kind: 'text', repeated: false, data: false };
export const texts: Field = { kind: 'text', repeated: true, data: false };
export const value: Field = { kind: 'text', repeated: false, data: true };
export const elements: Field = { kind: 'text', repeated: true, data: true };
export const number = (type: NumberKind): Field => ({ kind: 'number', repeated: false, type, data: false });
export const numberValue = (type: NumberKind): Field => ({ kind: 'number', repeated: false, type, data: true });
export const numbers = (type: NumberKind): Field => ({ kind: 'number', repeated: true, type, data: false });
export const values = (type: NumberKind): Field => ({ kind: 'number', repeated: true, type, data: true });
export const one = (of: Message): Field => ({ kind: 'message', repeated: false, message: of });
export const many = (of: Message): Field => ({ kind: 'message', repeated: true, message: of });
export const raw: Field = { kind: 'raw', repeated: true };
export const content: Field = { kind: 'content', repeated: false };

/** A map with text keys is a list of such entries. */
export const mapOf = (value: Field): Field => many(message('', { key: [1, text], value: [2, value] }, { key: 1 }));

const numberWire: Readonly<Record<NumberKind, number>> = {
  bool: wireTypes.varint,
  int32: wireTypes.varint,
  int64: wireTypes.varint,
  uint32: wireTypes.varint,
  uint64: wireTypes.varint,
  float: wireTypes.fixed32,
  double: wireTypes.fixed64,
};

/**
 * Whether a field may be written like that. Lists of numbers come packed and unpacked; libraries differ in what they make of any
 * other wire type than the declared one, so nothing is made of it.
 */
export function fits(field: Field, wireType: number): boolean {
  if (field.kind !== 'number') return wireType === wireTypes.bytes;
  return wireType === numberWire[field.type] || (field.repeated && wireType === wireTypes.bytes);
}
