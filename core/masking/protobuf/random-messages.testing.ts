/** Messages of the inference services, each to be built twice: with its texts as they are, and with what must be left of them. */
import fc, { type Arbitrary } from 'fast-check';

/** What becomes of each text. */
export type Change = (text: string) => string;
export type Build = (change: Change) => object;

const numbers = fc.array(fc.integer({ min: -5, max: 2 ** 31 - 1 }), { maxLength: 6 });
const floats = fc.array(fc.double({ min: -1e6, max: 1e6 }).map(Math.fround), { maxLength: 6 });
/** Names that say nothing of what is under them. */
const key = fc.constantFrom('temperature', 'note', 'client', 'x');

const bytesOf = (texts: readonly string[], change: Change): Buffer[] => texts.map((text) => Buffer.from(change(text)));
const buildAll = (builds: Readonly<Record<string, Build>>, change: Change): object =>
  Object.fromEntries(Object.entries(builds).map(([name, build]) => [name, build(change)]));

const parametersOf = (text: Arbitrary<string>): Arbitrary<Build> =>
  fc
    .dictionary(
      key,
      fc.oneof(
        text.map(
          (value): Build =>
            (change) => ({ string_param: change(value) }),
        ),
        fc.boolean().map(
          (value): Build =>
            () => ({ bool_param: value }),
        ),
        fc.integer().map(
          (value): Build =>
            () => ({ int64_param: String(value) }),
        ),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(
          (value): Build =>
            () => ({ double_param: value }),
        ),
      ),
      { maxKeys: 3 },
    )
    .map((values) => (change) => buildAll(values, change));

/** Text values as they lie in memory: each behind its length. */
export function rawText(values: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    }),
  );
}

interface Data {
  readonly datatype: string;
  readonly values: number;
  readonly typed: Build;
  readonly raw: (change: Change) => Buffer;
}
const anyData = (text: Arbitrary<string>): Arbitrary<Data> =>
  fc.oneof(
    fc.array(text, { maxLength: 5 }).map((texts) => ({
      datatype: 'BYTES',
      values: texts.length,
      typed: (change: Change) => ({ bytes_contents: bytesOf(texts, change) }),
      raw: (change: Change) => rawText(bytesOf(texts, change)),
    })),
    floats.map((values) => ({
      datatype: 'FP32',
      values: values.length,
      typed: () => ({ fp32_contents: values }),
      raw: () => Buffer.from(Float32Array.from(values).buffer),
    })),
    numbers.map((values) => ({
      datatype: 'INT64',
      values: values.length,
      typed: () => ({ int64_contents: values }),
      raw: () => Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer),
    })),
  );

/** ModelInfer, either direction, with typed or with raw contents. */
export const anyInference = (text: Arbitrary<string>, direction: 'request' | 'response'): Arbitrary<Build> =>
  fc
    .record({
      model: text,
      id: text,
      parameters: parametersOf(text),
      tensors: fc.array(fc.record({ name: key, parameters: parametersOf(text), data: anyData(text) }), {
        maxLength: 4,
      }),
      isRaw: fc.boolean(),
    })
    .map(({ model, id, parameters, tensors, isRaw }) => (change) => ({
      model_name: change(model),
      id: change(id),
      parameters: parameters(change),
      [direction === 'request' ? 'inputs' : 'outputs']: tensors.map((tensor) => ({
        name: tensor.name,
        datatype: tensor.data.datatype,
        shape: [tensor.data.values],
        parameters: tensor.parameters(change),
        ...(isRaw ? {} : { contents: tensor.data.typed(change) }),
      })),
      [direction === 'request' ? 'raw_input_contents' : 'raw_output_contents']: isRaw
        ? tensors.map(({ data }) => data.raw(change))
        : [],
    }));

const anyTensorProto = (text: Arbitrary<string>): Arbitrary<Build> =>
  fc.oneof(
    fc.array(text, { maxLength: 4 }).map(
      (texts): Build =>
        (change) => ({
          dtype: 7,
          tensor_shape: { dim: [{ size: texts.length }] },
          string_val: bytesOf(texts, change),
        }),
    ),
    floats.map(
      (values): Build =>
        () => ({
          dtype: 1,
          tensor_shape: { dim: [{ size: values.length }] },
          float_val: values,
        }),
    ),
    numbers.map(
      (values): Build =>
        () => ({
          dtype: 9,
          tensor_shape: { dim: [{ size: values.length, name: 'batch' }] },
          tensor_content: Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer),
        }),
    ),
  );

export const anyPredict = (text: Arbitrary<string>, direction: 'request' | 'response'): Arbitrary<Build> =>
  fc
    .record({
      model: text,
      tensors: fc.dictionary(key, anyTensorProto(text), { maxKeys: 3 }),
      filter: fc.array(text, { maxLength: 2 }),
    })
    .map(({ model, tensors, filter }) => (change) => {
      const spec = { name: change(model), version: { value: '3' } };
      return direction === 'request'
        ? { model_spec: spec, inputs: buildAll(tensors, change), output_filter: filter.map(change) }
        : { model_spec: spec, outputs: buildAll(tensors, change) };
    });

export const anyExamples = (text: Arbitrary<string>): Arbitrary<Build> =>
  fc
    .array(
      fc.dictionary(
        key,
        fc.oneof(
          fc.array(text, { maxLength: 3 }).map(
            (texts): Build =>
              (change) => ({ bytes_list: { value: bytesOf(texts, change) } }),
          ),
          floats.map(
            (value): Build =>
              () => ({ float_list: { value } }),
          ),
          numbers.map(
            (value): Build =>
              () => ({ int64_list: { value } }),
          ),
        ),
        { maxKeys: 3 },
      ),
      { maxLength: 3 },
    )
    .map((examples) => (change) => ({
      model_spec: { name: 'm' },
      input: {
        example_list: { examples: examples.map((feature) => ({ features: { feature: buildAll(feature, change) } })) },
      },
    }));
