import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadPolicy } from './load.ts';
import { endpoint, faults, ports, rules } from './policy.testing.ts';
import { apis } from './policy.ts';

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
    'version: 1\nbreak_glass: {}',
    `a.yaml:2:1: "break_glass" is not implemented in this version (${known})`,
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
    endpoint.replace('open-inference-v2', 'bedrock'),
    `a.yaml:5:10: "bedrock" is not a value that this version implements; known: ${apis.join(', ')}`,
  ],
  [
    'a misspelt api',
    endpoint.replace('open-inference-v2', 'open-inferense-v2'),
    `a.yaml:5:10: "open-inferense-v2" is not a value that this version implements; known: ${apis.join(', ')} (did you mean "open-inference-v2"?)`,
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
    'strict response records of which only a digest is kept',
    `${endpoint}    record: { payload: digest, response: strict }\n`,
    'a.yaml:7:42: response: strict needs payload: sealed: with a digest alone nothing is kept before it is released',
  ],
  [
    'another durability',
    `${endpoint}    record: { durability: disk }\n`,
    'a.yaml:7:27: "disk" is not a value that this version implements; known: local, broker',
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

it('an endpoint that waits for Kafka is refused where there is none', () => {
  const text = `${endpoint}    record: { durability: broker }\n`;
  const load = (kafka: boolean | undefined) => {
    const loaded = loadPolicy([{ name: 'a.yaml', text }], { credentials: [], kafka }, ports);
    return loaded.ok ? [] : loaded.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  };
  assert.deepEqual(load(false), ['7:27: durability "broker" without Kafka: every call would be refused']);
  assert.deepEqual([load(true), load(undefined)], [[], []]);
});
