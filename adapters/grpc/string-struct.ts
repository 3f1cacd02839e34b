/** google.protobuf.Struct, the string values of it: ours are all strings, and nothing else is believed. */
import { bytesTag, fieldSet, type ProtobufReader } from './protobuf-reader.ts';
import { fieldBytes, type ProtobufWriter } from './protobuf-writer.ts';

const struct = { fields: 1, key: 1, value: 2 } as const;
const stringValue = 3;
/** Members of Value's oneof: null, number, string, bool, struct, list. */
const lastMember = 6;

const knownOfStruct = fieldSet([struct.fields]);
const knownOfEntry = fieldSet([struct.key, struct.value]);
const knownOfValue = fieldSet([stringValue]);

/** From where the reader stands to its `end`. A name that stands twice has its last value, as in any protobuf map. */
export function readStringStruct(reader: ProtobufReader): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== bytesTag(struct.fields)) {
      reader.skip(tag, knownOfStruct);
      continue;
    }
    const outer = reader.enter();
    readEntry(reader, values);
    reader.leave(outer);
  }
  return values;
}

function readEntry(reader: ProtobufReader, values: Map<string, string>): void {
  let key = '';
  let value: string | undefined;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(struct.key)) key = reader.string();
    else if (tag === bytesTag(struct.value)) value = readString(reader);
    else reader.skip(tag, knownOfEntry);
  }
  if (value === undefined) values.delete(key);
  else values.set(key, value);
}

/** A Value; undefined when it is not a string. */
function readString(reader: ProtobufReader): string | undefined {
  let text: string | undefined;
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === bytesTag(stringValue)) text = reader.string();
    else {
      // Of a oneof the last member counts.
      if (tag >>> 3 <= lastMember) text = undefined;
      reader.skip(tag, knownOfValue);
    }
  }
  reader.leave(outer);
  return text;
}

type Strings = readonly (readonly [name: string, value: string])[];

const valueBytes = (value: string): number => fieldBytes(Buffer.byteLength(value));
const entryBytes = (name: string, value: string): number =>
  fieldBytes(Buffer.byteLength(name)) + fieldBytes(valueBytes(value));

export function stringStructBytes(strings: Strings): number {
  let size = 0;
  for (const [name, value] of strings) size += fieldBytes(entryBytes(name, value));
  return size;
}

export function writeStringStruct(writer: ProtobufWriter, strings: Strings): void {
  for (const [name, value] of strings) {
    writer.message(struct.fields, entryBytes(name, value));
    writer.utf8(struct.key, name, Buffer.byteLength(name));
    writer.message(struct.value, valueBytes(value));
    writer.utf8(stringValue, value, Buffer.byteLength(value));
  }
}
