/** gRPC messages on the wire: what is text, what becomes of it, and what cannot be read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameOf } from '../../body/protobuf/frames.ts';
import { everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { engine, inference, maskerOf, messagesIn, serving } from './calls.testing.ts';
import { rawText } from './random-messages.testing.ts';

const infer = inference('ModelInfer', 'response');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
function outcomeOf(body: Uint8Array, example = infer) {
  const masker = maskerOf(example);
  const outcome = maskInChunks(masker, body, []);
  return { ...outcome, failure: masker.failure() };
}
const encoded = (message: object, example = infer): Uint8Array => frameOf(example.reference.encode(message));
const decoded = (bytes: Uint8Array, example = infer): object => example.reference.decode(messagesIn(bytes)[0] ?? bytes);

describe('text of a tensor', () => {
  it('a message in which nothing is to be hidden is the same bytes', () => {
    const body = encoded({ model_name: 'credit', id: '7', outputs: [{ name: 'score', datatype: 'FP32', shape: [2] }] });
    assert.deepEqual(Buffer.from(outcomeOf(body).bytes), Buffer.from(body));
  });
  it('a mask that is shorter in bytes: every length around it is written anew', () => {
    // In a shadow ＠ is no at sign; é is a letter of one star.
    const values = [Buffer.from('jé.smith@ex.org'), Buffer.from('x')];
    const typed = { outputs: [{ name: 'a', datatype: 'BYTES', shape: [2], contents: { bytes_contents: values } }] };
    const raw = { outputs: [{ name: 'a', datatype: 'BYTES', shape: [2] }], raw_output_contents: [rawText(values)] };
    const expected = [Buffer.from('********@******'), Buffer.from('x')];
    assert.deepEqual(
      decoded(outcomeOf(encoded(typed)).bytes),
      decoded(
        encoded({ outputs: [{ name: 'a', datatype: 'BYTES', shape: [2], contents: { bytes_contents: expected } }] }),
      ),
    );
    assert.deepEqual(
      decoded(outcomeOf(encoded(raw)).bytes),
      decoded(encoded({ ...raw, raw_output_contents: [rawText(expected)] })),
    );
  });
  it('raw contents belong to tensors by position, wherever the fields stand', () => {
    const raw = Buffer.concat([
      Buffer.from('320b', 'hex'),
      Buffer.from('536-22-8726'),
      Buffer.from('320f', 'hex'),
      rawText([Buffer.from('536-22-8726')]),
    ]);
    const tensors = encoded({
      outputs: [
        { name: 'n', datatype: 'INT8', shape: [11] },
        { name: 's', datatype: 'BYTES', shape: [1] },
      ],
    }).subarray(5);
    const { bytes, failure } = outcomeOf(frameOf(Buffer.concat([raw, tensors])));
    assert.equal(failure, undefined);
    assert.match(text(bytes), /536-22-8726.*\*\*\*-\*\*-\*\*\*\*/s);
  });
  it('what is no text is blotted, its length kept', () => {
    const image = Buffer.from([0xff, 0xd8, 0xff, 0x41, 0x2d]);
    const utf16 = Buffer.from('536-22-8726', 'utf16le');
    const { bytes, summary } = outcomeOf(
      encoded({ outputs: [{ name: 'i', datatype: 'BYTES', contents: { bytes_contents: [image, utf16] } }] }),
    );
    assert.match(text(bytes), /\*\*\*\*-/);
    assert.doesNotMatch(text(bytes), /5\0?3\0?6/);
    assert.deepEqual(summary.faults, ['bad_utf8', 'nul_byte']);
  });
});

