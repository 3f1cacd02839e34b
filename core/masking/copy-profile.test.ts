import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Action, CustomEntity, MaskProfile } from '../policy/policy.ts';
import { copyProfileOf } from './copy-profile.ts';
import { chars } from './pattern.ts';
import { bankProfile, noneProfile } from './profile.ts';

const custom = (name: string): CustomEntity => ({ name, pattern: chars('x'), keys: [], context: [] });
const withActions = (
  of: Readonly<Record<string, Action>>,
  fallback: Action = bankProfile.actions.default,
): MaskProfile => ({
  ...bankProfile,
  name: 'house',
  actions: { default: fallback, of },
});
const isCopied = (traffic: MaskProfile): boolean => copyProfileOf(bankProfile, traffic) === traffic;

describe('the profile of a recorded copy', () => {
  it('is bank where traffic is not masked', () => {
    assert.equal(copyProfileOf(bankProfile, undefined), bankProfile);
    assert.equal(copyProfileOf(bankProfile, bankProfile), bankProfile);
  });

  it('is the traffic’s own where that leaves no more readable', () => {
    assert.ok(isCopied(withActions({ email: { kind: 'redact' } })));
    assert.ok(isCopied(withActions({}, { kind: 'pseudonym' })));
    assert.ok(isCopied({ ...bankProfile, name: 'house', custom: [custom('loan')] }));
  });

  for (const [what, traffic] of [
    ['that finds less', { ...bankProfile, name: 'cards', entities: ['credit_card'] }],
    ['that keeps a value', withActions({ email: { kind: 'keep' } })],
    ['with tokens', withActions({ email: { kind: 'tokenize' } })],
    ['that blocks, as a copy of nothing would say nothing', withActions({ email: { kind: 'block' } })],
    ['that shows more digits', withActions({ phone: { kind: 'mask', keepFirst: 0, keepLast: 4 } })],
    ['that keeps a value of its own', { ...withActions({ loan: { kind: 'keep' } }), custom: [custom('loan')] }],
  ] satisfies readonly (readonly [string, MaskProfile])[]) {
    it(`masks as bank does beside a profile ${what}`, () => {
      const profile = copyProfileOf(bankProfile, traffic);
      assert.deepEqual(profile.entities, bankProfile.entities);
      assert.deepEqual(profile.actions, bankProfile.actions);
      assert.equal(copyProfileOf(bankProfile, traffic), profile);
    });
  }

  it('also looks for what only the traffic’s profile looks for', () => {
    const bank: MaskProfile = { ...bankProfile, entities: ['email'], custom: [custom('loan')] };
    const traffic: MaskProfile = { ...noneProfile, entities: ['iban'], custom: [custom('loan'), custom('member')] };
    const profile = copyProfileOf(bank, traffic);
    assert.deepEqual(profile.entities, ['email', 'iban']);
    assert.deepEqual(
      profile.custom.map(({ name }) => name),
      ['loan', 'member'],
    );
  });
});
