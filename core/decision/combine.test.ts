import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ApprovalTerms, Effect, Rule } from '../policy/policy.ts';
import { combine, type Match } from './combine.ts';

const terms = (groups: readonly string[], more: Partial<ApprovalTerms> = {}): ApprovalTerms => ({
  groups,
  count: 1,
  waitMs: 240_000,
  expiresMs: 1_800_000,
  scope: 'request',
  ...more,
});
const rule = (name: string, effect: Effect, more: Partial<Rule> = {}): Rule => ({
  name,
  match: {},
  readsBody: false,
  // biome-ignore lint/suspicious/noThenProperty: the word of the policy language
  then: effect,
  ...(effect === 'hold' && { approval: terms(['g']) }),
  mode: 'enforce',
  ...more,
});
const hit = (...args: Parameters<typeof rule>): Match => ({ rule: rule(...args), failed: false });
const failing = (...args: Parameters<typeof rule>): Match => ({ rule: rule(...args), failed: true });
const decide = (...matches: readonly Match[]) => combine(matches, 'r1');

describe('one decision out of many rules', () => {
  it('nothing matched is deny', () => {
    assert.deepEqual(decide(), {
      effect: 'deny',
      reason: 'no_allow_rule',
      matched: [],
      shadow: [],
      failed: [],
      revision: 'r1',
    });
  });

  it('an allow allows', () => {
    const { effect, rule: name, reason } = decide(hit('a', 'allow'), hit('b', 'allow'));
    assert.deepEqual([effect, name, reason], ['allow', 'a', 'rule_allow']);
  });

  it('a deny wins over allow and hold, and says why', () => {
    const decision = decide(hit('a', 'allow'), hit('h', 'hold'), hit('d', 'deny', { because: 'no dumps' }));
    assert.deepEqual(
      [decision.effect, decision.rule, decision.reason, decision.because],
      ['deny', 'd', 'rule_deny', 'no dumps'],
    );
    assert.deepEqual(decision.matched, ['a', 'h', 'd']);
    assert.equal('approval' in decision, false);
  });

  it('a hold qualifies an allow', () => {
    const decision = decide(hit('a', 'allow'), hit('h', 'hold'));
    assert.deepEqual([decision.effect, decision.rule, decision.reason], ['hold', 'h', 'rule_hold']);
    assert.deepEqual(decision.approval, { ...terms(['g']), rule: 'h' });
  });

  it('holds without an allow are deny, however many', () => {
    const decision = decide(hit('h', 'hold'), hit('i', 'hold'));
    assert.deepEqual([decision.effect, decision.rule, decision.reason], ['deny', undefined, 'no_allow_rule']);
  });

  it('several holds ask for what satisfies all of them', () => {
    const one = { approval: terms(['risk', 'legal'], { count: 2, waitMs: 10, expiresMs: 99 }) };
    const two = { approval: terms(['ops', 'risk'], { count: 1, waitMs: 20, expiresMs: 50 }) };
    const { approval } = decide(hit('a', 'allow'), hit('h', 'hold', one), hit('i', 'hold', two));
    assert.deepEqual(approval, { groups: ['risk'], count: 2, waitMs: 10, expiresMs: 50, scope: 'request', rule: 'h' });
  });

  it('holds that no group can satisfy together are deny', () => {
    const other = { approval: terms(['other']) };
    const decision = decide(hit('a', 'allow'), hit('h', 'hold'), hit('i', 'hold', other));
    assert.deepEqual([decision.effect, decision.reason, decision.rule], ['deny', 'holds_conflict', 'h']);
    assert.equal('approval' in decision, false);
  });

  it('what could not be evaluated counts for deny and hold, not for allow, and is named', () => {
    assert.equal(decide(failing('a', 'allow')).effect, 'deny');
    assert.equal(decide(hit('a', 'allow'), failing('h', 'hold')).effect, 'hold');
    const decision = decide(hit('a', 'allow'), failing('d', 'deny'), failing('b', 'allow'));
    assert.deepEqual([decision.effect, decision.matched, decision.failed], ['deny', ['a', 'd'], ['d', 'b']]);
  });

  it('a shadow rule changes nothing and is recorded with what it would have done', () => {
    const shadow = { mode: 'shadow' } as const;
    const decision = decide(
      hit('a', 'allow'),
      hit('d', 'deny', shadow),
      failing('h', 'hold', shadow),
      hit('x', 'hold', shadow),
    );
    assert.deepEqual([decision.effect, decision.matched, decision.failed], ['allow', ['a'], ['h']]);
    assert.deepEqual(decision.shadow, [
      { rule: 'd', effect: 'deny' },
      { rule: 'h', effect: 'hold' },
      { rule: 'x', effect: 'hold' },
    ]);
    assert.equal(decide(hit('a', 'allow', shadow)).effect, 'deny');
  });
});

describe('for every set of matching rules', () => {
  const effect = fc.constantFrom<Effect>('allow', 'hold', 'deny');
  const groups = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
  const match = fc
    .record({ effect, groups, failed: fc.boolean(), shadow: fc.boolean(), count: fc.integer({ min: 1, max: 3 }) })
    .map((one): Omit<Match, 'name'> => {
      const approval = one.effect === 'hold' ? { approval: terms(one.groups, { count: one.count }) } : {};
      return {
        rule: rule('', one.effect, { ...approval, mode: one.shadow ? 'shadow' : 'enforce' }),
        failed: one.failed,
      };
    });
  const matches = fc
    .array(match, { maxLength: 8 })
    .map((all) => all.map((one, index) => ({ ...one, rule: { ...one.rule, name: `r${index}` } })));

  /** The rules of the game, as short as they can be said. */
  const oracle = (all: readonly Match[]): Effect => {
    const counts = all.filter((one) => one.rule.mode === 'enforce' && !(one.failed && one.rule.then === 'allow'));
    const having = (wanted: Effect) => counts.filter((one) => one.rule.then === wanted);
    if (having('deny').length > 0 || having('allow').length === 0) return 'deny';
    if (having('hold').length === 0) return 'allow';
    const everyone = ['a', 'b', 'c'].some((group) =>
      having('hold').every((one) => one.rule.approval?.groups.includes(group)),
    );
    return everyone ? 'hold' : 'deny';
  };

  it('the effect is the oracle’s', () => {
    fc.assert(
      fc.property(matches, (all) => assert.equal(combine(all, '').effect, oracle(all))),
      { numRuns: 1000 },
    );
  });

  it('the order of rules changes neither the effect nor what an approval needs', () => {
    const shuffled = matches.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    const summary = (all: readonly Match[]) => {
      const { effect: decided, approval, matched } = combine(all, '');
      const { rule: _, ...needs } = approval ?? { rule: '', groups: [] };
      return { decided, matched: [...matched].sort(), needs: { ...needs, groups: [...needs.groups].sort() } };
    };
    fc.assert(
      fc.property(shuffled, ([all, other]) => assert.deepEqual(summary(other), summary(all))),
      { numRuns: 500 },
    );
  });

  it('one more deny or hold never opens anything', () => {
    const openness: Readonly<Record<Effect, number>> = { deny: 0, hold: 1, allow: 2 };
    fc.assert(
      fc.property(matches, match, (all, more) => {
        if (more.rule.then === 'allow') return;
        assert.ok(openness[combine([...all, more], '').effect] <= openness[combine(all, '').effect]);
      }),
      { numRuns: 500 },
    );
  });
});