describe('the name of a tensor says what its values are', () => {
  const digits = '536228726';
  const bytes = (text: string): Buffer[] => [Buffer.from(text)];
  it('text without separators, typed and raw; under another name it is a number like any other', () => {
    for (const [name, expected] of [
      ['customer_ssn', '*********'],
      ['order_id', digits],
    ] as const) {
      const output = (text: string) => ({
        name,
        datatype: 'BYTES',
        shape: [1],
        contents: { bytes_contents: bytes(text) },
      });
      assert.deepEqual(
        decoded(outcomeOf(encoded({ outputs: [output(digits)] })).bytes),
        decoded(encoded({ outputs: [output(expected)] })),
      );
      const raw = (text: string) => ({
        outputs: [{ name, datatype: 'BYTES' }],
        raw_output_contents: [rawText(bytes(text))],
      });
      assert.deepEqual(decoded(outcomeOf(encoded(raw(digits))).bytes), decoded(encoded(raw(expected))));
    }
  });
  it('whole numbers become nines', () => {
    const output = (value: number) => ({
      outputs: [{ name: 'ssn', datatype: 'INT64', shape: [2], contents: { int64_contents: [value, 7] } }],
    });
    assert.deepEqual(decoded(outcomeOf(encoded(output(Number(digits)))).bytes), decoded(encoded(output(999_999_999))));
  });
  it('so does the key of a parameter, of a tensor of TensorFlow, of a feature', () => {
    const parameters = (text: string) => ({ parameters: { ssn: { string_param: text } } });
    assert.deepEqual(decoded(outcomeOf(encoded(parameters(digits))).bytes), decoded(encoded(parameters('*********'))));
    const predict = serving('Predict', 'response');
    const tensors = (text: string) => ({ outputs: { ssn: { dtype: 7, string_val: bytes(text) } } });
    assert.deepEqual(
      decoded(outcomeOf(encoded(tensors(digits), predict), predict).bytes, predict),
      decoded(encoded(tensors('*********'), predict), predict),
    );
    const classify = serving('Classify', 'request');
    const examples = (text: string, value: number) => ({
      input: {
        example_list: {
          examples: [
            {
              features: {
                feature: { ssn: { bytes_list: { value: bytes(text) } }, tax_id: { int64_list: { value: [7] } } },
              },
            },
            { features: { feature: { ssn: { int64_list: { value: [value] } } } } },
          ],
        },
      },
    });
    assert.deepEqual(
      decoded(outcomeOf(encoded(examples(digits, Number(digits)), classify), classify).bytes, classify),
      decoded(encoded(examples('*********', 999_999_999), classify), classify),
    );
  });
  it('and the name itself is no value of it', () => {
    const output = { outputs: [{ name: 'customer_name', datatype: 'BYTES', shape: [0] }] };
    assert.deepEqual(decoded(outcomeOf(encoded(output)).bytes), decoded(encoded(output)));
  });
});

describe('actions', () => {
  const values = ['ssn 536-22-8726', 'x'].map((value) => Buffer.from(value));
  const typed = { outputs: [{ name: 'a', datatype: 'BYTES', contents: { bytes_contents: values } }] };
  const raw = { outputs: [{ name: 'a', datatype: 'BYTES' }], raw_output_contents: [rawText(values)] };
  const withAction = (kind: 'redact' | 'keep' | 'block', body: Uint8Array) => {
    const profile = { ...bankProfile, name: kind, actions: { default: { kind }, of: {} } };
    const masker = maskerOf(infer, profile);
    return { ...maskInChunks(masker, body, []), failure: masker.failure() };
  };

  it('a value that gets longer or shorter: every length around it is written anew', () => {
    const redacted = [Buffer.from('ssn [US_SSN]'), Buffer.from('x')];
    assert.deepEqual(
      decoded(withAction('redact', encoded(typed)).bytes),
      decoded(encoded({ outputs: [{ name: 'a', datatype: 'BYTES', contents: { bytes_contents: redacted } }] })),
    );
    assert.deepEqual(
      decoded(withAction('redact', encoded(raw)).bytes),
      decoded(encoded({ ...raw, raw_output_contents: [rawText(redacted)] })),
    );
  });
  it('a value that is kept is the same bytes', () => {
    assert.deepEqual(Buffer.from(withAction('keep', encoded(raw)).bytes), Buffer.from(encoded(raw)));
  });
  it('a value that blocks ends the output: nothing of its message leaves', () => {
    for (const body of [encoded(typed), encoded(raw)]) {
      const { bytes, failure } = withAction('block', Buffer.concat([body, encoded({ model_name: 'm' })]));
      assert.equal(failure, 'blocked_us_ssn');
      assert.equal(bytes.length, 0);
    }
  });
});

