import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadPolicy } from '../policy/load.ts';
import { ports } from '../policy/policy.testing.ts';
import type { BodyFacts, EndpointFacts, IdentityFacts, Policy } from '../policy/policy.ts';

const policyOf = (rules: string): Policy => {
  const endpoints = ['scoring', 'chat'].map(
    (name) => `  - { name: ${name}, match: { host: ${name}.test, path: "/**" }, api: json, model: { name: m } }\n`,
  );
  const text = `version: 1\nendpoints:\n${endpoints.join('')}rules:\n${rules}`;
  const loaded = loadPolicy([{ name: 'a.yaml', text }], { credentials: [] }, ports);
  if (!loaded.ok) assert.fail(JSON.stringify(loaded.error));
  return loaded.value;
};
const ana: IdentityFacts = {
  subject: 'ana',
  issuer: 'https://idp.test',
  groups: ['analysts', 'staff'],
  client: 'app',
  method: 'oidc',
};
const request = { method: 'POST', host: 'scoring.test', path: '/x', query: '' };
const scoring: EndpointFacts = { name: 'scoring', api: 'json', model: { name: 'm', version: '', tier: '', owner: '' } };
const body = (rows: number): BodyFacts => ({
  bytes: 9n,
  rows: BigInt(rows),
  model: '',
  stream: false,
  max_tokens: 0n,
  n: 0n,
});

const story = policyOf(`
  - { name: analysts, match: { endpoint: scoring, groups: [analysts] }, then: allow }
  - { name: bulk, match: { endpoint: scoring }, when: body.rows > 100, then: hold, approval: { groups: [risk] } }
  - { name: dump, match: { endpoint: scoring }, when: body.rows > 50000, then: deny, because: batch only }
  - { name: chat, match: { endpoint: chat }, then: allow }
`);

describe('a policy decides', () => {
  it('the story of the documentation', () => {
    const effects = [1, 100, 101, 50_000, 50_001].map(
      (rows) => story.evaluate(ana, request, scoring, body(rows)).effect,
    );
    assert.deepEqual(effects, ['allow', 'allow', 'hold', 'hold', 'deny']);
    const stranger = { ...ana, groups: ['interns'] };
    for (const rows of [1, 101])
      assert.equal(story.evaluate(stranger, request, scoring, body(rows)).reason, 'no_allow_rule');
  });

  it('by the rules of its endpoint only', () => {
    assert.deepEqual(story.evaluate(ana, request, scoring, body(1)).matched, ['analysts']);
    const unknown = story.evaluate(ana, request, { ...scoring, name: 'removed' }, body(1));
    assert.deepEqual([unknown.effect, unknown.reason, unknown.revision], ['deny', 'no_endpoint', story.revision]);
  });

  it('by any of the groups, any of the subjects, and exactly the issuer', () => {
    const reason = (match: string, who: IdentityFacts = ana) =>
      policyOf(`  - { name: r, match: ${match}, then: allow }\n`).evaluate(who, request, scoring, body(1)).reason;
    assert.equal(reason('{ groups: [x, staff] }'), 'rule_allow');
    assert.equal(reason('{ groups: [x] }'), 'no_allow_rule');
    assert.equal(reason('{ subjects: [bob, ana] }'), 'rule_allow');
    assert.equal(reason('{ subjects: [Ana] }'), 'no_allow_rule');
    assert.equal(reason('{ issuer: "https://idp.test" }'), 'rule_allow');
    assert.equal(reason('{ issuer: "https://idp.test/" }'), 'no_allow_rule');
    assert.equal(reason('{ groups: [staff], subjects: [bob] }'), 'no_allow_rule');
    assert.equal(reason('{ endpoint: chat }'), 'no_allow_rule');
    assert.equal(reason('{}'), 'rule_allow');
  });

  it('closed when an expression fails: a division by zero opens nothing', () => {
    const rules = (effect: string) => `
  - { name: a, match: {}, then: allow }
  - { name: f, match: {}, when: body.bytes / body.rows > 10, then: ${effect}${effect === 'hold' ? ', approval: { groups: [g] }' : ''} }\n`;
    const decide = (effect: string) => policyOf(rules(effect)).evaluate(ana, request, scoring, body(0));
    assert.deepEqual([decide('deny').effect, decide('deny').failed], ['deny', ['f']]);
    assert.deepEqual([decide('hold').effect, decide('hold').failed], ['hold', ['f']]);
    assert.deepEqual(
      [decide('allow').effect, decide('allow').matched, decide('allow').failed],
      ['allow', ['a'], ['f']],
    );
  });
});

