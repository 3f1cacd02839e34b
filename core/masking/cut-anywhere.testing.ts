/** What a text becomes does not depend on how it is cut. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import type { ReadApi } from '../policy/policy.ts';
import { anyCuts, cutsAt, everyByte, type maskFlat } from './planted.testing.ts';
import { runs } from './seeded-runs.testing.ts';

type Runs = readonly [long: number, everyday: number];

const encoder = new TextEncoder();

/** The tests of one form of text: cut in two at each place, and into any pieces and byte by byte, so many times. */
export function testCutAnywhere(
  flat: ReturnType<typeof maskFlat>,
  api: ReadApi,
  inTwo: { readonly body: fc.Arbitrary<string>; readonly runs: Runs },
  inPieces: { readonly body: fc.Arbitrary<string>; readonly runs: Runs },
): void {
  it(`${api}, cut in two anywhere`, (test) => {
    fc.assert(
      fc.property(inTwo.body, (body) => {
        const whole = flat(body, api, []);
        const { length } = encoder.encode(body);
        for (let at = 0; at <= length; at++) assert.equal(flat(body, api, [at]), whole, `cut at ${at}`);
      }),
      runs(test, times(...inTwo.runs)),
    );
  });
  it(`${api}, cut into pieces and byte by byte`, (test) => {
    fc.assert(
      fc.property(inPieces.body, anyCuts, (body, fractions) => {
        const whole = flat(body, api, []);
        const { length } = encoder.encode(body);
        assert.equal(flat(body, api, cutsAt(fractions, length)), whole);
        assert.equal(flat(body, api, everyByte(length)), whole);
      }),
      runs(test, times(...inPieces.runs)),
    );
  });
}
