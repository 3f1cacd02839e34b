import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { loadPolicy } from './load.ts';

const hash = {
  sha256: (...parts: readonly Uint8Array[]) => {
    const sum = createHash('sha256');
    for (const part of parts) sum.update(part);
    return sum.digest();
  },
};
const load = (...texts: readonly string[]) =>
  loadPolicy(
    texts.map((text, index) => ({ name: `${'abc'[index]}.yaml`, text })),
    { credentials: ['scoring-key'] },
    hash,
  );
/** `file:line:column: message (hint)` of every fault. */
const faults = (...texts: readonly string[]) => {
  const result = load(...texts);
  return result.ok
    ? []
    : result.error.map(
        (one) => `${one.file}:${one.line}:${one.column}: ${one.message}${one.hint ? ` (${one.hint})` : ''}`,
      );
};

const endpoint = `version: 1
endpoints:
  - name: scoring
    match: { host: scoring.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
`;
const rules = (text: string) => `${endpoint}rules:\n${text}`;
const rule = (text: string) => rules(`  - { name: r, match: {}, then: allow, ${text} }\n`);
const hold = (terms: string) => rules(`  - { name: r, match: {}, then: hold, approval: { groups: [g], ${terms} } }\n`);
const mask = (text: string) => `version: 1\nmask:\n${text}`;

