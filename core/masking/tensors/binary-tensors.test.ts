/** Bodies with tensors behind their JSON: masked in their own length, however they are cut. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import { times } from '../../../envoy/test/harness/tier.ts';
import type { MaskProfile } from '../../policy/policy.ts';
import { anyCuts, cutsAt, everyByte, harmless, hostile, maskInChunks, textWithPlanted } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { rawText } from '../protobuf/random-messages.testing.ts';
import { runs } from '../seeded-runs.testing.ts';

const engine = createMasking();

interface Body {
  readonly bytes: Uint8Array;
  readonly jsonBytes: number;
}
interface Tensor {
  readonly datatype: string;
  readonly data: Uint8Array;
}
function bodyOf(tensors: readonly Tensor[], more: object = {}): Body {
  const outputs = tensors.map(({ datatype, data }, index) => ({
    name: `t${index}`,
    datatype,
    shape: [1],
    parameters: { binary_data_size: data.length },
  }));
  const json = Buffer.from(JSON.stringify({ ...more, outputs }));
  return { bytes: Buffer.concat([json, ...tensors.map(({ data }) => data)]), jsonBytes: json.length };
}
const maskerOf = ({ jsonBytes }: Body, profile: MaskProfile = bankProfile) =>
  engine.masker(
    {
      api: 'open-inference-v2',
      direction: 'response',
      contentType: 'application/octet-stream',
      path: '/v2',
      jsonBytes,
    },
    profile,
    { eventBytes: 1, messageBytes: 1 << 20 },
  );
const mask = (body: Body, profile?: MaskProfile) => {
  const masker = maskerOf(body, profile);
  const { bytes, summary } = maskInChunks(masker, body.bytes, []);
  const json = Buffer.from(bytes.subarray(0, body.jsonBytes)).toString();
  return { json, tail: Buffer.from(bytes.subarray(body.jsonBytes)), bytes, summary, failure: masker.failure() };
};
const text = (...values: readonly string[]): Tensor => ({
  datatype: 'BYTES',
  data: rawText(values.map((value) => Buffer.from(value))),
});
const floats: Tensor = { datatype: 'FP32', data: Buffer.from('536-22-8726.') };

const anyText = fc.oneof(
  harmless,
  textWithPlanted.map(({ value }) => value),
  hostile,
);
const anyBody = fc
  .record({
    id: anyText,
    tensors: fc.array(
      fc.oneof(
        fc.array(anyText, { maxLength: 4 }).map((values) => text(...values)),
        fc.uint8Array({ maxLength: 40 }).map((data) => ({ datatype: 'UINT8', data })),
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ id, tensors }) => bodyOf(tensors, { id }));

describe('however a body is cut', () => {
  const same = (body: Body, whole: ReturnType<typeof maskInChunks>, cuts: readonly number[]): void => {
    const cut = maskInChunks(maskerOf(body), body.bytes, cuts);
    assert.ok(Buffer.from(cut.bytes).equals(whole.bytes), `cuts ${cuts.join(',')}`);
    assert.deepEqual(cut.summary, whole.summary);
  };
  it('in two anywhere, and byte by byte: the same, as long as it was, and JSON', (test) => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const whole = maskInChunks(maskerOf(body), body.bytes, []);
        assert.equal(whole.bytes.length, body.bytes.length);
        JSON.parse(Buffer.from(whole.bytes.subarray(0, body.jsonBytes)).toString());
        same(body, whole, everyByte(body.bytes.length));
        for (let at = 0; at <= body.bytes.length; at++) same(body, whole, [at]);
      }),
      runs(test, times(200, 20)),
    );
  });
  it('in many', (test) => {
    fc.assert(
      fc.property(anyBody, anyCuts, (body, fractions) => {
        same(body, maskInChunks(maskerOf(body), body.bytes, []), cutsAt(fractions, body.bytes.length));
      }),
      runs(test, times(10_000, 200)),
    );
  });
});

describe('text and numbers', () => {
  it('are told apart by datatype: text is masked value by value, numbers pass, even if they spell a value', () => {
    const { json, tail, summary } = mask(
      bodyOf([text('ssn 536-22-8726', 'x'), floats, text('4111 1111 1111 1111')], { id: 'of 536-22-8726' }),
    );
    assert.match(json, /of \*\*\*-\*\*-\*\*\*\*/);
    const expected = [text('ssn ***-**-****', 'x'), floats, text('**** **** **** 1111')];
    assert.ok(tail.equals(Buffer.concat(expected.map(({ data }) => data))));
    assert.deepEqual(summary, { counts: { us_ssn: 2, credit_card: 1 }, faults: [] });
  });
  it('a value that is no text is blotted, its length kept', () => {
    const image = rawText([Buffer.from([0xff, 0xd8, 0x41])]);
    assert.deepEqual(mask(bodyOf([{ datatype: 'BYTES', data: image }])).tail, rawText([Buffer.from('***')]));
  });
  it('where the profile keeps binary parts, a value that is no text passes as it is', () => {
    const image = rawText([Buffer.from([0xff, 0xd8, 0x41])]);
    const profile: MaskProfile = { ...bankProfile, name: 'images', binaryParts: 'keep' };
    assert.deepEqual(
      mask(bodyOf([{ datatype: 'BYTES', data: image }, text('536-22-8726')]), profile).tail,
      Buffer.concat([image, text('***-**-****').data]),
    );
  });
  it('a shorter mask is filled up with spaces, behind a value and behind the JSON', () => {
    const { json, tail } = mask(bodyOf([text('jé@ex.org')], { id: 'é@ex.org' }));
    assert.deepEqual(tail, rawText([Buffer.from('**@****** ')]));
    assert.match(json, /\} +$/);
  });
});

