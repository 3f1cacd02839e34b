/** Field rules in messages and in binary tensors: one rule, whatever form a value is asked for in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { times } from '../../../envoy/test/harness/tier.ts';
import { frameOf } from '../../body/protobuf/frames.ts';
import { joined } from '../../bytes.ts';
import type { FieldRule, MaskProfile } from '../../policy/policy.ts';
import { anyCuts, cutsAt, everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { type Call, engine, inference, maskerOf, messagesIn, serving } from './calls.testing.ts';
import { anyInference, rawText } from './random-messages.testing.ts';

const infer = inference('ModelInfer', 'response');
const profileOf = (fields: readonly FieldRule[], more: Partial<MaskProfile> = {}): MaskProfile => ({
  ...bankProfile,
  name: 'ruled',
  fields,
  ...more,
});
const encoded = (message: object, call: Call = infer): Uint8Array => call.reference.encode(message);
function masked(message: object, rules: readonly FieldRule[], call: Call = infer, more: Partial<MaskProfile> = {}) {
  const masker = maskerOf(call, profileOf(rules, more));
  const { bytes, summary } = maskInChunks(masker, frameOf(encoded(message, call)), []);
  const [first] = messagesIn(bytes);
  return { message: first && call.reference.decode(first), ...summary, failure: masker.failure() };
}
/** `before` becomes `after`, and everything else stays. */
function becomes(before: object, after: object, rules: readonly FieldRule[], call: Call = infer): void {
  const { message, failure } = masked(before, rules, call);
  assert.equal(failure, undefined);
  assert.deepEqual(message, call.reference.decode(encoded(after, call)));
}
const bytesOf = (...values: readonly string[]): Buffer[] => values.map((value) => Buffer.from(value));

const inJson: FieldRule = { path: "$.outputs[?@.name=='who'].data[*]", as: 'us_ssn' };
const inProtobuf: FieldRule = {
  path: '$.nowhere',
  protobuf: 'inference.ModelInferResponse.outputs[name="who"].contents.bytes_contents',
  as: 'us_ssn',
};
const answer = (value: string, other = value) => ({
  outputs: [
    { name: 'who', datatype: 'BYTES', shape: [2], contents: { bytes_contents: bytesOf(value, value) } },
    { name: 'what', datatype: 'BYTES', shape: [1], contents: { bytes_contents: bytesOf(other) } },
  ],
});
const rawAnswer = (value: string, other = value) => ({
  outputs: [
    { name: 'who', datatype: 'BYTES', shape: [2] },
    { name: 'what', datatype: 'BYTES', shape: [1] },
  ],
  raw_output_contents: [rawText(bytesOf(value, value)), rawText(bytesOf(other))],
});

for (const [form, rule] of Object.entries({ 'a JSONPath': inJson, 'a protobuf field': inProtobuf })) {
  describe(`a tensor that is named by ${form}`, () => {
    it('is hidden whatever it looks like, in typed and in raw contents, and no other tensor is', () => {
      becomes(answer('AB-12 é'), answer('**-** *', 'AB-12 é'), [rule]);
      becomes(rawAnswer('AB-12 é'), rawAnswer('**-** *', 'AB-12 é'), [rule]);
    });
    it('is counted as its entity, value by value', () => {
      assert.deepEqual(masked(rawAnswer('AB-12'), [rule]).counts, { us_ssn: 2 });
    });
    it('is hidden in a stream too', () => {
      const stream = inference('ModelStreamInfer', 'response');
      becomes({ infer_response: answer('AB-12') }, { infer_response: answer('**-**', 'AB-12') }, [rule], stream);
    });
    it('is hidden behind JSON, in its own length', () => {
      const values = rawText(bytesOf('AB-12 é', 'x'));
      const json = Buffer.from(
        JSON.stringify({
          outputs: [{ name: 'who', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: values.length } }],
        }),
      );
      const masker = engine.masker(
        { api: 'open-inference-v2', direction: 'response', contentType: '', path: '/v2', jsonBytes: json.length },
        profileOf([rule]),
        { eventBytes: 4096 },
      );
      const { bytes } = maskInChunks(masker, joined([json, values]), []);
      assert.deepEqual(Buffer.from(bytes.subarray(0, json.length)), json);
      assert.deepEqual(Buffer.from(bytes.subarray(json.length)), rawText(bytesOf('**-** * ', '*')));
    });
  });
}

