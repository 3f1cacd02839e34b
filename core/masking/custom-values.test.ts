import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import fc from 'fast-check';
import type { BodyKind } from '../body/body-kind.ts';
import type { CustomEntity, MaskProfile } from '../policy/policy.ts';
import { parseCustomPattern } from './custom-pattern.ts';
import { anyCuts, cutsAt, maskInChunks } from './planted.testing.ts';
import { bankProfile } from './profile.ts';

const engine = createMasking();
function custom(name: string, source: string, rest: Partial<CustomEntity> = {}): CustomEntity {
  const parsed = parseCustomPattern(source);
  if (!parsed.ok) assert.fail(source);
  return { name, pattern: parsed.value.pattern, keys: [], context: [], ...rest };
}
const profile: MaskProfile = {
  ...bankProfile,
  name: 'house',
  custom: [
    custom('loan', 'LN-[0-9]{8,12}'),
    custom('project', '(?i:falcon|osprey)'),
    custom('member', '[0-9]{10}', { keys: ['member'], context: ['enrolled'], checksum: 'mod11' }),
    custom('ticket', 'TK[+][0-9]{4} [0-9]{2}'),
  ],
  actions: { ...bankProfile.actions, of: { ...bankProfile.actions.of, project: { kind: 'redact' } } },
};
const masked = (text: string): string => engine.maskText(text, profile).text;

describe('a value that a policy describes', () => {
  it('is found by its pattern alone, to its longest match, and with letters only', () => {
    assert.equal(masked('LN-12345678, LN-123456789012 and LN-1234567'), '**-********, **-************ and LN-1234567');
    assert.equal(masked('about Falcon'), 'about [PROJECT]');
  });

  it('in a query has pluses for its spaces and for its own', () => {
    assert.equal(masked('TK+4711 22'), '**+**** **');
    assert.equal(masked('/x?a=TK+4711+22'), '/x?a=**+****+**');
    assert.equal(masked('TK+4711+22'), 'TK+4711+22');
  });

  it('with keys and context counts only where one of them points to it', () => {
    assert.equal(masked('order 9434765919 paid'), 'order 9434765919 paid');
    assert.equal(masked('enrolled last year, then 9434765919 paid'), 'enrolled last year, then ********** paid');
  });

  it('with a checksum does not count when it is wrong, unless a key says what it is', () => {
    assert.equal(masked('enrolled last year, then 9434765918 paid'), 'enrolled last year, then 9434765918 paid');
    const json: BodyKind = { api: 'json', direction: 'request', contentType: 'application/json', path: '/' };
    const masker = engine.masker(json, profile, { eventBytes: 1 << 20 });
    const { bytes } = maskInChunks(masker, new TextEncoder().encode('{"member":"9434765918"}'), []);
    assert.equal(new TextDecoder().decode(bytes), '{"member":"**********"}');
  });

  for (const api of ['json', 'text', 'ndjson'] as const) {
    it(`is masked in ${api} whatever the chunks`, () => {
      const kind: BodyKind = { api, direction: 'request', contentType: '', path: '/' };
      const text = '{"a":"LN-1234567890 LN-1234 Falcon LN-LN-12345678","member":"9434765919","b":"OspreyFalco"}\n';
      const body = new TextEncoder().encode(text);
      const run = (cuts: readonly number[]) => {
        const { bytes, summary } = maskInChunks(engine.masker(kind, profile, { eventBytes: 1 << 20 }), body, cuts);
        return [new TextDecoder().decode(bytes), summary.counts];
      };
      const whole = run([]);
      assert.deepEqual(whole[1], { loan: 2, project: 2, member: 1 });
      for (let cut = 1; cut < body.length; cut++) assert.deepEqual(run([cut]), whole, `cut at ${cut}`);
      fc.assert(
        fc.property(anyCuts, (fractions) => {
          assert.deepEqual(run(cutsAt(fractions, body.length)), whole);
        }),
        { numRuns: 100 },
      );
    });
  }
});