describe('a long message', () => {
  const values = Array.from({ length: 9_000 }, (_, row) => Buffer.from(`row ${row}: ssn 536-22-8726`));
  const typed = encoded({ outputs: [{ name: 'a', datatype: 'BYTES', contents: { bytes_contents: values } }] });
  const raw = encoded({ outputs: [{ name: 'a', datatype: 'BYTES' }], raw_output_contents: [rawText(values)] });
  const body = Buffer.concat([typed, encoded({ id: '536-22-8726' }), raw]);

  it('is masked a turn at a time, while more is pushed, and comes out the same', () => {
    const whole = outcomeOf(body);
    const masker = maskerOf(infer);
    const parts: Uint8Array[] = [];
    let turns = 0;
    for (const from of [0, 100_000, 300_000]) {
      parts.push(
        masker.push(body.subarray(from, from === 300_000 ? undefined : from === 0 ? 100_000 : 300_000)).slice(),
      );
    }
    while (masker.isBusy === true) {
      turns++;
      parts.push(masker.push(new Uint8Array(0)).slice());
    }
    parts.push(masker.end());
    assert.ok(turns > 3, `${turns} turns`);
    assert.ok(Buffer.concat(parts).equals(whole.bytes));
    assert.deepEqual(masker.summary(), whole.summary);
    assert.equal(whole.summary.counts['us_ssn'], 18_001);
  });
  it('is whole when the end comes before its last turn', () => {
    const masker = maskerOf(infer);
    const first = masker.push(body).slice();
    assert.equal(masker.isBusy, true);
    assert.ok(Buffer.concat([first, masker.end()]).equals(outcomeOf(body).bytes));
    assert.equal(masker.failure(), undefined);
  });
  it('does not change with the chunk that it came in', () => {
    const chunk = Buffer.from(typed);
    const masker = maskerOf(infer);
    const first = masker.push(chunk).slice();
    chunk.fill(0x35);
    assert.ok(Buffer.concat([first, masker.end()]).equals(outcomeOf(typed).bytes));
  });
});

describe('fields that are not known', () => {
  it('text is masked', () => {
    const { bytes } = outcomeOf(
      frameOf(Buffer.concat([Buffer.from('aa0614', 'hex'), Buffer.from('my ssn is 536-22-872')])),
    );
    assert.equal(text(bytes).slice(8), 'my ssn is 536-22-872');
    const ssn = outcomeOf(frameOf(Buffer.concat([Buffer.from('aa060b', 'hex'), Buffer.from('536-22-8726')])));
    assert.equal(text(ssn.bytes).slice(8), '***-**-****');
  });
  it('bytes that are no text are left out, and the record says so; numbers stay', () => {
    const nested = Buffer.concat([Buffer.from('aa060d0a0b', 'hex'), Buffer.from('536-22-8726')]);
    const { bytes, summary } = outcomeOf(frameOf(Buffer.concat([Buffer.from('a00607', 'hex'), nested])));
    assert.equal(text(bytes.subarray(5)), '\xa0\x06\x07');
    assert.deepEqual(summary.faults, ['unknown_field_dropped']);
  });
});

