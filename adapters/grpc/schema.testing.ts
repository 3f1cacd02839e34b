/** protos/ as data: which messages there are, and whether bytes are one in the narrow sense that every library reads alike. */
import { isUtf8 } from 'node:buffer';
import { loaded } from './reference.testing.ts';

export interface Field {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Of TYPE_MESSAGE. */
  readonly message: () => Message;
}
export interface Message {
  readonly fields: ReadonlyMap<number, Field>;
  /** Only one of these may be set. */
  readonly oneof: readonly number[];
  /** An entry of a map: libraries write both its fields, and the reference fails on a missing value that is a message. */
  readonly isEntry: boolean;
}
export type FieldType =
  | 'TYPE_BOOL'
  | 'TYPE_BYTES'
  | 'TYPE_DOUBLE'
  | 'TYPE_ENUM'
  | 'TYPE_INT32'
  | 'TYPE_MESSAGE'
  | 'TYPE_STRING'
  | 'TYPE_UINT32';

/** As proto-loader gives it; it says nothing of oneofs. */
interface Descriptor {
  readonly name: string;
  readonly options?: { readonly mapEntry?: boolean } | null;
  readonly field?: readonly {
    readonly number: number;
    readonly type: FieldType;
    readonly typeName: string;
    readonly label: string;
  }[];
  readonly nestedType?: readonly Descriptor[];
}
const oneofs: Readonly<Record<string, readonly number[]>> = {
  'envoy.service.ext_proc.v3.ProcessingRequest': [2, 3, 4, 5, 6, 7],
  'envoy.config.core.v3.Address': [1, 2],
  'envoy.config.core.v3.SocketAddress': [3, 4],
  'google.protobuf.Value': [1, 2, 3, 4, 5, 6],
};

const messages = new Map<string, Message>();

function register(name: string, { field = [], nestedType = [], options }: Descriptor): void {
  const fields = field.map(({ number, type, typeName, label }): [number, Field] => [
    number,
    { number, type, repeated: label === 'LABEL_REPEATED', message: () => resolve(name, typeName) },
  ]);
  messages.set(name, { fields: new Map(fields), oneof: oneofs[name] ?? [], isEntry: options?.mapEntry === true });
  for (const nested of nestedType) register(`${name}.${nested.name}`, nested);
}
for (const [name, definition] of Object.entries(loaded))
  if ('type' in definition) register(name, definition.type as Descriptor);

/** A name is looked for from the inside out; what is left is the end of a full one. */
function resolve(scope: string, name: string): Message {
  for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(outer.lastIndexOf('.'), 0))) {
    const found = messages.get(`${outer}.${name}`);
    if (found !== undefined) return found;
  }
  return messageOf(name);
}

export function messageOf(name: string): Message {
  const found = messages.get(name) ?? [...messages].find(([full]) => full.endsWith(`.${name}`))?.[1];
  if (found === undefined) throw new Error(`protos/ has no ${name}`);
  return found;
}

const varintTypes: ReadonlySet<FieldType> = new Set(['TYPE_BOOL', 'TYPE_ENUM', 'TYPE_INT32', 'TYPE_UINT32']);
export const wireTypeOf = (type: FieldType): number => (varintTypes.has(type) ? 0 : type === 'TYPE_DOUBLE' ? 1 : 2);

/**
 * Whether protobuf libraries agree on these bytes: each known field has its own wire type, a singular message and a oneof stand
 * once, strings are UTF-8, no number is longer than it has to be. The reference is lax about all of that.
 */
export function isPlain(message: Message, bytes: Buffer): boolean {
  const seen = new Set<number>();
  for (let position = 0; position < bytes.length; ) {
    const tag = readVarint(bytes, position);
    if (tag === undefined || tag.length > 5 || tag.value > 0xffff_ffffn || tag.value < 8n) return false;
    position += tag.length;
    const number = Number(tag.value >> 3n);
    const wireType = Number(tag.value & 7n);
    const field = message.fields.get(number);
    const length = lengthOf(bytes, position, wireType);
    if (length === undefined || position + length > bytes.length) return false;
    const value = bytes.subarray(position, position + length);
    position += length;
    if (field !== undefined && (wireType !== wireTypeOf(field.type) || !isPlainValue(field, value))) return false;
    if (field !== undefined && field.type === 'TYPE_MESSAGE' && !field.repeated && seen.has(number)) return false;
    seen.add(number);
  }
  return message.oneof.filter((member) => seen.has(member)).length <= 1;
}

function isPlainValue(field: Field, value: Buffer): boolean {
  const wireType = wireTypeOf(field.type);
  if (wireType === 1) return true;
  if (wireType === 0) return value.length < 5 || (field.type !== 'TYPE_BOOL' && value.length === 10);
  const content = value.subarray(readVarint(value, 0)?.length);
  if (field.type === 'TYPE_STRING') return isUtf8(content);
  return field.type !== 'TYPE_MESSAGE' || isPlain(field.message(), content);
}

/** Of the value at `position`, its own length included. */
function lengthOf(bytes: Buffer, position: number, wireType: number): number | undefined {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  const varint = readVarint(bytes, position);
  if (wireType === 0) return varint?.length;
  if (wireType !== 2 || varint === undefined || varint.length > 5) return undefined;
  return varint.length + Number(varint.value);
}

function readVarint(bytes: Buffer, position: number): { readonly value: bigint; readonly length: number } | undefined {
  let value = 0n;
  for (let length = 1; length <= 10; length++) {
    const byte = bytes[position + length - 1];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (length - 1));
    if (byte < 0x80) return { value, length };
  }
  return undefined;
}
