import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actionOf } from '../masking/action.ts';
import { chars, seq, times } from '../masking/pattern.ts';
import { bankProfile } from '../masking/profile.ts';
import { loadPolicy, policyJsonSchema } from './load.ts';
import { load, ports } from './policy.testing.ts';

const loaded = (...texts: readonly string[]) => {
  const result = load(...texts);
  if (!result.ok) assert.fail(JSON.stringify(result.error));
  return result.value;
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
const mask = (text: string) => `version: 1\nmask:\n${text}`;

describe('a policy file', () => {
  it('loads with every default filled in', () => {
    const policy = loaded(rules('  - { name: r, match: {}, then: hold, approval: { groups: [g] } }\n'));
    assert.deepEqual(policy.endpoints, [
      {
        name: 'scoring',
        match: { host: 'scoring.test', path: '/v2/models/*/infer', methods: ['POST'] },
        api: 'open-inference-v2',
        model: { name: '{path[2]}' },
        mask: { request: 'none', response: 'bank' },
        record: {
          payload: 'sealed',
          retention: '25 months',
          durability: 'local',
          unavailable: 'refuse',
          response: 'stream',
        },
        upstream: {},
      },
    ]);
    assert.deepEqual(policy.rules[0]?.approval, {
      groups: ['g'],
      count: 1,
      waitMs: 240_000,
      expiresMs: 1_800_000,
      scope: 'request',
    });
    assert.equal(policy.rules[0]?.mode, 'enforce');
  });

  it('has the built-in profiles bank and none, and its own', () => {
    const policy = loaded(
      mask('  narrow: { entities: [credit_card], actions: { credit_card: { mask: { keep_last: 0 } } } }\n'),
    );
    assert.deepEqual(policy.profile('bank'), {
      name: 'bank',
      entities: bankProfile.entities,
      custom: [],
      fields: [],
      actions: bankProfile.actions,
    });
    assert.deepEqual(policy.profile('none')?.entities, []);
    assert.deepEqual(policy.profile('narrow')?.entities, ['credit_card']);
    assert.deepEqual(policy.profile('narrow')?.actions.of['credit_card'], { kind: 'mask', keepFirst: 0, keepLast: 0 });
    assert.equal(policy.profile('toString'), undefined);
  });

  it('has profiles like another one, with entities, patterns and actions added', () => {
    const profile = loaded(
      mask(`  house:
    like: bank
    custom:
      - { name: loan_number, pattern: "LN-[0-9]{8}", keys: [loan, loanNumber], context: [loan] }
      - { name: member, pattern: "[0-9]{10}", checksum: mod11 }
    actions: { loan_number: pseudonym, email: redact, iban: { mask: { keep_last: 4 } } }
`),
    ).profile('house');
    assert.deepEqual(profile?.entities, bankProfile.entities);
    assert.deepEqual(profile?.custom, [
      {
        name: 'loan_number',
        pattern: seq(chars('L'), chars('N'), chars('\\x{2d}'), times(chars('0-9'), 8)),
        keys: ['loan', 'loanNumber'],
        context: ['loan'],
      },
      { name: 'member', pattern: seq(times(chars('0-9'), 10)), checksum: 'mod11', keys: [], context: [] },
    ]);
    assert.deepEqual(profile?.actions, {
      default: { kind: 'mask', keepFirst: 0, keepLast: 0 },
      of: {
        credit_card: { kind: 'mask', keepFirst: 0, keepLast: 4 },
        loan_number: { kind: 'pseudonym' },
        email: { kind: 'redact' },
        iban: { kind: 'mask', keepFirst: 0, keepLast: 4 },
      },
    });
  });

  it('has profiles whose default stands for everything that is not written', () => {
    const actions = (text: string) => loaded(mask(`  p: { like: bank, actions: { ${text} } }`)).profile('p')?.actions;
    assert.deepEqual(actions('default: redact'), { default: { kind: 'redact' }, of: {} });
    assert.deepEqual(actions('default: mask'), bankProfile.actions);
    assert.deepEqual(actions('default: { mask: {} }'), {
      default: { kind: 'mask', keepFirst: 0, keepLast: 0 },
      of: {},
    });
    assert.deepEqual(actions('credit_card: mask'), bankProfile.actions);
    assert.equal(
      actionOf({ ...bankProfile, actions: actions('email: keep') ?? assert.fail() }, 'constructor').kind,
      'mask',
    );
  });

  it('has another revision when a pattern or an action changes', () => {
    const revision = (text: string) => loaded(mask(`  p: { custom: [{ name: a, ${text} }] }`)).revision;
    assert.notEqual(revision('pattern: "LN-[0-9]{8}"'), revision('pattern: "LN-[0-9]{9}"'));
    assert.notEqual(revision('pattern: "LN-[0-9]{8}"'), revision('pattern: "LN-[0-9]{8}", checksum: luhn'));
  });

  it('with tokens or pseudonyms does not load where their key is known to be missing', () => {
    const text = mask('  p: { like: bank, actions: { email: tokenize, iban: hash, default: pseudonym } }');
    const files = [{ name: 'a.yaml', text }];
    assert.equal(loadPolicy(files, { credentials: [], maskingKey: true }, ports).ok, true);
    assert.equal(loadPolicy(files, { credentials: [] }, ports).ok, true);
    const result = loadPolicy(files, { credentials: [], maskingKey: false }, ports);
    assert.deepEqual(
      result.ok ? [] : result.error.map(({ line, column, message }) => `${line}:${column} ${message}`),
      ['tokenize', 'pseudonym'].map(
        (action, index) =>
          `3:${[38, 69][index]} "${action}" needs a key, and keys.masking of countersign.yaml names none that can be read`,
      ),
    );
  });

  it('may be spread over files: a rule in one names an endpoint of another', () => {
    const rest = 'version: 1\nrules:\n  - { name: r, match: { endpoint: scoring }, then: allow }\n';
    assert.equal(loaded(rest, endpoint).rules[0]?.match.endpoint, 'scoring');
  });

  it('knows from the expression itself whether a rule needs the body', () => {
    const needs = (when: string) => loaded(rule(`when: '${when}'`)).rules[0]?.readsBody;
    assert.equal(needs('body.rows > 1'), true);
    assert.equal(needs('[1].exists(x, x < body.n)'), true);
    assert.equal(needs('request.path.contains("body.rows")'), false);
    assert.equal(needs('identity.groups.exists(bodyguard, bodyguard == "body")'), false);
  });

  it('has one revision for one meaning: layout, comments and written-out defaults do not count', () => {
    const spelled = endpoint.replace('api:', '# words\n    mask: { response: bank }\n    api:');
    assert.equal(loaded(spelled).revision, loaded(endpoint).revision);
    assert.match(loaded(endpoint).revision, /^[0-9a-f]{64}$/);
    assert.notEqual(loaded(endpoint.replace('scoring.test', 'scoring2.test')).revision, loaded(endpoint).revision);
    assert.notEqual(loaded(rule('mode: shadow')).revision, loaded(rule('mode: enforce')).revision);
  });

  it('has a JSON Schema from the same source, for editors', () => {
    const text = JSON.stringify(policyJsonSchema());
    for (const word of ['open-inference-v2', 'because', '"additionalProperties":false'])
      assert.ok(text.includes(word), word);
  });
});
