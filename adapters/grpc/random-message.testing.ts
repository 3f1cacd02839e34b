/** Random messages of protos/, as bytes: fields in any order, most of them missing, fields that nobody knows in between. */
import fc, { type Arbitrary } from 'fast-check';
import { type Field, type Message, messageOf, wireTypeOf } from './schema.testing.ts';

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
export const delimited = (content: Uint8Array): Buffer => Buffer.concat([varint(content.length), content]);
/** One field with its tag. */
export const raw = (number: number, wireType: number, value: Uint8Array): Buffer =>
  Buffer.concat([varint(number * 8 + wireType), value]);
export const nested = (number: number, ...content: readonly Uint8Array[]): Buffer =>
  raw(number, 2, delimited(Buffer.concat(content)));
export const text = (number: number, content: string): Buffer => nested(number, Buffer.from(content));

export const namespace = 'envoy.filters.http.ext_authz';
/** Names that are looked for are often there. */
const anyText = fc.oneof(
  fc.constantFrom(namespace, 'hand_off', 'mac', 'session', '', ':path', 'X-Upper', 'CONTENT-TYPE'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 200, maxLength: 300 }));
const anyInt = fc.oneof(fc.constantFrom(4, 0, 1, 7, -1), fc.integer());

const unknownNumbers = [1, 3, 6, 9, 12, 13, 15, 16, 31, 32, 33, 35, 1000, 2 ** 29 - 1];
const unknownField = (message: Message): Arbitrary<Buffer> =>
  fc
    .record({
      number: fc.constantFrom(...unknownNumbers.filter((number) => !message.fields.has(number))),
      value: fc.oneof(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => [0, varint(value)] as const),
        fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => [1, value] as const),
        anyBytes.map((value) => [2, delimited(value)] as const),
        fc.uint8Array({ minLength: 4, maxLength: 4 }).map((value) => [5, value] as const),
      ),
    })
    .map(({ number, value: [wireType, bytes] }) => raw(number, wireType, bytes));

/** Structs nest without end; these end here. */
const maxDepth = 9;
const made = new Map<Message, Map<number, Arbitrary<Buffer>>>();

/** Any message of that name. */
export const anyMessage = (name: string): Arbitrary<Buffer> => messageBytes(messageOf(name), 0);

function messageBytes(message: Message, depth: number): Arbitrary<Buffer> {
  const ofMessage = made.get(message) ?? new Map<number, Arbitrary<Buffer>>();
  made.set(message, ofMessage);
  const found = ofMessage.get(depth);
  if (found !== undefined) return found;
  const outside = [...message.fields.values()].filter(({ number }) => !message.oneof.includes(number));
  const members = [...message.fields.values()].filter(({ number }) => message.oneof.includes(number));
  const piece = (field: Field): Arbitrary<Buffer> => fieldBytes(field, depth + 1);
  const pieces = [
    ...outside.map((field) => times(piece(field), message.isEntry ? 1 : 0, field.repeated ? 3 : 1)),
    times(unknownField(message), 0, 2),
    ...(members.length === 0 ? [] : [fc.oneof(...members.map(piece)).map((one) => [one])]),
  ];
  const shuffled = fc
    .tuple(...pieces)
    .chain((parts) => {
      const all = parts.flat();
      return fc.shuffledSubarray(all, { minLength: all.length });
    })
    .map((all) => Buffer.concat(all));
  ofMessage.set(depth, shuffled);
  return shuffled;
}

const times = (one: Arbitrary<Buffer>, least: number, most: number): Arbitrary<Buffer[]> =>
  fc.array(one, { minLength: least, maxLength: most, size: 'max' });

function fieldBytes(field: Field, depth: number): Arbitrary<Buffer> {
  return fieldValue(field, depth).map((value) => raw(field.number, wireTypeOf(field.type), value));
}

function fieldValue({ type, message }: Field, depth: number): Arbitrary<Uint8Array> {
  switch (type) {
    case 'TYPE_BOOL':
      return fc.boolean().map((value) => varint(value ? 1 : 0));
    case 'TYPE_ENUM':
    case 'TYPE_INT32':
      return anyInt.map(varint);
    case 'TYPE_UINT32':
      return anyInt.map((value) => varint(value >>> 0));
    case 'TYPE_DOUBLE':
      return fc.uint8Array({ minLength: 8, maxLength: 8 });
    case 'TYPE_STRING':
      return anyText.map((value) => delimited(Buffer.from(value)));
    case 'TYPE_BYTES':
      return anyBytes.map(delimited);
    case 'TYPE_MESSAGE':
      // An entry of a map is not left empty: see isEntry.
      return depth > maxDepth && !message().isEntry
        ? fc.constant(delimited(Buffer.alloc(0)))
        : messageBytes(message(), depth).map(delimited);
  }
}
