/**
 * Paths of field rules into protobuf messages: a message by its full name, then fields; of a map, or a list of tensors, perhaps one by
 * its key: `inference.ModelInferRequest.inputs[name="ssn"].contents`, `tensorflow.serving.PredictRequest.inputs["ssn"]`.
 */
import { messagesOf } from '../../body/protobuf/messages.ts';
import type { Field, Message } from '../../body/protobuf/schema.ts';
import { type Api, protobufApis } from '../../policy/policy.ts';
import { err, ok, type Result } from '../../result.ts';
import type { PathFault, Segment } from './field-path.ts';
import { keyStep, messageStep } from './message-place.ts';

export interface ProtobufPath {
  readonly api: Api;
  /** Over the steps of message-place.ts. */
  readonly segments: readonly Segment[];
}

/** With what may have been meant. */
export interface ProtobufPathFault extends PathFault {
  readonly word?: string;
  readonly known?: readonly string[];
}
type Parsed<T> = Result<T, ProtobufPathFault>;

const maxPathUnits = 512;
/** A field, and what is in brackets behind it: perhaps a member, and its text. */
const fieldPattern = /\.([A-Za-z_]\w*)(?:\[(?:([A-Za-z_]\w*)=)?(?:"([^"]*)"|'([^']*)')\])?/y;

export function parseProtobufPath(path: string): Parsed<ProtobufPath> {
  if (path.length > maxPathUnits) return fault(`at most ${maxPathUnits} characters`, 0);
  const begin = beginning(path);
  if (!begin.ok) return begin;
  const { api, message: first } = begin.value;
  const segments: Segment[] = [{ ...step(messageStep(first.name)), isDescendant: true }];
  if (first.key !== undefined) segments.push(any);
  let message: Message | undefined = first;
  for (let at = first.name.length; at < path.length; at = fieldPattern.lastIndex) {
    fieldPattern.lastIndex = at;
    const match = fieldPattern.exec(path);
    if (match === null) return fault('expected ".field", or ["key"] behind a map', at);
    const taken = take(message, match, at + 1);
    if (!taken.ok) return taken;
    segments.push(...taken.value.segments);
    message = taken.value.message;
  }
  return ok({ api, segments });
}

const step = (name: string): Segment => ({ isDescendant: false, selectors: [{ kind: 'name', name }] });
const any: Segment = { isDescendant: false, selectors: [{ kind: 'any' }] };
const fault = (message: string, offset: number, more: Pick<ProtobufPathFault, 'word' | 'known'> = {}) =>
  err({ message, offset, ...more });

/** The longest name of a message that the path begins with: one may be the beginning of another's. */
function beginning(path: string): Parsed<{ readonly api: Api; readonly message: Message }> {
  const all = protobufApis.flatMap((api) => [...messagesOf(api).values()].map((message) => ({ api, message })));
  const fitting = all.filter(({ message }) => path.startsWith(`${message.name}.`));
  const [longest] = fitting.sort((a, b) => b.message.name.length - a.message.name.length);
  if (longest !== undefined) return ok(longest);
  return fault('expected the full name of a message that a model takes or gives, and a field of it', 0, {
    word: path.replace(/\[.*$/s, '').replace(/\.[a-z]\w*$/, ''),
    known: all.map(({ message }) => message.name),
  });
}

interface Taken {
  readonly segments: readonly Segment[];
  /** What further fields are fields of. */
  readonly message: Message | undefined;
}

function take(message: Message | undefined, match: RegExpExecArray, at: number): Parsed<Taken> {
  const [, name = '', member, double, single] = match;
  const key = double ?? single;
  if (message === undefined) return fault(`"${name}": what stands in front of it has no fields`, at);
  const known = [...message.names.values()];
  const number = [...message.fields.keys()][known.indexOf(name)] ?? 0;
  const field = message.fields.get(number);
  if (field === undefined) return fault(`${message.name} has no field "${name}"`, at, { word: name, known });
  const refused = refusal(message, number, field);
  if (refused !== undefined) return fault(`"${name}" ${refused}`, at);
  const inner = field.kind === 'message' ? field.message : undefined;
  const keyed = keySegments(inner, key, member);
  if (keyed === undefined) return fault(`"${name}" is read as ${spelling(name, inner)}`, at);
  const value = inner?.name === '' ? inner.fields.get(valueOfEntry) : field;
  const last = value?.kind === 'message' ? value.message : undefined;
  return ok({
    segments: [step(name), ...named(inner), ...keyed, ...(last === inner ? [] : named(last))],
    message: last,
  });
}

const valueOfEntry = 2;
const named = (message: Message | undefined): readonly Segment[] =>
  message === undefined || message.name === '' ? [] : [step(messageStep(message.name))];

/** undefined: not what it is a key of. */
function keySegments(
  message: Message | undefined,
  key: string | undefined,
  member: string | undefined,
): readonly Segment[] | undefined {
  if (message?.key === undefined) return key === undefined ? [] : undefined;
  if (key === undefined) return [any];
  return member === memberOf(message) ? [step(keyStep(key))] : undefined;
}

const memberOf = (message: Message): string | undefined =>
  message.name === '' || message.key === undefined ? undefined : message.names.get(message.key);

function spelling(name: string, message: Message | undefined): string {
  if (message?.key === undefined) return `${name}, without brackets`;
  const member = memberOf(message);
  return `${name}["key"]`.replace('"key"', member === undefined ? '"key"' : `${member}="…"`);
}

/** Why a field cannot be hidden. */
function refusal(message: Message, number: number, field: Field): string | undefined {
  if (field.kind === 'raw')
    return 'holds what tensors hold: name a tensor, [name="…"].contents is its raw contents too';
  if (message.datatype?.of === 'tensorflow') return 'is one way to write a tensor: name the tensor, not a field of it';
  if (number === message.key || number === message.datatype?.field) return 'says what a tensor is, and stays';
  return holdsValues(field) ? undefined : 'holds no value';
}

function holdsValues(field: Field): boolean {
  if (field.kind === 'number') return field.data;
  return field.kind !== 'message' || [...field.message.fields.values()].some(holdsValues);
}