it('under a field rule that nobody can follow in tensors behind JSON nothing of the body leaves', () => {
  const profile: MaskProfile = {
    ...bankProfile,
    name: 'ruled',
    fields: [{ path: '$.outputs[0].data[*]', as: 'us_ssn' }],
  };
  const { bytes, failure } = mask(bodyOf([text('x')]), profile);
  assert.equal(failure, 'field_rules_need_json');
  assert.equal(bytes.length, 0);
});

describe('an action that changes lengths', () => {
  const redacting = (kind: 'redact' | 'block'): MaskProfile => ({
    ...bankProfile,
    name: kind,
    actions: { default: { kind }, of: {} },
  });
  it('is done where its result fits, filled up with spaces', () => {
    const { tail, summary } = mask(bodyOf([text('536-22-8726')]), redacting('redact'));
    assert.deepEqual(tail, rawText([Buffer.from('[US_SSN]   ')]));
    assert.deepEqual(summary.faults, []);
  });
  it('is a mask where it does not, and the record says so', () => {
    const { json, tail, summary, failure } = mask(bodyOf([text('a@b.co')], { id: 'a@b.co' }), redacting('redact'));
    assert.deepEqual(tail, text('*@****').data);
    assert.match(json, /"\*@\*\*\*\*"/);
    assert.deepEqual(summary, { counts: { email: 2 }, faults: ['action_would_change_length'] });
    assert.equal(failure, undefined);
  });
  it('that blocks ends the output before the value', () => {
    const body = bodyOf([floats, text('x', '536-22-8726', 'y')]);
    const { tail, failure } = mask(body, redacting('block'));
    assert.equal(failure, 'blocked_us_ssn');
    assert.ok(tail.equals(Buffer.concat([floats.data, text('x').data])));
  });
});

describe('what does not add up ends the output', () => {
  const table: readonly (readonly [name: string, body: Body, reason: string])[] = [
    ['a tail that is cut', cut(bodyOf([floats]), 1), 'binary_tensors_do_not_add_up'],
    ['a text that is cut', cut(bodyOf([text('abc')]), 1), 'binary_tensors_do_not_add_up'],
    ['bytes of nobody', extended(bodyOf([floats])), 'binary_tensors_do_not_add_up'],
    ['bytes of nobody behind JSON alone', extended(bodyOf([])), 'binary_tensors_do_not_add_up'],
    ['a JSON that is cut', cut(bodyOf([]), 3), 'binary_tensors_do_not_add_up'],
    [
      'text that is longer than its tensor',
      bodyOf([{ datatype: 'BYTES', data: Buffer.from([9, 0, 0, 0, 65]) }, floats]),
      'raw_elements_do_not_add_up',
    ],
    [
      'text with half a length',
      bodyOf([{ datatype: 'BYTES', data: Buffer.from([1, 0]) }, floats]),
      'raw_elements_do_not_add_up',
    ],
    ['a datatype that nobody knows', bodyOf([{ datatype: 'FP92', data: Buffer.alloc(4) }]), 'tensor_datatype_unknown'],
    ['JSON that is none', { bytes: Buffer.from('{"outputs":['), jsonBytes: 12 }, 'binary_tensors_json'],
    ['outputs that are no list', { bytes: Buffer.from('{"outputs":1}'), jsonBytes: 13 }, 'binary_tensors_json'],
    [
      'two lists of outputs',
      { bytes: Buffer.from('{"outputs":[],"outputs":[]}'), jsonBytes: 27 },
      'binary_tensors_json',
    ],
    [
      'a JSON of more than the limit',
      { bytes: Buffer.alloc(8), jsonBytes: (1 << 20) + 1 },
      'binary_tensors_json_too_large',
    ],
  ];
  const ends = (body: Body, reason: string): void => {
    for (const cuts of [[], everyByte(body.bytes.length)]) {
      const masker = maskerOf(body);
      maskInChunks(masker, body.bytes, cuts);
      assert.equal(masker.failure(), reason);
    }
  };
  for (const [name, body, reason] of table) it(name, () => ends(body, reason));
  it('a text value longer than a message may be, as soon as its length is there', () => {
    const data = Buffer.alloc(100);
    data.writeUInt32LE((1 << 20) + 1);
    const body = bodyOf([{ datatype: 'BYTES', data }]);
    ends(body, 'tensor_value_too_large');
    // Nothing behind the length is waited for.
    ends(cut(body, 96), 'tensor_value_too_large');
  });
});

function cut(body: Body, by: number): Body {
  return { ...body, bytes: body.bytes.subarray(0, -by) };
}
function extended(body: Body): Body {
  return { ...body, bytes: Buffer.concat([body.bytes, Buffer.alloc(1)]) };
}
