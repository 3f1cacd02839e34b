/**
 * Masks an Open Inference body with tensors behind its JSON: the JSON as JSON, text tensors value by value, all in their own length,
 * since a header says how long the JSON is and the JSON how long the tensors are. Other tensors pass as they come.
 */
import { Gather } from '../../body/gather.ts';
import { modelInferRequest, modelInferResponse } from '../../body/protobuf/open-inference-schema.ts';
import { elementLengthAt, elementLengthBytes, openInferenceWidths } from '../../body/tensor-types.ts';
import { joined } from '../../bytes.ts';
import { type FieldPlace, nowhere } from '../fields/field-place.ts';
import { placeInMessage, placeOfRaw } from '../fields/message-place.ts';
import { type Inner, sumOf } from '../formats/inner.ts';
import type { BodyMasker, MaskSummary } from '../masker.ts';
import { hideTensor } from './hidden-numbers.ts';
import { maskTensor, widthOf } from './numbers.ts';
import { SameLength } from './same-length.ts';
import { type BinaryTensor, binaryTensorsOf } from './tensor-plan.ts';

const empty = new Uint8Array(0);
const doNotAddUp = 'binary_tensors_do_not_add_up';

export interface TensorBody {
  readonly jsonBytes: number;
  readonly list: 'inputs' | 'outputs';
  /** Of one value, which is kept until it is whole. */
  readonly maxBytes: number;
}

export class BinaryTensorMasker implements BodyMasker {
  readonly #body: TensorBody;
  readonly #inner: Inner;
  readonly #values: SameLength;
  readonly #fields: FieldPlace;
  readonly #json = new Gather();
  #ofJson: MaskSummary = { counts: {}, faults: [] };
  /** What follows the JSON, once that is known. */
  #tensors: readonly BinaryTensor[] | undefined;
  #index = 0;
  /** What a field rule hides that one as. */
  #as: string | undefined;
  /** Bytes of the tensor at `#index` that have not come. */
  #left = 0;
  readonly #value = new Gather();
  #failure: string | undefined;

