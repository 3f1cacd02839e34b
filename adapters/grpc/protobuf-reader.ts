import { maxVarintBytes, VarintReader } from '@countersign/core/body/protobuf/varint.ts';

/** A message that is not protobuf, or not a message of ours: whoever decodes treats it as unreadable. */
export class WireError extends Error {}

/** Wire types of protobuf's encoding. Groups (3, 4) were given up before proto3 and are not skipped but refused. */
const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;
const fixed32Type = 5;

/** A tag is field << 3 | wire type. */
export const varintTag = (field: number): number => (field << 3) | varintType;
export const bytesTag = (field: number): number => (field << 3) | bytesType;

/** The fields a message is read for, one bit each. */
export const fieldSet = (numbers: readonly number[]): number => numbers.reduce((set, field) => set | (1 << field), 0);

/**
 * For fields that stand once: `seen` with this one in it. Protobuf would merge a message that stands twice, and libraries differ in
 * how well they do. No Envoy says so, and what is decided on must not depend on it.
 */
export function once(seen: number, tag: number): number {
  if (isIn(seen, tag >>> 3)) throw new WireError('the same field twice in one message');
  return seen | (1 << (tag >>> 3));
}

const isIn = (set: number, field: number): boolean => field < 32 && ((set >>> field) & 1) === 1;

/**
 * Walks the tags of one message (https://protobuf.dev/programming-guides/encoding). One reader is used for many messages, so that
 * a message costs no object here; nested messages are read by moving `end`, never by a new view.
 */
export class ProtobufReader extends VarintReader<Buffer> {
  constructor() {
    super(none, 0, 0);
  }

  open(bytes: Buffer): void {
    this.bytes = bytes;
    this.position = 0;
    this.end = bytes.length;
  }

  /** Forgets the message: a reader that lives long must not keep a large one alive. */
  close(): void {
    this.bytes = none;
    this.position = 0;
    this.end = 0;
  }

  get more(): boolean {
    return this.position < this.end;
  }

  /** Of a field number from 1 on; more than 32 bits would be another field to whoever cuts it to them. */
  tag(): number {
    const tag = this.#varint(5);
    if (tag < 8 || tag > 0xffff_ffff) throw new WireError('no tag');
    return tag;
  }

  /** int32 and enums: the low 32 bits of whatever stands there, as every protobuf library takes it. */
  int32(): number {
    const first = this.position;
    this.#varint(maxVarintBytes);
    let value = 0;
    for (let index = first, shift = 0; index < this.position && shift < 32; index++, shift += 7)
      value |= ((this.bytes[index] ?? 0) & 0x7f) << shift;
    return value;
  }

  bool(): boolean {
    return this.#varint(maxVarintBytes) !== 0;
  }

  #varint(maxBytes: number): number {
    const flaw = this.readVarint(maxBytes);
    if (flaw !== undefined) throw new WireError(flaw === 'cut' ? 'message ends inside a varint' : 'varint too long');
    return this.value;
  }

  /** Reads a length and gives where what follows ends. */
  lengthEnd(): number {
    const length = this.#varint(maxVarintBytes);
    const end = this.position + length;
    if (end > this.end) throw new WireError('field longer than its message');
    return end;
  }

  /** Narrows to a nested message; hand what this returns to `leave`. */
  enter(): number {
    const outer = this.end;
    this.end = this.lengthEnd();
    return outer;
  }

  leave(outer: number): void {
    this.position = this.end;
    this.end = outer;
  }

  /** A view, not a copy; and no Buffer, whose `slice` would be no copy either. */
  view(): Uint8Array {
    const end = this.lengthEnd();
    const view = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.position, end - this.position);
    this.position = end;
    return view;
  }

  string(): string {
    const end = this.lengthEnd();
    const text = this.bytes.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  /**
   * Fields of a newer Envoy are stepped over, as protobuf asks. One that we know can only be here because its wire type is
   * another: libraries differ in what they make of that, so nothing is made of it.
   */
  skip(tag: number, known: number): void {
    if (isIn(known, tag >>> 3)) throw new WireError('known field of another wire type');
    switch (tag & 7) {
      case varintType:
        this.#varint(maxVarintBytes);
        return;
      case bytesType:
        this.position = this.lengthEnd();
        return;
      case fixed64Type:
        this.#advance(8);
        return;
      case fixed32Type:
        this.#advance(4);
        return;
      default:
        throw new WireError('unknown wire type');
    }
  }

  #advance(length: number): void {
    if (this.position + length > this.end) throw new WireError('field longer than its message');
    this.position += length;
  }
}

const none = Buffer.alloc(0);
