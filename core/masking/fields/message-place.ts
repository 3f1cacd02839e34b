/**
 * Where in a protobuf message a walk is, for field rules: the steps are those of documents, so one automaton serves both. Into a
 * message goes its name, so that a rule may begin at any message; then the key, where the message has one; then fields by name.
 */
import { tensorContents } from '../../body/protobuf/open-inference-schema.ts';
import { listOf } from '../../body/protobuf/read-inference.ts';
import type { Message } from '../../body/protobuf/schema.ts';
import type { TensorHead } from '../../body/protobuf/tensor-heads.ts';
import { type FieldPlace, nowhere, placeIn } from './field-place.ts';

/** No field has such a name. */
export const messageStep = (name: string): string => `.${name}`;
/** Of an entry of a map, or a tensor in a list of them. */
export const keyStep = (key: string): string => `=${key}`;

export function placeInMessage(place: FieldPlace, message: Message, key: string | undefined): FieldPlace {
  // Without rules nothing is written for them.
  if (place.fields === undefined) return place;
  const inside = message.name === '' ? place : placeIn(place, messageStep(message.name));
  return message.key === undefined ? inside : placeIn(inside, keyStep(key ?? ''));
}

/** `place`: in the message. The value of an entry stands where the entry does; what a message says of itself is no value. */
export function placeOfField(place: FieldPlace, message: Message, field: number): FieldPlace {
  if (field === message.key || field === message.datatype?.field) return nowhere;
  return message.name === '' || place.fields === undefined ? place : placeIn(place, message.names.get(field) ?? '');
}

/** Of what a message holds for a tensor in raw form: where it would stand in the tensor. */
export function placeOfRaw(place: FieldPlace, message: Message, tensor: TensorHead | undefined): FieldPlace {
  const list = message.tensors === undefined ? undefined : message.fields.get(message.tensors);
  if (place.fields === undefined || list?.kind !== 'message' || message.tensors === undefined) return place;
  const inTensor = placeInMessage(placeOfField(place, message, message.tensors), list.message, tensor?.key);
  const contents = placeInMessage(placeOfField(inTensor, list.message, contentsOfTensor), tensorContents, undefined);
  const kind = typeof tensor?.datatype === 'string' ? listOf(tensor.datatype) : undefined;
  return kind === undefined ? contents : placeOfField(contents, tensorContents, kind);
}

const contentsOfTensor = 5;