describe('the pre-filter, before the body', () => {
  const pre = (policy: Policy, who: IdentityFacts = ana) => policy.preFilter(who, request, scoring);

  it('goes on for a caller with an allow, and never holds', () => {
    assert.deepEqual(pre(story), { outcome: 'continue' });
    const held =
      '  - { name: a, match: {}, then: allow }\n  - { name: h, match: {}, then: hold, approval: { groups: [g] } }\n';
    assert.deepEqual(pre(policyOf(held)), { outcome: 'continue' });
  });

  it('refuses a caller for whom no allow remains', () => {
    const result = pre(story, { ...ana, groups: [] });
    assert.equal(result.outcome === 'refuse' && result.decision.reason, 'no_allow_rule');
  });

  it('goes on while an allow that reads the body is possible', () => {
    const rules = '  - { name: a, match: { groups: [analysts] }, when: body.rows < 5, then: allow }\n';
    assert.equal(pre(policyOf(rules)).outcome, 'continue');
    assert.equal(pre(policyOf(rules), { ...ana, groups: [] }).outcome, 'refuse');
    assert.equal(pre(policyOf(rules.replace('then: allow', 'then: allow, mode: shadow'))).outcome, 'refuse');
  });

  it('refuses for an enforced deny that needs no body, not for a shadow one', () => {
    const rules =
      '  - { name: a, match: {}, then: allow }\n  - { name: d, match: {}, when: identity.client == "app", then: deny }\n';
    const result = pre(policyOf(rules));
    assert.equal(result.outcome === 'refuse' && result.decision.rule, 'd');
    assert.equal(pre(policyOf(rules.replace('then: deny', 'then: deny, mode: shadow'))).outcome, 'continue');
  });

  it('refuses on an endpoint that this policy does not have', () => {
    assert.equal(story.preFilter(ana, request, { ...scoring, name: 'removed' }).outcome, 'refuse');
  });

  it('refuses only what the whole policy would deny, whatever the body turns out to be', () => {
    const effect = fc.constantFrom(
      'allow',
      'deny',
      'hold, approval: { groups: [g] }',
      'allow, mode: shadow',
      'deny, mode: shadow',
    );
    const match = fc.constantFrom(
      '{}',
      '{ groups: [analysts] }',
      '{ groups: [x] }',
      '{ endpoint: chat }',
      '{ subjects: [ana] }',
    );
    const when = fc.constantFrom(
      '',
      'when: body.rows > 5, ',
      'when: identity.client == "app", ',
      'when: 1 / body.rows > 0, ',
      'when: "false", ',
    );
    const rules = fc.array(fc.tuple(match, when, effect), { maxLength: 5 });
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 10 }), (list, rows) => {
        const text = list.map(([m, w, e], index) => `  - { name: r${index}, match: ${m}, ${w}then: ${e} }\n`).join('');
        const policy = policyOf(text === '' ? '  []\n' : text);
        const first = pre(policy);
        if (first.outcome === 'refuse') {
          assert.equal(first.decision.effect, 'deny');
          assert.equal(policy.evaluate(ana, request, scoring, body(rows)).effect, 'deny');
        }
      }),
      { numRuns: 200 },
    );
  });
});
