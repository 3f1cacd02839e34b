/** gRPC bodies: only text changes, however they are cut, as protobuf's own library reads them before and after. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import { times } from '../../../envoy/test/harness/tier.ts';
import { readFacts } from '../../body/facts.ts';
import { frameOf } from '../../body/protobuf/frames.ts';
import {
  anyCuts,
  cutsAt,
  everyByte,
  harmless,
  hostileWithoutWords,
  maskInChunks,
  textWithPlanted,
} from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { type Call, engine, inference, maskerOf, messagesIn, serving } from './calls.testing.ts';
import { anyExamples, anyInference, anyPredict, type Build } from './random-messages.testing.ts';

const anyText = fc.oneof(
  harmless,
  textWithPlanted.map(({ value }) => value),
  // Names of tensors say what their values are, and texts here are names too.
  hostileWithoutWords,
);
const anyStreamResponse = fc.record({ error: anyText, answer: anyInference(anyText, 'response') }).map(
  ({ error, answer }): Build =>
    (change) => ({ error_message: change(error), infer_response: answer(change) }),
);

const cases: Readonly<Record<string, readonly [Call, Arbitrary<Build>]>> = {
  'a ModelInfer request': [inference('ModelInfer', 'request'), anyInference(anyText, 'request')],
  'a ModelInfer response': [inference('ModelInfer', 'response'), anyInference(anyText, 'response')],
  'a ModelStreamInfer response': [inference('ModelStreamInfer', 'response'), anyStreamResponse],
  'a Predict request': [serving('Predict', 'request'), anyPredict(anyText, 'request')],
  'a Predict response': [serving('Predict', 'response'), anyPredict(anyText, 'response')],
  'a Classify request': [serving('Classify', 'request'), anyExamples(anyText)],
};

const maskText = (text: string): string => engine.maskText(text, bankProfile).text;
const asIs = (text: string): string => text;

for (const [name, [call, message]] of Object.entries(cases)) {
  describe(name, () => {
    const { reference } = call;

    it('has its texts masked, and nothing else changed', (test) => {
      fc.assert(
        fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), (builds) => {
          const body = Buffer.concat(builds.map((build) => frameOf(reference.encode(build(asIs)))));
          const masker = maskerOf(call);
          const outcome = maskInChunks(masker, body, []);
          assert.equal(masker.failure(), undefined);
          const read = (bytes: Uint8Array): object => reference.decode(bytes);
          const expected = builds.map((build) => read(reference.encode(build(maskText))));
          assert.deepEqual(messagesIn(outcome.bytes).map(read), expected);
        }),
        runs(test, 100),
      );
    });

    const bodyOf = (builds: readonly Build[]): Uint8Array =>
      Buffer.concat(builds.map((build) => frameOf(reference.encode(build(asIs)))));
    const whole = (body: Uint8Array) => maskInChunks(maskerOf(call), body, []);
    const same = (body: Uint8Array, expected: ReturnType<typeof whole>, cuts: readonly number[]): void => {
      const cut = maskInChunks(maskerOf(call), body, cuts);
      assert.ok(Buffer.from(cut.bytes).equals(expected.bytes), `cuts ${cuts.join(',')}`);
      assert.deepEqual(cut.summary, expected.summary);
    };

    it('comes out the same cut in two anywhere, and byte by byte', (test) => {
      fc.assert(
        fc.property(fc.tuple(message, message), (builds) => {
          const body = bodyOf(builds);
          const expected = whole(body);
          same(body, expected, everyByte(body.length));
          for (let at = 0; at <= body.length; at++) same(body, expected, [at]);
        }),
        runs(test, times(100, 5)),
      );
    });

    it('comes out the same cut in many', (test) => {
      fc.assert(
        fc.property(fc.tuple(message, message), anyCuts, (builds, fractions) => {
          const body = bodyOf(builds);
          same(body, whole(body), cutsAt(fractions, body.length));
        }),
        runs(test, times(10_000, 200)),
      );
    });

    it('damaged anywhere, is refused or is a message still: never an exception, never other lengths than it says', (test) => {
      const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
        minLength: 1,
        maxLength: 4,
      });
      fc.assert(
        fc.property(message, damage, (build, changes) => {
          const body = bodyOf([build]);
          for (const [place, value] of changes) body[Math.floor(place * (body.length - 1))] = value;
          const { api, direction } = call;
          if (direction === 'request')
            readFacts({ api, direction, contentType: 'application/grpc', path: reference.path }, body);
          const masker = maskerOf(call);
          const { bytes } = maskInChunks(masker, body, []);
          if (masker.failure() === undefined) messagesIn(bytes);
        }),
        runs(test, times(10_000, 200)),
      );
    });
  });
}