  /** `fields`: where the same in protobuf begins for field rules. */
  constructor(body: TensorBody, inner: Inner, masking: () => Inner, fields: FieldPlace = nowhere) {
    this.#body = body;
    this.#fields = fields;
    this.#inner = inner;
    this.#values = new SameLength(inner, masking);
    if (body.jsonBytes > body.maxBytes) this.#fail('binary_tensors_json_too_large');
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) return empty;
    const released: Uint8Array[] = [];
    let at = 0;
    if (this.#tensors === undefined) {
      const { jsonBytes } = this.#body;
      at = this.#json.fill(chunk, 0, jsonBytes);
      if (this.#json.length === jsonBytes) this.#begin(released);
    }
    while (at < chunk.length && this.#failure === undefined) at += this.#take(chunk, at, released);
    return released.length === 0 ? empty : joined(released);
  }

  end(): Uint8Array {
    if (this.#failure === undefined && (this.#tensors === undefined || this.#current() !== undefined))
      this.#fail(doNotAddUp);
    return empty;
  }

  failure(): string | undefined {
    return this.#failure;
  }

  summary(): MaskSummary {
    return sumOf(this.#ofJson, this.#inner.summary());
  }

  #begin(released: Uint8Array[]): undefined {
    const json = this.#json.view;
    const tensors = binaryTensorsOf(json, this.#body.list);
    if (!tensors.ok) return this.#fail(tensors.error);
    const masked = this.#values.json(json);
    if (!masked.ok) return this.#fail(masked.error);
    this.#ofJson = masked.value.summary;
    released.push(masked.value.bytes);
    this.#json.clear();
    this.#tensors = tensors.value;
    this.#turnTo(0);
  }

  /** The tensor whose bytes come next; undefined: all have come. */
  #current(): BinaryTensor | undefined {
    while (this.#left === 0 && this.#tensors?.[this.#index] !== undefined) {
      if (this.#value.length > 0) return this.#tensors[this.#index];
      this.#turnTo(this.#index + 1);
    }
    return this.#tensors?.[this.#index];
  }

  #turnTo(index: number): void {
    const tensor = this.#tensors?.[index];
    this.#index = index;
    this.#left = tensor?.bytes ?? 0;
    this.#as = tensor && this.#ruleFor(tensor);
  }

  /** How many bytes it took. */
  #take(chunk: Uint8Array, at: number, released: Uint8Array[]): number {
    const tensor = this.#current();
    if (tensor === undefined) {
      this.#fail(doNotAddUp);
      return 0;
    }
    if (tensor.isText) return this.#takeText(tensor, chunk, at, released);
    const width = this.#maskedWidth(tensor);
    if (width !== undefined) return this.#takeNumber(tensor, width, chunk, at, released);
    const part = chunk.subarray(at, at + this.#left);
    released.push(part);
    this.#left -= part.length;
    return part.length;
  }

  #maskedWidth({ name, datatype }: BinaryTensor): number | undefined {
    if (this.#as !== undefined) return openInferenceWidths.get(datatype);
    return this.#inner.tells(name) ? widthOf(datatype) : undefined;
  }

  /** What a field rule hides a tensor as: that of its twin in protobuf, where what is behind the JSON stands raw. */
  #ruleFor({ name, datatype }: BinaryTensor): string | undefined {
    const message = this.#body.list === 'inputs' ? modelInferRequest : modelInferResponse;
    return placeOfRaw(placeInMessage(this.#fields, message, undefined), message, { key: name, datatype }).as;
  }

  /** One at a time: only those of a tensor whose name or a field rule says what they are. */
  #takeNumber(
    { datatype, name }: BinaryTensor,
    width: number,
    chunk: Uint8Array,
    at: number,
    released: Uint8Array[],
  ): number {
    const taken = this.#fill(chunk, at, width);
    if (this.#value.length < width || this.#failure !== undefined) return taken;
    const value = this.#value.view;
    const masked =
      this.#as === undefined
        ? maskTensor(this.#inner, value, datatype, name)
        : hideTensor(this.#inner, value, datatype, this.#as);
    this.#value.clear();
    const blocked = this.#inner.failure();
    if (blocked !== undefined) this.#fail(blocked);
    else released.push(masked);
    return taken;
  }

  #takeText(tensor: BinaryTensor, chunk: Uint8Array, at: number, released: Uint8Array[]): number {
    let taken = this.#fill(chunk, at, elementLengthBytes);
    if (this.#value.length < elementLengthBytes || this.#failure !== undefined) return taken;
    const length = elementLengthAt(this.#value.view, 0);
    if (length > this.#body.maxBytes) this.#fail('tensor_value_too_large');
    else taken += this.#fill(chunk, at + taken, elementLengthBytes + length);
    if (this.#value.length < elementLengthBytes + length || this.#failure !== undefined) return taken;
    this.#release(tensor, released);
    return taken;
  }

  /** Up to so many bytes of the value, none of them another tensor's. */
  #fill(chunk: Uint8Array, at: number, wanted: number): number {
    if (wanted - this.#value.length > this.#left) this.#fail('raw_elements_do_not_add_up');
    if (this.#failure !== undefined) return 0;
    const taken = this.#value.fill(chunk, at, wanted);
    this.#left -= taken;
    return taken;
  }

  #release(tensor: BinaryTensor, released: Uint8Array[]): undefined {
    const whole = this.#value.view;
    this.#value.clear();
    const value = whole.subarray(elementLengthBytes);
    const masked = this.#values.value(value, tensor.name, this.#as);
    const blocked = this.#inner.failure();
    if (blocked !== undefined) return this.#fail(blocked);
    if (masked === value) released.push(whole);
    else released.push(whole.subarray(0, elementLengthBytes), masked);
  }

  #fail(reason: string): undefined {
    this.#failure ??= reason;
    this.#inner.fault(this.#failure);
  }
}
