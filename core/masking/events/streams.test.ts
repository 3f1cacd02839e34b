/** The guarantee for the stream of every API: no split into tokens, events or chunks changes what a client reads. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { MaskProfile } from '../../policy/policy.ts';
import type { MaskSummary } from '../masker.ts';
import { anyCuts, cutsAt, everyByte, hostile, maskInChunks, textWithPlanted } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { fixtures } from './fixtures.testing.ts';
import type { Pieces, StreamFixture } from './openai.testing.ts';
import { eventsOf, withoutTexts } from './wire.testing.ts';

const redacting: MaskProfile = { ...bankProfile, name: 'redact', actions: { default: { kind: 'redact' }, of: {} } };
const engine = createMasking();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function mask(
  { api, contentType }: StreamFixture,
  stream: string | Uint8Array,
  cuts: readonly number[] = [],
  profile: MaskProfile = bankProfile,
) {
  const masker = engine.masker({ api, contentType, direction: 'response', path: '' }, profile, {
    eventBytes: 65536,
  });
  const { bytes, summary } = maskInChunks(masker, typeof stream === 'string' ? encoder.encode(stream) : stream, cuts);
  assert.equal(masker.failure(), undefined);
  return { text: decoder.decode(bytes), summary };
}

function pieces(text: string, lengths: readonly number[]): Pieces {
  const list: string[] = [];
  let rest = text;
  for (let turn = 0; rest !== ''; turn++) {
    const length = lengths.length === 0 ? rest.length : (lengths[turn % lengths.length] ?? 0) + 1;
    list.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return list;
}
/** Values that only what stands in front of them makes one. */
const pointedAt = fc
  .array(
    fc.constantFrom(
      'ssn',
      'SSN: ',
      '"ssn":"',
      'my social security number is ',
      '536228841',
      '"card": ',
      'account ',
      '12345678',
      '", ',
      '\n',
      ' a ',
      '{"',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const text = fc.oneof(
  hostile,
  pointedAt,
  textWithPlanted.map(({ value }) => value),
  fc.constant(''),
);
const said = fc.tuple(text, fc.array(fc.nat(20), { maxLength: 8 }));
const texts = fc.tuple(said, said, said);

/** Where some client joins two texts to a value that neither holds, the second has more stars than masked alone. */
const allowed = (
  expected: readonly (string | undefined)[],
  read: readonly string[],
  { faults }: MaskSummary,
): readonly (string | undefined)[] =>
  faults.includes('sse_text_over_lanes') ? expected.map((one = '', text) => starred(one, read[text] ?? '')) : expected;
function starred(expected: string, read: string): string {
  const stars = Array.from(read);
  return Array.from(expected, (char, at) => (stars[at] === '*' && /[\p{L}\p{N}]/u.test(char) ? '*' : char)).join('');
}

const short = ['536-22-8841.', 'kim@ex.org', '{"c":"4111 1111 1111 1111"}'];

for (const fixture of fixtures) {
  describe(fixture.name, () => {
    const streamOf = (spoken: readonly (readonly [string, readonly number[]])[]): string =>
      fixture.write(spoken.slice(0, fixture.texts).map(([whole, lengths]) => pieces(whole, lengths)));
    /** Each text masked whole: JSON in an event alone, as its numbers stay numbers. */
    const wholes = (spoken: readonly (readonly [string, readonly number[]])[], profile: MaskProfile) => {
      const inOnePiece = eventsOf(mask(fixture, streamOf(spoken.map(([one]) => [one, []])), [], profile).text);
      return spoken
        .slice(0, fixture.texts)
        .map(([one], text) =>
          text === fixture.json ? fixture.read(inOnePiece)[text] : engine.maskText(one, profile).text,
        );
    };
    const stream = streamOf(short.map((whole) => [whole, [4, 15]]));

    it('any text in any tokens reads as the whole text masked, also where it stands again', (test) => {
      fc.assert(
        fc.property(texts, anyCuts, (spoken, fractions) => {
          const given = streamOf(spoken);
          const whole = mask(fixture, given);
          const expected = wholes(spoken, bankProfile);
          const events = eventsOf(whole.text);
          assert.deepEqual(fixture.read(events), allowed(expected, fixture.read(events), whole.summary));
          for (const [number, places] of (fixture.repeated?.(events) ?? []).entries()) {
            for (const place of places) assert.equal(place, expected[number]);
          }
          const bytes = encoder.encode(given);
          assert.deepEqual(mask(fixture, bytes, cutsAt(fractions, bytes.length)), whole);
        }),
        runs(test, times(2000, 100)),
      );
    });

    it('what is planted is masked', (test) => {
      fc.assert(
        fc.property(textWithPlanted, fc.array(fc.nat(9), { maxLength: 20 }), ({ value, masked }, lengths) => {
          const given = streamOf(Array.from({ length: fixture.texts }, () => [value, lengths] as const));
          const [json] = wholes(
            [
              [value, []],
              [value, []],
              [value, []],
            ],
            bankProfile,
          ).slice(fixture.json ?? 3);
          for (const [text, read] of fixture.read(eventsOf(mask(fixture, given).text)).entries()) {
            assert.equal(read, text === fixture.json ? json : masked);
          }
        }),
        runs(test, times(2000, 60)),
      );
    });

    it('values that are replaced by longer or shorter texts join the same, also where they stand again', (test) => {
      fc.assert(
        fc.property(texts, (spoken) => {
          const { text: read, summary } = mask(fixture, streamOf(spoken), [], redacting);
          const events = eventsOf(read);
          const expected = wholes(spoken, redacting);
          assert.deepEqual(fixture.read(events), allowed(expected, fixture.read(events), summary));
          for (const [number, places] of (fixture.repeated?.(events) ?? []).entries()) {
            for (const place of places) assert.equal(place, expected[number]);
          }
        }),
        runs(test, times(2000, 50)),
      );
    });

    it('every event comes, in order, with every other member as it was', () => {
      const before = eventsOf(stream).map(withoutTexts);
      const after = eventsOf(mask(fixture, stream).text).map(withoutTexts);
      let next = 0;
      for (const event of after) {
        if (next < before.length && JSON.stringify(event) === JSON.stringify(before[next])) next++;
      }
      assert.equal(next, before.length, `${JSON.stringify(before[next])} is missing`);
      assert.ok(after.length - before.length <= fixture.texts, 'at most one event more for each text');
    });

    it('numbers of events go on without gap and repeat', () => {
      const numbers = eventsOf(mask(fixture, stream).text).flatMap((event) => event['sequence_number'] ?? []);
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at),
      );
    });

    it('cut in two anywhere, and byte by byte', () => {
      const bytes = encoder.encode(stream);
      const whole = mask(fixture, bytes);
      for (let at = 0; at <= bytes.length; at++) assert.deepEqual(mask(fixture, bytes, [at]), whole, `cut at ${at}`);
      assert.deepEqual(mask(fixture, bytes, everyByte(bytes.length)), whole);
    });

    it('cut into many pieces', (test) => {
      const bytes = encoder.encode(stream);
      const whole = mask(fixture, bytes);
      const cut = fc.property(anyCuts, (fractions) => {
        assert.deepEqual(mask(fixture, bytes, cutsAt(fractions, bytes.length)), whole);
      });
      fc.assert(cut, runs(test, times(10_000, 200)));
    });

    it('a value that a stream without an end cuts off is not shown', () => {
      const bytes = encoder.encode(stream);
      const whole = fixture.read(eventsOf(mask(fixture, bytes).text)).join('\n');
      assert.doesNotMatch(whole, /8841|kim@|4111 1111/);
      for (let at = 0; at < bytes.length; at += 7) {
        const { text: shown } = mask(fixture, bytes.subarray(0, at));
        assert.doesNotMatch(shown, /536-22-8841|kim@ex.org|4111 1111 1111 1111/);
      }
    });
  });
}
