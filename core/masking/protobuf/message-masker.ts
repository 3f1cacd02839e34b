/**
 * Masks one protobuf message on the wire: text is written over where it lies, everything else stays byte for byte. Where a mask
 * changes a length, the lengths around it are written anew, from the inside out.
 */
import { decodeUtf8 } from '../../body/ijson.ts';
import { Fields, wireTypes } from '../../body/protobuf/fields.ts';
import { type Field, fits, type Message, type NumberKind } from '../../body/protobuf/schema.ts';
import { headOf, noHead, RawFields, type TensorHead } from '../../body/protobuf/tensor-heads.ts';
import { writeVarint } from '../../body/protobuf/varint.ts';
import {
  elementLength,
  elementLengthBytes,
  endOfElement,
  openInferenceWidths,
  tensorflowBits,
  textDatatype,
} from '../../body/tensor-types.ts';
import { type FieldPlace, nowhere } from '../fields/field-place.ts';
import { placeInMessage, placeOfField, placeOfRaw } from '../fields/message-place.ts';
import type { Inner } from '../formats/inner.ts';
import { hideList, hideTensor } from '../tensors/hidden-numbers.ts';
import { maskList, maskTensor } from '../tensors/numbers.ts';
import { hideBytes, maskBytes } from './byte-text.ts';
import { Edits } from './edits.ts';

const none = new Uint8Array(0);

/** So much text is masked before others have their turn: some milliseconds. */
export const turnBytes = 64 * 1024;

/** Masks a message a turn at a time. Done: the same object when nothing was to be hidden, undefined when there is a fault. */
export type Masking = Generator<undefined, Uint8Array | undefined, undefined>;

export class MessageMasker {
  /** Why a message cannot be read. Nothing of it may leave. */
  fault: string | undefined;
  /** Text that was masked in this turn. */
  #maskedBytes = 0;
  readonly #inner: Inner;
  readonly #fields: FieldPlace;
  #bytes: Uint8Array = none;
  #edits = new Edits();

  /** `fields`: where messages begin for field rules. */
  constructor(inner: Inner, fields: FieldPlace = nowhere) {
    this.#inner = inner;
    this.#fields = fields;
  }

  /** One at a time. `message` may not change until it is done; one of up to `turnBytes` takes one turn. */
  *mask(message: Uint8Array, schema: Message): Masking {
    this.#bytes = message;
    this.#edits = new Edits();
    this.#maskedBytes = 0;
    const growth = yield* this.#walk(schema, 0, message.length, noHead, this.#fields);
    const masked = this.fault === undefined ? this.#edits.applyTo(message, growth) : undefined;
    this.#bytes = none;
    return masked;
  }