const known = 'known: version, endpoints, rules, mask';
const table: readonly (readonly [name: string, text: string, ...expected: string[]])[] = [
  // YAML
  ['an empty file', '', 'a.yaml:1:1: the file is empty'],
  ['text that is no mapping', 'hello', 'a.yaml:1:1: expected a mapping, found "hello"'],
  [
    'YAML that does not parse',
    'version: [1',
    'a.yaml:1:12: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a key written twice', 'version: 1\nrules: []\nrules: []', 'a.yaml:3:1: YAML: Map keys must be unique'],
  [
    'an alias',
    'version: 1\nrules: &r []\nendpoints: *r',
    'a.yaml:3:12: YAML alias *r is refused (write the value out)',
  ],
  ['a tag', 'version: !one 1', 'a.yaml:1:10: YAML: Unresolved tag: !one'],
  [
    'a second document',
    'version: 1\n---\nversion: 1',
    'a.yaml:2:1: YAML: Source contains multiple documents; please use YAML.parseAllDocuments()',
  ],
  // top level
  ['no version', 'rules: []', 'a.yaml:1:1: missing key "version"'],
  ['another version', 'version: 2', 'a.yaml:1:10: "2" is not a value that this version implements; known: 1'],
  ['an unknown section', 'version: 1\nrulez: []', 'a.yaml:2:1: unknown key "rulez" (did you mean "rules"?)'],
  [
    'a section of a later version',
    'version: 1\ndurability: broker',
    `a.yaml:2:1: "durability" is not implemented in this version (${known})`,
  ],
  ['a prototype as a key', 'version: 1\n__proto__: {}', `a.yaml:2:1: unknown key "__proto__" (${known})`],
  ['a section of another kind', 'version: 1\nrules: {}', 'a.yaml:2:8: expected a list, found a mapping'],
  // endpoints
  [
    'an unknown key in a block',
    endpoint.replace('host: scoring.test', 'hots: scoring.test'),
    'a.yaml:4:5: missing key "host"',
    'a.yaml:4:14: unknown key "hots" (did you mean "host"?)',
  ],
  ['an endpoint without api', endpoint.replace('    api: open-inference-v2\n', ''), 'a.yaml:3:5: missing key "api"'],
  [
    'an api of a later version',
    endpoint.replace('open-inference-v2', 'anthropic'),
    'a.yaml:5:10: "anthropic" is not a value that this version implements; known: openai, open-inference-v2, json, text',
  ],
  [
    'a misspelt api',
    endpoint.replace('open-inference-v2', 'open-inferense-v2'),
    'a.yaml:5:10: "open-inferense-v2" is not a value that this version implements; known: openai, open-inference-v2, json, text (did you mean "open-inference-v2"?)',
  ],
  [
    'a host with a wildcard',
    endpoint.replace('scoring.test', '"*.test"'),
    'a.yaml:4:20: "*.test": a host is a name or address, with or without a port; no wildcards in this version',
  ],
  [
    'a path without a slash',
    endpoint.replace('"/v2/models/*/infer"', 'v2'),
    'a.yaml:4:40: "v2": a path starts with "/"',
  ],
  [
    'a path with half a wildcard',
    endpoint.replace('models/*/', 'mod*/'),
    'a.yaml:4:40: "/v2/mod*/infer": "*" stands for a whole segment',
  ],
  [
    'a path with ** inside',
    endpoint.replace('models/*/', '**/'),
    'a.yaml:4:40: "/v2/**/infer": "**" stands only at the end',
  ],
  [
    'a path that can never match',
    endpoint.replace('models/*/', '../'),
    'a.yaml:4:40: "/v2/../infer": dot segments never match: such a call is refused',
  ],
  [
    'a path with an escape',
    endpoint.replace('models/*/', 'a%20b/'),
    'a.yaml:4:40: "/v2/a%20b/infer": a path pattern holds decoded text only: no "%", ";", "\\", "?", "#" and no spaces',
  ],
  [
    'an unknown method',
    endpoint.replace('infer" }', 'infer", methods: [PSOT] }'),
    'a.yaml:4:72: "PSOT" is not a value that this version implements; known: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS (did you mean "POST"?)',
  ],
  [
    'a name that cannot be a name',
    endpoint.replace('name: scoring\n', 'name: "a b"\n'),
    'a.yaml:3:11: "a b" is not a name: letters, digits, ".", "_", "-"; at most 64, first and last a letter or digit',
  ],
  [
    'a number where text belongs',
    endpoint.replace('name: "{path[2]}"', 'name: m, version: 7'),
    'a.yaml:6:32: expected text, found "7" (put it in quotes)',
  ],
  [
    'a template beyond the path',
    endpoint.replace('[2]', '[4]'),
    'a.yaml:6:20: "{path[4]}": {path[4]}: the path has segments 0 to 3 only',
  ],
  [
    'a template of another kind',
    endpoint.replace('path[2]', 'host'),
    'a.yaml:6:20: "{host}": {host} is not a template: write {path[N]}, N counted from 0',
  ],
  [
    'a template into the rest',
    endpoint.replace('*/infer', '**'),
    'a.yaml:6:20: "{path[2]}": {path[2]}: "**" has no fixed text; name a segment before it',
  ],
  ['an open brace', endpoint.replace('[2]}', '[2]'), 'a.yaml:6:20: "{path[2]": an unmatched brace'],
  [
    'a misspelt mask profile',
    `${endpoint}    mask: { response: bnak }\n`,
    'a.yaml:7:23: unknown mask profile "bnak" (did you mean "bank"?)',
  ],
  [
    'an unknown credential',
    `${endpoint}    upstream: { credential: scoring-kye }\n`,
    'a.yaml:7:29: unknown credential "scoring-kye" (did you mean "scoring-key"?)',
  ],
  [
    'a retention without unit',
    `${endpoint}    record: { retention: "25" }\n`,
    'a.yaml:7:26: "25" is not a retention such as 90 days, 25 months or 7 years',
  ],
  [
    'going on without a record',
    `${endpoint}    record: { unavailable: allow }\n`,
    'a.yaml:7:28: "allow" is not a value that this version implements; known: refuse',
  ],
  [
    'strict response records',
    `${endpoint}    record: { response: strict }\n`,
    'a.yaml:7:25: "strict" is not a value that this version implements; known: stream',
  ],
  [
    'the same name twice',
    endpoint + endpoint.slice(endpoint.indexOf('  - name')).replace('/infer', '/explain'),
    'a.yaml:7:11: endpoint "scoring" is defined twice (first at a.yaml:3:11)',
  ],
  [
    'the same route twice',
    endpoint +
      endpoint
        .slice(endpoint.indexOf('  - name'))
        .replace('name: scoring', 'name: other')
        .replace('scoring.test', 'SCORING.test'),
    'a.yaml:8:40: POST SCORING.test/v2/models/*/infer already belongs to endpoint "scoring" (give each route to one endpoint)',
  ],
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

  it('everything at once: an unknown key, a wrong endpoint name and a CEL typo in one rule', () => {
    const text = rules(
      '  - name: r\n    match: { endpoint: scorng }\n    when: body.rowz > 1\n    then: allow\n    becuase: x\n',
    );
    assert.deepEqual(faults(text), [
      'a.yaml:9:24: unknown endpoint "scorng" (did you mean "scoring"?)',
      'a.yaml:10:16: CEL: unknown field "rowz" (character 6 of when) (did you mean "rows"?)',
      'a.yaml:12:5: unknown key "becuase" (did you mean "because"?)',
    ]);
  });

  it('an expression whose lines YAML has folded: at its first line, with the character in the message', () => {
    const text = rules(
      '  - name: r\n    match: {}\n    then: allow\n    when: >\n      body.n > 1 &&\n      bdy.n > 1\n',
    );
    assert.deepEqual(faults(text), [
      'a.yaml:11:11: CEL: unknown name "bdy" (character 15 of when) (did you mean "body"?)',
    ]);
  });

  it('names that two files share', () => {
    assert.deepEqual(faults(endpoint, endpoint.replace('/infer', '/explain')), [
      'b.yaml:3:11: endpoint "scoring" is defined twice (first at a.yaml:3:11)',
    ]);
  });

  it('names that are missing, but not when a file that may define them is unreadable', () => {
    const user = 'version: 1\nrules:\n  - { name: r, match: { endpoint: scoring }, then: allow }\n';
    assert.deepEqual(faults(user), ['a.yaml:3:35: unknown endpoint "scoring" (no endpoint is defined)']);
    assert.deepEqual(faults(user, 'a: ['), [
      'b.yaml:1:5: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ]);
  });
});