describe('numbers that a rule hides', () => {
  const rule: FieldRule = { path: '$.outputs[*].data', as: 'us_ssn' };
  const output = (datatype: string, list: string, values: readonly unknown[]) => ({
    outputs: [{ name: 'n', datatype, shape: [values.length], contents: { [list]: values } }],
  });
  it('in lists are nines with as many digits, signs and points kept; booleans are false', () => {
    for (const [datatype, list, before, after] of [
      ['INT32', 'int_contents', [7, -12, 2_000_000_000], [9, -99, 999_999_999]],
      ['INT64', 'int64_contents', ['-1234567890123', '0'], ['-9999999999999', '9']],
      ['UINT32', 'uint_contents', [4_294_967_295], [999_999_999]],
      ['UINT64', 'uint64_contents', ['18446744073709551615'], ['9999999999999999999']],
      ['FP64', 'fp64_contents', [0.25, -7, 1e21], [9.99, -9, 9]],
      ['FP32', 'fp32_contents', [0.5], [Math.fround(9.9)]],
      ['BOOL', 'bool_contents', [true, false], [false, false]],
    ] as const)
      becomes(output(datatype, list, before), output(datatype, list, after), [rule]);
  });
  it('in raw contents are the same; what is no decimal number is zeros', () => {
    const raw = (datatype: string, values: ArrayBufferView) => ({
      outputs: [{ name: 'n', datatype, shape: [1] }],
      raw_output_contents: [Buffer.from(values.buffer)],
    });
    for (const [datatype, before, after] of [
      ['INT8', Int8Array.of(-128, 7), Int8Array.of(-99, 9)],
      ['UINT8', Uint8Array.of(200), Uint8Array.of(99)],
      ['INT16', Int16Array.of(31_000), Int16Array.of(9999)],
      ['UINT16', Uint16Array.of(12), Uint16Array.of(99)],
      ['INT64', BigInt64Array.of(-5n), BigInt64Array.of(-9n)],
      ['FP32', Float32Array.of(12.5), Float32Array.of(99.9)],
      ['FP16', Uint16Array.of(0x3c00), Uint16Array.of(0)],
      ['BOOL', Uint8Array.of(1), Uint8Array.of(0)],
    ] as const)
      becomes(raw(datatype, before), raw(datatype, after), [rule]);
  });
  it('a rule for one list of a tensor holds for raw contents of the datatypes that it lists, and for no others', () => {
    const only = (list: string): FieldRule => ({
      path: '$.nowhere',
      protobuf: `inference.ModelInferResponse.outputs.contents.${list}`,
      as: 'us_ssn',
    });
    const raw = (value: number) => ({
      outputs: [{ name: 'n', datatype: 'INT8', shape: [1] }],
      raw_output_contents: [Buffer.of(value)],
    });
    becomes(raw(12), raw(99), [only('int_contents')]);
    becomes(raw(12), raw(12), [only('int64_contents')]);
  });
});

describe('other places in messages', () => {
  it('a parameter by its key, whatever its type', () => {
    const rule: FieldRule = { path: '$..account', as: 'us_ssn' };
    const message = (text: string, number: number, inTensor: string) => ({
      parameters: { account: { string_param: text }, other: { string_param: 'AB-12' } },
      outputs: [
        {
          name: 'o',
          datatype: 'BYTES',
          shape: [1],
          parameters: { account: { int64_param: number }, tag: { string_param: inTensor } },
        },
      ],
    });
    becomes(message('AB-12', 12, 'x'), message('**-**', 99, 'x'), [rule]);
  });
  it('a whole tensor: its data and parameters, and neither its name nor its datatype nor its shape', () => {
    const tensor = (value: string) => ({
      outputs: [
        {
          name: 'who',
          datatype: 'BYTES',
          shape: [1],
          parameters: { note: { string_param: value } },
          contents: { bytes_contents: bytesOf(value) },
        },
      ],
    });
    becomes(tensor('AB-12'), tensor('**-**'), [{ path: "$.outputs[?@.name=='who']", as: 'us_ssn' }]);
  });
  it('a text field of the message itself', () => {
    becomes({ id: 'AB-12', model_name: 'm1' }, { id: '**-**', model_name: 'm1' }, [{ path: '$.id', as: 'us_ssn' }]);
  });
  it('of TensorFlow a tensor, whichever of its fields holds the values', () => {
    const predict = serving('Predict', 'response');
    const tensor = (value: object) => ({ outputs: { who: value, what: { dtype: 9, int64_val: [12] } } });
    for (const [before, after] of [
      [
        { dtype: 7, string_val: bytesOf('AB-12') },
        { dtype: 7, string_val: bytesOf('**-**') },
      ],
      [
        { dtype: 9, int64_val: [12, -3] },
        { dtype: 9, int64_val: [99, -9] },
      ],
      [
        { dtype: 3, tensor_content: Buffer.from(Int32Array.of(12).buffer) },
        { dtype: 3, tensor_content: Buffer.from(Int32Array.of(99).buffer) },
      ],
      [
        { dtype: 19, half_val: [15360] },
        { dtype: 19, half_val: [99_999] },
      ],
    ] as const)
      becomes(tensor(before), tensor(after), [{ path: '$.predictions[*].who', as: 'us_ssn' }], predict);
  });
  it('of TensorFlow a feature of an example, and the classes that come back', () => {
    const classify = serving('Classify', 'request');
    const examples = (value: string) => ({
      input: {
        example_list: { examples: [{ features: { feature: { who: { bytes_list: { value: bytesOf(value) } } } } }] },
      },
    });
    becomes(examples('AB-12'), examples('**-**'), [{ path: '$.examples[*].who', as: 'us_ssn' }], classify);
    const classified = serving('Classify', 'response');
    const classes = (label: string, score: number) => ({
      result: { classifications: [{ classes: [{ label, score }] }] },
    });
    becomes(
      classes('AB-12', 0.5),
      classes('**-**', Math.fround(9.9)),
      [{ path: '$.results', as: 'us_ssn' }],
      classified,
    );
  });
  it('a field that nobody knows, in what a rule hides, is left out', () => {
    const known = encoded({ outputs: [{ name: 'who', datatype: 'BYTES', shape: [1] }] });
    // Contents (field 5) with a number in field 100, and one text that is empty.
    const tensor = known.subarray(2);
    const body = frameOf(
      joined([Uint8Array.of(0x2a, tensor.length + 7), tensor, Uint8Array.of(0x2a, 5, 0xa0, 0x06, 0x01, 0x42, 0x00)]),
    );
    const masker = maskerOf(infer, profileOf([inJson]));
    const { bytes, summary } = maskInChunks(masker, body, []);
    assert.equal(masker.failure(), undefined);
    assert.deepEqual(summary.faults, ['unknown_field_dropped']);
    assert.equal(Buffer.from(bytes).includes(Buffer.of(0xa0, 0x06, 0x01)), false);
  });
});