  /** How much longer bytes[from, to) gets. As deep as the schema, and no schema holds itself. */
  *#walk(
    schema: Message,
    from: number,
    to: number,
    outer: TensorHead,
    outerPlace: FieldPlace,
  ): Generator<undefined, number, undefined> {
    const head = headOf(this.#bytes, schema, from, to, outer);
    const here = placeInMessage(outerPlace, schema, head.key);
    const fields = new Fields(this.#bytes, from, to);
    const raw = schema.tensors === undefined ? undefined : new RawFields(this.#bytes, schema, from, to);
    let seen = 0;
    let growth = 0;
    while (fields.next()) {
      const field = schema.fields.get(fields.field);
      if (field === undefined) growth += this.#unknown(fields, here);
      else if (!fits(field, fields.wireType)) return this.#fail('protobuf_field_of_another_wire_type');
      else {
        const bit = 1 << fields.field;
        // Libraries differ in what they make of a second one: the last, both merged, the first.
        if (!field.repeated && (seen & bit) !== 0) return this.#fail('protobuf_field_twice');
        seen |= bit;
        const tensor = field.kind === 'raw' ? raw?.next() : head;
        const place =
          field.kind === 'raw' ? placeOfRaw(here, schema, tensor) : placeOfField(here, schema, fields.field);
        growth += yield* this.#known(field, fields, tensor, place);
      }
      if (this.fault !== undefined) return 0;
    }
    if (fields.fault !== undefined) return this.#fail(fields.fault);
    return raw?.isComplete === false ? this.#fail('tensor_without_raw_contents') : growth;
  }

  /** `tensor`: that it is a value of; of a raw field undefined where there is none. */
  *#known(
    field: Field,
    fields: Fields,
    tensor: TensorHead | undefined,
    place: FieldPlace,
  ): Generator<undefined, number, undefined> {
    if (tensor === undefined) return this.#fail('raw_contents_without_tensor');
    switch (field.kind) {
      case 'text':
        if (this.#isTurnOver(fields.to - fields.from)) yield;
        return this.#resized(fields, this.#maskText(fields.from, fields.to, field.data ? tensor.key : '', place.as));
      case 'number':
        return field.data ? this.#numbers(fields, field.type, tensor.key, place.as) : 0;
      case 'message': {
        const before = this.#edits.count;
        return this.#resized(fields, yield* this.#walk(field.message, fields.from, fields.to, tensor, place), before);
      }
      case 'raw':
        return yield* this.#raw(fields, tensor, place.as);
      case 'content':
        return this.#content(fields, tensor, place.as);
    }
  }

  #maskText(from: number, to: number, key = '', as?: string): number {
    if (from === to) return 0;
    const text = this.#bytes.subarray(from, to);
    const masked = as === undefined ? maskBytes(this.#inner, text, key) : hideBytes(this.#inner, text, as);
    const blocked = this.#inner.failure();
    if (blocked !== undefined) return this.#fail(blocked);
    return masked === text ? 0 : this.#edits.add(from, to, masked);
  }

  /** What grew inside a field, and what its length takes more; `before`: the edits in front of those inside it. */
  #resized(fields: Fields, inside: number, before = this.#edits.count - 1): number {
    if (inside === 0) return 0;
    const length = writeVarint(fields.to - fields.from + inside);
    return inside + this.#edits.insert(before, fields.lengthAt, fields.from, length);
  }

  *#raw(fields: Fields, tensor: TensorHead, as: string | undefined): Generator<undefined, number, undefined> {
    const { datatype } = tensor;
    if (datatype !== textDatatype)
      return typeof datatype === 'string' && openInferenceWidths.has(datatype)
        ? this.#inMemory(fields, tensor, as)
        : this.#fail('tensor_datatype_unknown');
    const before = this.#edits.count;
    let inside = 0;
    for (let at = fields.from; at < fields.to; ) {
      const end = endOfElement(this.#bytes, at, fields.to);
      if (end === undefined) return this.#fail('raw_elements_do_not_add_up');
      if (this.#isTurnOver(end - at)) yield;
      inside += this.#maskElement(at, end, tensor.key, as);
      if (this.fault !== undefined) return 0;
      at = end;
    }
    return this.#resized(fields, inside, before);
  }

  #maskElement(at: number, end: number, key: string | undefined, as: string | undefined): number {
    const from = at + elementLengthBytes;
    const before = this.#edits.count;
    const growth = this.#maskText(from, end, key, as);
    if (growth !== 0) this.#edits.insert(before, at, from, elementLength(end - from + growth));
    return growth;
  }

  #isTurnOver(bytes: number): boolean {
    const isOver = this.#maskedBytes > 0 && this.#maskedBytes + bytes > turnBytes;
    this.#maskedBytes = isOver ? bytes : this.#maskedBytes + bytes;
    return isOver;
  }

  /** Text packed in TensorFlow's own way is not taken apart; nothing sends it unless told to. */
  #content(fields: Fields, tensor: TensorHead, as: string | undefined): number {
    return typeof tensor.datatype === 'number' && tensorflowBits.has(tensor.datatype)
      ? this.#inMemory(fields, tensor, as)
      : this.#fail('tensor_content_of_text');
  }

  /** A list in a field of its own, packed or one by one. */
  #numbers(fields: Fields, type: NumberKind, key = '', as?: string): number {
    if (as === undefined && !this.#inner.tells(key)) return 0;
    const bytes = this.#bytes.subarray(fields.from, fields.to);
    const masked = as === undefined ? maskList(this.#inner, bytes, type, key) : hideList(this.#inner, bytes, type, as);
    const growth = this.#replaced(fields, bytes, masked);
    return fields.wireType === wireTypes.bytes ? this.#resized(fields, growth) : growth;
  }

  #inMemory(fields: Fields, { datatype, key = '' }: TensorHead, as: string | undefined): number {
    if (datatype === undefined || (as === undefined && !this.#inner.tells(key))) return 0;
    const bytes = this.#bytes.subarray(fields.from, fields.to);
    const masked =
      as === undefined ? maskTensor(this.#inner, bytes, datatype, key) : hideTensor(this.#inner, bytes, datatype, as);
    return this.#replaced(fields, bytes, masked);
  }

  #replaced({ from, to }: Fields, bytes: Uint8Array, masked: Uint8Array): number {
    const blocked = this.#inner.failure();
    if (blocked !== undefined) return this.#fail(blocked);
    return masked === bytes ? 0 : this.#edits.add(from, to, masked);
  }

  /**
   * Of a newer protocol. What can be read as text is masked as text; other bytes may hold anything, so they are left out, as
   * receivers that do not know the field would. Numbers stay, but for what a field rule hides with all that is in it.
   */
  #unknown(fields: Fields, { as }: FieldPlace): number {
    const { at, from, to, wireType } = fields;
    if (as !== undefined) return this.#dropped(at, to);
    if (wireType !== wireTypes.bytes || from === to) return 0;
    const bytes = this.#bytes.subarray(from, to);
    if (isPrintable(bytes)) return this.#resized(fields, this.#maskText(from, to));
    return this.#dropped(at, to);
  }

  #dropped(at: number, to: number): number {
    this.#inner.fault('unknown_field_dropped');
    return this.#edits.add(at, to, none);
  }

  #fail(reason: string): 0 {
    this.fault ??= reason;
    return 0;
  }
}

const isPrintable = (bytes: Uint8Array): boolean => {
  const text = decodeUtf8(bytes);
  return text !== undefined && !control.test(text);
};
/** But for tab, line feed and carriage return. A nested message nearly always has one: a short length. */
const control = /(?![\t\n\r])\p{Cc}/u;