describe('a body that cannot be read ends the output', () => {
  const hex = (bytes: string): Uint8Array => frameOf(Buffer.from(bytes.replaceAll(' ', ''), 'hex'));
  const table: readonly (readonly [name: string, body: Uint8Array, reason: string])[] = [
    ['a known field of another wire type', hex('08 01'), 'protobuf_field_of_another_wire_type'],
    ['a list of numbers of another wire type', hex('2a 05 1d 01 00 00 00'), 'protobuf_field_of_another_wire_type'],
    ['a field that stands once, twice', hex('0a 01 61 0a 01 62'), 'protobuf_field_twice'],
    ['a group', hex('a3 06'), 'protobuf_wire_type'],
    ['field number 0', hex('00 01'), 'protobuf_tag'],
    ['a tag of more than 32 bits', hex('8a 80 80 80 10 00'), 'protobuf_tag'],
    ['a tag of six bytes', hex('8a 80 80 80 80 00'), 'protobuf_varint_too_long'],
    ['a varint of eleven bytes', hex('a0 06 80 80 80 80 80 80 80 80 80 80 00'), 'protobuf_varint_too_long'],
    ['a varint that is cut', hex('a0 06 80'), 'protobuf_cut'],
    ['a field longer than its message', hex('0a 05 61'), 'protobuf_length'],
    ['a length beyond 2^53', hex('0a ff ff ff ff ff ff ff ff ff 01 61'), 'protobuf_length'],
    ['a nested field longer than what it is in', hex('2a 02 0a 05'), 'protobuf_length'],
    ['raw contents without a tensor', hex('32 00'), 'raw_contents_without_tensor'],
    [
      'a tensor that raw contents leave out',
      hex('2a 07 12 05 42 59 54 45 53 2a 07 12 05 42 59 54 45 53 32 00'),
      'tensor_without_raw_contents',
    ],
    [
      'raw text that does not add up',
      hex('2a 07 12 05 42 59 54 45 53 32 05 02 00 00 00 61'),
      'raw_elements_do_not_add_up',
    ],
    ['raw text with half a length', hex('2a 07 12 05 42 59 54 45 53 32 02 00 00'), 'raw_elements_do_not_add_up'],
    ['raw contents of a datatype that nobody knows', hex('2a 05 12 03 46 50 39 32 01 61'), 'tensor_datatype_unknown'],
    ['a message that says it is compressed', Buffer.from([1, 0, 0, 0, 0]), 'grpc_message_compressed'],
    ['flags that gRPC does not have', Buffer.from([2, 0, 0, 0, 0]), 'grpc_flags'],
    ['a message over the limit', Buffer.from([0, 0, 0x10, 0, 1]), 'grpc_message_too_large'],
    ['a message that is cut', Buffer.from([0, 0, 0, 0, 3, 0x0a, 0x01]), 'grpc_message_incomplete'],
    ['a prefix that is cut', Buffer.from([0, 0, 0, 0]), 'grpc_message_incomplete'],
  ];
  for (const [name, body, reason] of table) {
    it(name, () => {
      const before = encoded({ model_name: 'credit' });
      for (const cuts of [[], everyByte(before.length + body.length)]) {
        const masker = maskerOf(infer);
        const outcome = maskInChunks(masker, Buffer.concat([before, body]), cuts);
        assert.equal(masker.failure(), reason);
        assert.deepEqual(outcome.summary.faults, [reason]);
        assert.deepEqual(
          Buffer.from(outcome.bytes),
          Buffer.from(before),
          'what came before it is whole, and all there is',
        );
      }
    });
  }
  it('text packed in TensorFlow’s own way', () => {
    const predict = serving('Predict', 'response');
    const body = encoded({ outputs: { x: { dtype: 7, tensor_content: Buffer.from([3, 97, 98, 99]) } } }, predict);
    assert.equal(outcomeOf(body, predict).failure, 'tensor_content_of_text');
  });
  it('gRPC where something else is due, and the reverse, is withheld', () => {
    const kind = { api: 'open-inference-v2', direction: 'response' } as const;
    const limits = { eventBytes: 1 };
    const rest = engine.masker(
      { ...kind, contentType: 'application/grpc', path: '/v2/models/m/infer' },
      bankProfile,
      limits,
    );
    assert.equal(rest.failure(), 'grpc_and_something_else');
    const call = engine.masker({ ...kind, contentType: 'text/html', path: infer.reference.path }, bankProfile, limits);
    assert.equal(call.failure(), 'grpc_and_something_else');
  });
});
