import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faults, load } from './policy.testing.ts';

const opaque = (more: string, rules = '  - { name: r, match: {}, then: allow }') => `version: 1
endpoints:
  - name: raw
    match: { host: raw.test, path: "/**" }
    api: opaque
    model: { name: m }
${more}
rules:
${rules}
`;
const said = '    mask: { request: none, response: none }\n    record: { payload: digest }';

const table: readonly (readonly [name: string, text: string, ...expected: string[]])[] = [
  [
    'what holds by default and would not be true is said otherwise',
    opaque(''),
    'a.yaml:5:10: what passes an endpoint of api "opaque" is not masked: say mask: { response: none }',
    'a.yaml:5:10: what passes an endpoint of api "opaque" has no masked copy: say record: { payload: digest }',
  ],
  [
    'a mask on a request or a response',
    opaque('    mask: { request: bank, response: bank }\n    record: { payload: digest }'),
    'a.yaml:7:22: what passes an endpoint of api "opaque" is not masked: say mask: { request: none }',
    'a.yaml:7:38: what passes an endpoint of api "opaque" is not masked: say mask: { response: none }',
  ],
  [
    'a masked copy',
    opaque('    mask: { response: none }\n    record: { payload: sealed }'),
    'a.yaml:8:24: what passes an endpoint of api "opaque" has no masked copy: say record: { payload: digest }',
  ],
  [
    'a rule for it that reads what is not known of it',
    opaque(said, '  - { name: r, match: { endpoint: raw }, then: allow, when: "body.rows > body.bytes" }'),
    'a.yaml:10:61: body.rows is not known of endpoint "raw", whose api is "opaque" (only body.bytes is)',
  ],
  [
    'a rule for every endpoint that does',
    opaque(said, '  - { name: r, match: {}, then: deny, when: \'body.stream && body.model == "x"\' }'),
    'a.yaml:10:45: body.stream, body.model is not known of endpoint "raw", whose api is "opaque" (say in match which endpoint this rule is for)',
  ],
];

describe('an opaque endpoint is refused at load', () => {
  for (const [name, text, ...expected] of table) it(name, () => assert.deepEqual(faults(text), expected));
});

describe('whether its requests stream', () => {
  const streams = (rules: string): boolean => {
    const loaded = load(opaque(said, rules));
    assert.ok(loaded.ok);
    return loaded.value.streamsRequest('raw');
  };
  for (const [name, rules, expected] of [
    ['no rule asks for the body', '  - { name: r, match: {}, then: allow }', true],
    ['a rule reads the length', '  - { name: r, match: {}, then: allow, when: "body.bytes < 9" }', false],
    [
      'a rule in shadow mode does',
      '  - { name: r, match: {}, then: deny, mode: shadow, when: "body.bytes > 9" }',
      false,
    ],
    [
      'a rule holds: the approval is bound to what was sent',
      '  - { name: r, match: {}, then: hold, approval: { groups: [g] } }',
      false,
    ],
  ] as const)
    it(`${name}: ${expected ? 'they do' : 'they are collected'}`, () => assert.equal(streams(rules), expected));
  it('endpoints that are read never do', () => {
    const loaded = load(opaque(said).replace('api: opaque', 'api: text'));
    assert.ok(loaded.ok);
    assert.equal(loaded.value.streamsRequest('raw'), false);
  });
});
