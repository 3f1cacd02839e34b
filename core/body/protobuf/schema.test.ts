/** What is known of the messages here is what protos/ says of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferenceProtos, serviceOf, services } from '@countersign/adapters/grpc/inference.testing.ts';
import { grpcMethodOf } from './methods.ts';
import type { Field, Message } from './schema.ts';

interface Described {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly typeName: string;
  readonly label: string;
}
interface Descriptor {
  readonly name: string;
  readonly field?: readonly Described[];
  readonly nestedType?: readonly Descriptor[];
  readonly options?: { readonly mapEntry?: boolean } | null;
}
const descriptors = new Map<string, Descriptor>();
function register(name: string, descriptor: Descriptor): void {
  descriptors.set(name, descriptor);
  for (const nested of descriptor.nestedType ?? []) register(`${name}.${nested.name}`, nested);
}
// proto-loader types what it hands out as objects; these are DescriptorProtos.
for (const [name, definition] of Object.entries(inferenceProtos))
  if ('type' in definition) register(name, definition.type as Descriptor);

/** A name is looked for from the inside out. */
function resolve(scope: string, name: string): [string, Descriptor] {
  for (let outer = `${scope}.`; outer !== ''; ) {
    outer = outer.slice(0, Math.max(outer.lastIndexOf('.'), 0));
    const full = outer === '' ? name : `${outer}.${name}`;
    const found = descriptors.get(full);
    if (found !== undefined) return [full, found];
  }
  throw new Error(`protos/ has no ${name} in ${scope}`);
}

const kinds: Readonly<Record<string, string>> = {
  TYPE_STRING: 'text',
  TYPE_BYTES: 'text',
  TYPE_MESSAGE: 'message',
  TYPE_BOOL: 'bool',
  TYPE_INT32: 'int32',
  TYPE_INT64: 'int64',
  TYPE_UINT32: 'uint32',
  TYPE_UINT64: 'uint64',
  TYPE_FLOAT: 'float',
  TYPE_DOUBLE: 'double',
};
function kindOf(field: Field): string {
  if (field.kind === 'number') return field.type;
  return field.kind === 'message' ? 'message' : 'text';
}

function same(name: string, descriptor: Descriptor, message: Message): void {
  const described = descriptor.field ?? [];
  assert.deepEqual(
    [...message.fields.keys()].sort(byNumber),
    described.map(({ number }) => number).sort(byNumber),
    name,
  );
  assert.equal(message.name, descriptor.options?.mapEntry === true ? '' : name);
  for (const { name: fieldName, number, type, typeName, label } of described) {
    const field = message.fields.get(number);
    assert.ok(field);
    const at = `${name}, field ${number}`;
    assert.equal(message.names.get(number), fieldName, at);
    assert.equal(kindOf(field), kinds[type], at);
    assert.equal(field.repeated, label === 'LABEL_REPEATED', at);
    // The bits of a message that tell known fields apart.
    assert.ok(number < 32, at);
    if (field.kind === 'message') same(...resolve(scopeOf(name, descriptor), typeName), field.message);
  }
}
/** The reference calls the entry of a map by its field, which may be the name of the value's type. */
const scopeOf = (name: string, { options }: Descriptor): string =>
  options?.mapEntry === true ? name.split('.').slice(0, -2).join('.') : name;
const byNumber = (a: number, b: number): number => a - b;

for (const service of services) {
  describe(service, () => {
    for (const [method, { path, requestStream, responseStream, requestType, responseType }] of Object.entries(
      serviceOf(service),
    )) {
      it(method, () => {
        const api = service.startsWith('tensorflow') ? 'tf-serving' : 'open-inference-v2';
        const known = grpcMethodOf(api, path);
        assert.ok(known);
        assert.equal(known.streams, requestStream && responseStream);
        assert.equal(requestStream, responseStream);
        const scope = service.slice(0, service.lastIndexOf('.'));
        for (const [type, message] of [
          [requestType.type, known.request],
          [responseType.type, known.response],
        ] as const) {
          const [name] = resolve(scope, (type as Descriptor).name);
          same(name, type as Descriptor, message);
        }
      });
    }
  });
}

it('calls of the other service, and those that nobody here knows, are none', () => {
  assert.equal(grpcMethodOf('tf-serving', '/inference.GRPCInferenceService/ModelInfer'), undefined);
  assert.equal(grpcMethodOf('open-inference-v2', '/inference.GRPCInferenceService/RepositoryModelLoad'), undefined);
  assert.equal(grpcMethodOf('open-inference-v2', '/inference.GRPCInferenceService/toString'), undefined);
  assert.equal(grpcMethodOf('json', '/inference.GRPCInferenceService/ModelInfer'), undefined);
});