describe('actions', () => {
  const by = (kind: 'keep' | 'block' | 'redact') => ({ actions: { default: { kind }, of: {} } }) as const;
  it('keep: the same bytes, text or not', () => {
    for (const value of [Buffer.from('AB-12'), Buffer.of(0xff, 0xd8)]) {
      const message = { outputs: [{ name: 'who', datatype: 'BYTES', contents: { bytes_contents: [value] } }] };
      assert.deepEqual(masked(message, [inJson], infer, by('keep')).message, infer.reference.decode(encoded(message)));
    }
  });
  it('block: nothing of the message leaves', () => {
    const { message, failure } = masked(rawAnswer('AB-12'), [inJson], infer, by('block'));
    assert.equal(message, undefined);
    assert.equal(failure, 'blocked_us_ssn');
  });
  it('redact: other lengths, and every length around them is written anew', () => {
    const { message } = masked(rawAnswer('AB-12', 'x'), [inJson], infer, by('redact'));
    assert.deepEqual(message, infer.reference.decode(encoded(rawAnswer('[US_SSN]', 'x'))));
  });
  it('a value that is no text: stars in its length', () => {
    const { message } = masked(
      { outputs: [{ name: 'who', datatype: 'BYTES', contents: { bytes_contents: [Buffer.of(0xff, 0x2d, 0x41)] } }] },
      [inJson],
    );
    assert.match(JSON.stringify(message), /"data":\[42,42,42\]/);
  });
});

describe('what cannot be followed', () => {
  it('a rule for JSON alone: nothing of a message with data leaves, health goes on', () => {
    const rule: FieldRule = { path: '$.outputs[0].data', as: 'us_ssn' };
    assert.equal(masked(answer('x'), [rule]).failure, 'field_rules_need_json');
    const ready = inference('ServerReady', 'response');
    assert.equal(masked({ ready: true }, [rule], ready).failure, undefined);
  });
  it('a rule for protobuf alone: nothing of the same in JSON leaves; other APIs go on', () => {
    const rule: FieldRule = { protobuf: 'inference.ModelInferResponse.outputs[name="who"].contents', as: 'us_ssn' };
    const failureOf = (api: 'open-inference-v2' | 'json'): string | undefined => {
      const kind = { api, direction: 'response', contentType: 'application/json', path: '/v2' } as const;
      const masker = engine.masker(kind, profileOf([rule]), { eventBytes: 4096 });
      maskInChunks(masker, Buffer.from('{}'), []);
      return masker.failure();
    };
    assert.equal(failureOf('open-inference-v2'), 'field_rules_need_protobuf');
    assert.equal(failureOf('json'), undefined);
    becomes(answer('AB-12'), answer('**-**', 'AB-12'), [rule]);
  });
});

it('however a body is cut, what rules make of it is the same', (test) => {
  const rules = profileOf([
    { path: "$.outputs[?@.name=='note'].data", as: 'us_ssn' },
    { path: '$..client', as: 'email' },
  ]);
  fc.assert(
    fc.property(anyInference(fc.string({ maxLength: 12 }), 'response'), anyCuts, (build, fractions) => {
      const body = frameOf(encoded(build((text) => text)));
      const whole = maskInChunks(maskerOf(infer, rules), body, []);
      for (const cuts of [everyByte(body.length), cutsAt(fractions, body.length)]) {
        const cut = maskInChunks(maskerOf(infer, rules), body, cuts);
        assert.ok(Buffer.from(cut.bytes).equals(whole.bytes));
        assert.deepEqual(cut.summary, whole.summary);
      }
    }),
    runs(test, times(10_000, 200)),
  );
});
