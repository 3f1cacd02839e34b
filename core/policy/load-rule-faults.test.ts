import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faults, hold, mask, rule, rules } from './policy.testing.ts';

const table: readonly (readonly [name: string, text: string, ...expected: string[]])[] = [
  // rules
  ['a rule without match', rules('  - { name: r, then: allow }'), 'a.yaml:8:5: missing key "match"'],
  [
    'a misspelt endpoint',
    rules('  - { name: r, match: { endpoint: scorng }, then: allow }'),
    'a.yaml:8:35: unknown endpoint "scorng" (did you mean "scoring"?)',
  ],
  [
    'an unknown effect',
    rules('  - { name: r, match: {}, then: allwo }'),
    'a.yaml:8:33: "allwo" is not a value that this version implements; known: allow, hold, deny (did you mean "allow"?)',
  ],
  ['a rule for nobody', rules('  - { name: r, match: { groups: [] }, then: allow }'), 'a.yaml:8:33: must not be empty'],
  [
    'a rule name twice',
    rules('  - { name: r, match: {}, then: allow }\n  - { name: r, match: {}, then: deny }'),
    'a.yaml:9:13: rule "r" is defined twice (first at a.yaml:8:13)',
  ],
  [
    'a because with a line break',
    rule('because: "a\\nb"'),
    'a.yaml:8:49: "a\\nb" is not one line of text without control characters',
  ],
  [
    'an unknown mode',
    rule('mode: shadwo'),
    'a.yaml:8:46: "shadwo" is not a value that this version implements; known: enforce, shadow (did you mean "shadow"?)',
  ],
  // approvals
  [
    'a hold that nobody can approve',
    rules('  - { name: r, match: {}, then: hold }'),
    'a.yaml:8:33: a hold needs approval: { groups: […] }: nobody could approve it',
  ],
  [
    'a hold without groups',
    rules('  - { name: r, match: {}, then: hold, approval: {} }'),
    'a.yaml:8:39: missing key "groups"',
  ],
  [
    'an approval on an allow',
    rule('approval: { groups: [g] }'),
    'a.yaml:8:40: approval has no meaning on a rule that says allow',
  ],
  [
    'a wait without unit',
    hold('wait: 240'),
    'a.yaml:8:70: expected a duration with its unit, such as 240s, 30m or 24h (ms, s, m, h, d), found "240"',
  ],
  [
    'a wait of nothing',
    hold('wait: 0s'),
    'a.yaml:8:70: "0s": a duration with its unit, such as 240s, 30m or 24h (ms, s, m, h, d), more than 0',
  ],
  [
    'an expiry before the wait',
    hold('expires: 1s'),
    'a.yaml:8:39: wait is longer than expires: the approval would be gone before the call',
  ],
  ['a count of nobody', hold('count: 0'), 'a.yaml:8:71: at least 1'],
  [
    'just-in-time access',
    hold('scope: { grant: 30m }'),
    'a.yaml:8:71: a mapping is not a value that this version implements; known: request',
  ],
  // masks
  [
    'an entity of a later version',
    mask('  p: { entities: [us_itin] }'),
    'a.yaml:3:19: "us_itin" is not a value that this version implements; known: credit_card, us_ssn, iban, email, phone',
  ],
  [
    'a misspelt entity',
    mask('  p: { entities: [us_snn] }'),
    'a.yaml:3:19: "us_snn" is not a value that this version implements; known: credit_card, us_ssn, iban, email, phone (did you mean "us_ssn"?)',
  ],
  ['a profile of nothing', mask('  p: { entities: [] }'), 'a.yaml:3:18: must not be empty'],
  [
    'tokens instead of masks',
    mask('  p: { entities: [email], actions: { email: tokenize } }'),
    'a.yaml:3:45: "tokenize" is not a value that this version implements; known: mask',
  ],
  [
    'more open digits than allowed',
    mask('  p: { entities: [credit_card], actions: { credit_card: { mask: { keep_last: 6 } } } }'),
    'a.yaml:3:78: "6" is not a value that this version implements; known: 0, 4',
  ],
  [
    'an action for what is not detected',
    mask('  p: { entities: [iban], actions: { email: mask } }'),
    'a.yaml:3:37: "email" is not among this profile\'s entities',
  ],
  [
    'own patterns',
    mask('  p: { entities: [iban], custom: [] }'),
    'a.yaml:3:26: "custom" is not implemented in this version (known: entities, actions)',
  ],
  [
    'fields',
    mask('  p: { entities: [iban], fields: [] }'),
    'a.yaml:3:26: "fields" is not implemented in this version (known: entities, actions)',
  ],
  [
    'a profile called none',
    mask('  none: { entities: [iban] }'),
    'a.yaml:3:3: "none" is built in: it means that nothing is masked',
  ],
  [
    'a weaker bank',
    mask('  bank: { entities: [iban, email, phone, us_ssn] }'),
    'a.yaml:3:21: "bank" protects what is recorded, so it holds every entity; missing: credit_card',
  ],
  [
    'a profile with an unusable name',
    mask('  a b: { entities: [iban] }'),
    'a.yaml:3:3: "a b" is not a name: letters, digits, ".", "_", "-"; at most 64, first and last a letter or digit',
  ],
];

describe('a policy file is refused, with its line and column, for', () => {
  for (const [name, text, ...expected] of table) it(name, () => assert.deepEqual(faults(text), expected));
});
