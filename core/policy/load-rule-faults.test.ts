import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entities } from '../masking/entities.ts';
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
    mask('  p: { entities: [us_visa] }'),
    `a.yaml:3:19: "us_visa" is not a value that this version implements; known: ${entities.join(', ')}`,
  ],
  [
    'a misspelt entity',
    mask('  p: { entities: [us_snn] }'),
    `a.yaml:3:19: "us_snn" is not a value that this version implements; known: ${entities.join(', ')} (did you mean "us_ssn"?)`,
  ],
  ['a profile of nothing', mask('  p: { entities: [] }'), 'a.yaml:3:18: must not be empty'],
  [
    'an action that does not exist',
    mask('  p: { entities: [email], actions: { email: tokenise } }'),
    'a.yaml:3:45: "tokenise" is not a value that this version implements; known: mask, redact, tokenize, pseudonym, hash, keep, block (did you mean "tokenize"?)',
  ],
  [
    'more open digits of a card than PCI allows',
    mask('  p: { entities: [credit_card], actions: { credit_card: { mask: { keep_first: 6, keep_last: 6 } } } }'),
    'a.yaml:3:57: of credit_card at most the first 8 and the last 4 may stay readable',
  ],
  [
    'the beginning of a social security number',
    mask('  p: { entities: [us_ssn], actions: { us_ssn: { mask: { keep_first: 1 } } } }'),
    'a.yaml:3:47: of us_ssn at most the first 0 and the last 4 may stay readable',
  ],
  [
    'open digits by default, for an entity that must not have them',
    mask('  p: { entities: [email, phone], actions: { phone: mask, default: { mask: { keep_last: 4 } } } }'),
    'a.yaml:3:67: of email at most the first 1 and the last 0 may stay readable',
  ],
  [
    'a number of characters that is none',
    mask('  p: { entities: [phone], actions: { phone: { mask: { keep_last: -1 } } } }'),
    'a.yaml:3:66: at least 0',
  ],
  [
    'an unknown way to mask',
    mask('  p: { entities: [phone], actions: { phone: { mask: { keep_lst: 4 } } } }'),
    'a.yaml:3:55: unknown key "keep_lst" (did you mean "keep_last"?)',
  ],
  [
    'an action for what is not detected',
    mask('  p: { entities: [iban], actions: { email: mask } }'),
    'a.yaml:3:37: "email" is not among this profile\'s entities',
  ],
  [
    'an action for a misspelt entity',
    mask('  p: { entities: [iban], actions: { ibn: mask } }'),
    'a.yaml:3:37: unknown entity "ibn" (did you mean "iban"?)',
  ],
  [
    'a profile like none that exists',
    mask('  p: { like: bnak }'),
    'a.yaml:3:14: "bnak" is not a value that this version implements; known: bank, strict, minimal (did you mean "bank"?)',
  ],
  [
    'a profile that looks for nothing',
    mask('  p: { actions: { default: redact } }'),
    'a.yaml:3:3: nothing to look for: say entities, custom, fields or like',
  ],
  ['no custom entry', mask('  p: { entities: [iban], custom: [] }'), 'a.yaml:3:34: must not be empty'],
  [
    'a pattern without a bound, inside of it',
    mask('  p: { custom: [{ name: loan_number, pattern: "LN-[0-9]*" }] }'),
    'a.yaml:3:56: pattern: "*" has no upper bound: what may be longer can never be released (character 9) (say how often at most, such as {1,20})',
  ],
  [
    'a pattern on a line of its own, at the right character behind escapes',
    mask('  p:\n    custom:\n      - name: loan_number\n        pattern: "LN\\\\-\\\\d{2,8}?"\n'),
    'a.yaml:6:32: pattern: the shortest match is not available (character 12) (leave the second ? out)',
  ],
  [
    'two faults of one pattern and one of another',
    mask("  p: { custom: [{ name: a, pattern: '^LN-.{8}' }, { name: b, pattern: '(' }] }"),
    'a.yaml:3:38: pattern: ^ is not available (character 1) (leave it out: a value is found wherever it stands, and what stands around it is not looked at)',
    'a.yaml:3:42: pattern: a dot matches quotes, commas and every script (character 5) (name the characters, such as [A-Za-z0-9])',
    'a.yaml:3:73: pattern: unterminated group (character 2)',
  ],
  [
    'a pattern of any number, alone',
    mask('  p: { custom: [{ name: customer, pattern: "[0-9]{6}" }] }'),
    'a.yaml:3:44: pattern: it matches numbers and codes of every kind (add keys: [names of its members], context: [words near it])',
  ],
  [
    'a pattern of any number, with a checksum that is too weak for it',
    mask('  p: { custom: [{ name: customer, pattern: "[0-9]{6}", checksum: luhn }] }'),
    'a.yaml:3:44: pattern: it matches numbers and codes of every kind (add keys: [names of its members], context: [words near it])',
  ],
  [
    'patterns that are too much together',
    mask(
      `  p:\n    custom:\n${[1, 2, 3, 4, 5].map((n) => `      - { name: a${n}, pattern: "A${n}(?:-(?:XX|YY|ZZ)){36}" }\n`).join('')}`,
    ),
    'a.yaml:4:5: written out all patterns have 1270 characters, at most 1024 (put them into several profiles, or mask their fields as a whole)',
  ],
  [
    'a custom name of ours',
    mask('  p: { custom: [{ name: us_ssn, pattern: "LN-[0-9]{8}" }] }'),
    'a.yaml:3:25: "us_ssn" is a name of ours (choose another one)',
  ],
  [
    'a custom name written twice',
    mask('  p: { custom: [{ name: a, pattern: "LN-[0-9]{8}" }, { name: a, pattern: "AC-[0-9]{8}" }] }'),
    'a.yaml:3:62: custom "a" is defined twice',
  ],
  [
    'a custom name that is no name',
    mask('  p: { custom: [{ name: Loan, pattern: "LN-[0-9]{8}" }] }'),
    'a.yaml:3:25: "Loan" is not a name in lower case: a letter, then letters, digits or "_"; at most 64',
  ],
  [
    'a checksum that does not exist',
    mask('  p: { custom: [{ name: a, pattern: "LN-[0-9]{8}", checksum: lun }] }'),
    'a.yaml:3:62: "lun" is not a value that this version implements; known: luhn, mod97, aba, mod11 (did you mean "luhn"?)',
  ],
  [
    'a custom value that would stand there almost whole',
    mask('  p: { custom: [{ name: a, pattern: "LN[0-9]{4}" }], actions: { a: { mask: { keep_last: 3 } } } }'),
    'a.yaml:3:68: of the shortest a fewer than 4 characters would stay hidden',
  ],
  ['no field rule', mask('  p: { fields: [] }'), 'a.yaml:3:16: must not be empty'],
  [
    'a path that does not parse',
    mask('  p: { fields: [{ path: "$.a[?@.b", as: iban }] }'),
    'a.yaml:3:29: path: unbalanced brackets (character 4)',
  ],
  [
    'a path that a document could make slow',
    mask("  p: { fields: [{ path: '$..a..b', as: iban }] }"),
    'a.yaml:3:30: path: ".." may stand once: twice, a deep document takes long (character 5)',
  ],
  [
    'a field that is hidden as what does not exist',
    mask('  p: { custom: [{ name: loan, pattern: "LN-[0-9]{8}" }], fields: [{ path: $.a, as: us_snn }] }'),
    'a.yaml:3:84: unknown entity "us_snn" (did you mean "us_ssn"?)',
  ],
  [
    'an action that would show most of a field',
    mask('  p: { fields: [{ path: $.a, as: us_ssn }], actions: { us_ssn: { mask: { keep_last: 5 } } } }'),
    'a.yaml:3:64: of us_ssn at most the first 0 and the last 4 may stay readable',
  ],
  [
    'a value for binary parts that does not exist',
    mask('  p: { entities: [iban], binary_parts: kepp }'),
    'a.yaml:3:40: "kepp" is not a value that this version implements; known: block, keep (did you mean "keep"?)',
  ],
  [
    'a profile called none',
    mask('  none: { entities: [iban] }'),
    'a.yaml:3:3: "none" is built in: it means that nothing is masked',
  ],
  [
    'a bank that lets pass what nobody reads',
    mask('  bank: { like: bank, binary_parts: keep }'),
    'a.yaml:3:37: "bank" protects what is recorded: it keeps no parts that nobody reads',
  ],
  [
    'a weaker bank',
    mask(`  bank: { entities: [${entities.slice(1).join(', ')}] }`),
    'a.yaml:3:21: "bank" protects what is recorded, so it holds every entity; missing: credit_card (like: bank holds them all)',
  ],
  [
    'a bank that keeps, blocks or shows',
    mask(
      '  bank: { like: bank, actions: { email: keep, iban: block, phone: { mask: { keep_last: 4 } }, us_ssn: redact } }',
    ),
    ...[41, 53, 67].map(
      (column) =>
        `a.yaml:3:${column}: "bank" protects what is recorded: its actions are mask and redact, and nothing stays readable but the last 4 of a card`,
    ),
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
