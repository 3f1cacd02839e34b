/** Envoy's header messages: read into a HeaderList, written from one. */
import type { HeaderList } from '@countersign/core/exchange/message.ts';
import { bytesTag, fieldSet, type ProtobufReader } from './protobuf-reader.ts';
import { fieldBytes, type ProtobufWriter } from './protobuf-writer.ts';

const mapHeaders = 1;
const header = { key: 1, value: 2, rawValue: 3 } as const;
const option = { header: 1, append: 2 } as const;
const boolValue = 1;

const knownOfMap = fieldSet([mapHeaders]);
const knownOfHeader = fieldSet(Object.values(header));

const upperCase = /[A-Z]+/g;
const [upperA, upperZ] = [0x41, 0x5a];

/**
 * A HeaderMap, from where the reader stands to its `end`. Header values are bytes (RFC 9110 §5.5); latin1 keeps each as one
 * character, both ways. The whole map is turned into text once and names and values are cut out of that: two calls into the
 * runtime for each of twenty headers cost more than all the rest of reading a message.
 */
export function readHeaderMap(reader: ProtobufReader): HeaderList {
  const base = reader.position;
  const text = reader.bytes.toString('latin1', base, reader.end);
  const list: (readonly [string, string])[] = [];
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== bytesTag(mapHeaders)) {
      reader.skip(tag, knownOfMap);
      continue;
    }
    const outer = reader.enter();
    list.push(readHeader(reader, text, base));
    reader.leave(outer);
  }
  return list;
}

/** ext_proc, and ext_authz with encode_raw_headers, fill `raw_value`; `value` is the older form. Their bytes are the same. */
function readHeader(reader: ProtobufReader, text: string, base: number): readonly [string, string] {
  let key = '';
  let value = '';
  let raw = '';
  while (reader.more) {
    const tag = reader.tag();
    if (tag !== bytesTag(header.key) && tag !== bytesTag(header.value) && tag !== bytesTag(header.rawValue)) {
      reader.skip(tag, knownOfHeader);
      continue;
    }
    const end = reader.lengthEnd();
    const found = text.slice(reader.position - base, end - base);
    reader.position = end;
    if (tag === bytesTag(header.key)) key = found;
    else if (tag === bytesTag(header.value)) value = found;
    else raw = found;
  }
  return [lowerCase(key), raw === '' ? value : raw];
}

/** ASCII only: toLowerCase would make other bytes of what is no name anyway. HTTP/2 has them lower-case already. */
function lowerCase(name: string): string {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code <= upperZ && code >= upperA) return name.replace(upperCase, (letters) => letters.toLowerCase());
  }
  return name;
}

/** Which of the two forms the other side reads: ext_proc `raw_value`, ext_authz `value`. The other one set as well is an error there. */
export type ValueField = 'raw_value' | 'value';

/** Size of `set` as a repeated HeaderValueOption in field `field` of some message. */
export function headerOptionsBytes(set: HeaderList, form: ValueField): number {
  let size = 0;
  for (let index = 0; index < set.length; index++) size += fieldBytes(optionBytes(set, index, form));
  return size;
}

function optionBytes(set: HeaderList, index: number, form: ValueField): number {
  return fieldBytes(headerBytes(set, index, form)) + fieldBytes(isRepeated(set, index) ? 2 : 0);
}

function headerBytes(set: HeaderList, index: number, form: ValueField): number {
  const [key = '', value = ''] = set[index] ?? [];
  return fieldBytes(key.length) + (value === '' ? 0 : fieldBytes(valueBytes(value, form)));
}

const valueBytes = (value: string, form: ValueField): number =>
  form === 'raw_value' ? value.length : Buffer.byteLength(value);

export function writeHeaderOptions(writer: ProtobufWriter, field: number, set: HeaderList, form: ValueField): void {
  for (let index = 0; index < set.length; index++) {
    const [key = '', value = ''] = set[index] ?? [];
    writer.message(field, optionBytes(set, index, form));
    writer.message(option.header, headerBytes(set, index, form));
    writer.latin1(header.key, key);
    if (value !== '') {
      if (form === 'raw_value') writer.latin1(header.rawValue, value);
      else writer.utf8(header.value, value, valueBytes(value, form));
    }
    // Always there: `append` is the one that both filters honour, append_action is ignored by ext_proc.
    const append = isRepeated(set, index);
    writer.message(option.append, append ? 2 : 0);
    if (append) writer.number(boolValue, 1);
  }
}

/** The first value of a name overwrites what is there, further ones are added to it. */
function isRepeated(set: HeaderList, index: number): boolean {
  const name = set[index]?.[0];
  for (let before = 0; before < index; before++) if (set[before]?.[0] === name) return true;
  return false;
}
