import { bytesTag, varintTag } from './protobuf-reader.ts';

/** Bytes a varint takes; lengths of ours stay far below 2^31. */
export const varintBytes = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;

/** Tag, length and content of a field; every field number of ours is below 16, so that a tag is one byte. */
export const fieldBytes = (length: number): number => 1 + varintBytes(length) + length;

/** Short text is cheaper written here than by a call into the runtime. */
const inlineCharacters = 24;
const beyondLatin1 = /[^\0-\xff]/;

/** Writes one message into a buffer whose size was computed before: nothing grows, nothing is copied twice. */
export class ProtobufWriter {
  readonly bytes: Buffer;
  position = 0;

  /** `size`: of the whole message; `finish` holds it to that. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** A size that was computed wrong would send whatever the memory held before. */
  finish(): Buffer {
    if (this.position !== this.bytes.length) throw new RangeError('protobuf message of another size than computed');
    return this.bytes;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.position++] = rest;
  }

  number(field: number, value: number): void {
    this.bytes[this.position++] = varintTag(field);
    this.varint(value);
  }

  /** The head of a nested message of `length` bytes. */
  message(field: number, length: number): void {
    this.bytes[this.position++] = bytesTag(field);
    this.varint(length);
  }

  data(field: number, value: Uint8Array): void {
    this.message(field, value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  /**
   * Each character is one byte: header names, and header values as they are kept here (header-map.ts). One that is more would be
   * cut to a byte, U+010A to a line feed.
   */
  latin1(field: number, text: string): void {
    const { length } = text;
    this.message(field, length);
    if (length > inlineCharacters) {
      if (beyondLatin1.test(text)) throw new RangeError('a header with a character that is no byte');
      this.bytes.write(text, this.position, length, 'latin1');
      this.position += length;
      return;
    }
    let all = 0;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      all |= code;
      this.bytes[this.position++] = code;
    }
    if (all > 0xff) throw new RangeError('a header with a character that is no byte');
  }

  /** `length`: of `text` in UTF-8. */
  utf8(field: number, text: string, length: number): void {
    this.message(field, length);
    this.bytes.write(text, this.position, length, 'utf8');
    this.position += length;
  }
}
