/** Field rules: what stands at a path is hidden whatever it looks like. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import type { FieldRule, MaskProfile, ReadApi } from '../../policy/policy.ts';
import { everyByte, maskInChunks } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';

const engine = createMasking({
  replace: (kind, entity, value) => `<${kind}:${entity}:${value.length}>`,
});
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const profileOf = (fields: readonly FieldRule[], more: Partial<MaskProfile> = {}): MaskProfile => ({
  ...bankProfile,
  name: 'fields',
  fields,
  ...more,
});

function mask(
  body: unknown,
  profile: MaskProfile,
  { api = 'json', contentType = 'application/json' }: { readonly api?: ReadApi; readonly contentType?: string } = {},
) {
  const bytes = encoder.encode(typeof body === 'string' ? body : JSON.stringify(body));
  const masker = () =>
    engine.masker({ api, contentType, direction: 'response', path: '' }, profile, { eventBytes: 2048 });
  const whole = masker();
  const { bytes: masked, summary } = maskInChunks(whole, bytes, []);
  const cut = maskInChunks(masker(), bytes, everyByte(bytes.length));
  assert.deepEqual(
    { ...cut, text: decoder.decode(cut.bytes) },
    { bytes: masked, summary, text: decoder.decode(masked) },
  );
  return { text: decoder.decode(masked), ...summary, failure: whole.failure() };
}

/** The same rule in a form that needs the whole document, and in one that does not. */
const asTheyCome = profileOf([{ path: '$.customer.id', as: 'us_ssn' }]);
const whole = profileOf([{ path: '$[?@.id].id', as: 'us_ssn' }]);

for (const [name, profile] of Object.entries({ 'as the document comes': asTheyCome, 'of the whole document': whole })) {
  describe(`a value at a path, ${name}`, () => {
    it('is hidden whatever it looks like, and every other byte stays', () => {
      for (const [value, hidden] of [
        ['"AB-12 é"', '"**-** *"'],
        ['"\\u0041b\\n"', '"**\\n"'],
        ['12', '99'],
        ['-0.5e7', '-9.9'],
        ['true', 'null'],
        ['null', 'null'],
        ['{"a":["x",1],"b@ex.org":""}', '{"a":["*",9],"*@******":""}'],
      ] as const) {
        const body = (id: string): string => ` {"customer" : {\t"id": ${id} , "other":"AB-12"}, "id2":1.50}\r\n`;
        assert.equal(mask(body(value), profile).text, body(hidden), value);
      }
    });
    it('is counted as its entity, and the rest is looked through as ever', () => {
      const { text, counts } = mask({ customer: { id: 7, mail: 'b@ex.org' }, id: 7 }, profile);
      assert.equal(text, '{"customer":{"id":9,"mail":"*@******"},"id":7}');
      assert.deepEqual(counts, { us_ssn: 1, email: 1 });
    });
  });
}

describe('actions at a path', () => {
  const by = (action: MaskProfile['actions']['default']) =>
    profileOf([{ path: '$.id', as: 'us_ssn' }], { actions: { default: action, of: {} } });
  it('are those of the entity; a number stays a number', () => {
    assert.equal(mask({ id: 'ab-12' }, by({ kind: 'redact' })).text, '{"id":"[US_SSN]"}');
    assert.equal(mask({ id: 'ab-12' }, by({ kind: 'tokenize' })).text, '{"id":"<tokenize:us_ssn:5>"}');
    assert.equal(mask({ id: 'ab-12' }, by({ kind: 'keep' })).text, '{"id":"ab-12"}');
    assert.equal(mask({ id: 1234 }, by({ kind: 'redact' })).text, '{"id":9999}');
    assert.equal(
      mask({ id: '1234-56789' }, by({ kind: 'mask', keepFirst: 0, keepLast: 4 })).text,
      '{"id":"****-*6789"}',
    );
    assert.equal(mask({ id: 'ab' }, by({ kind: 'mask', keepFirst: 0, keepLast: 4 })).text, '{"id":"**"}');
    assert.equal(mask({ id: '123456789' }, by({ kind: 'tokenize' })).counts['us_ssn'], 1);
  });
  it('block ends the output in front of the value', () => {
    const { text, failure } = mask({ a: 1, id: 2, b: 3 }, by({ kind: 'block' }));
    assert.equal(text, '{"a":1,"id":');
    assert.equal(failure, 'blocked_us_ssn');
  });
  it('an entity that is not looked for elsewhere has its action too', () => {
    const profile = profileOf([{ path: '$.id', as: 'iban' }], {
      entities: ['email'],
      actions: by({ kind: 'redact' }).actions,
    });
    assert.equal(mask({ id: 'x' }, profile).text, '{"id":"[IBAN]"}');
  });
});

describe('of several rules', () => {
  it('the first for a place counts, and one for a place further in goes before its container', () => {
    const redact = { actions: { default: { kind: 'redact' }, of: {} } } as const;
    for (const filter of ['', '[?@.b]']) {
      const rules = [
        { path: '$.a.b', as: 'iban' },
        { path: '$.a', as: 'us_ssn' },
        { path: '$.a.b', as: 'email' },
        ...(filter === '' ? [] : [{ path: `$${filter}.nothing`, as: 'phone' }]),
      ];
      assert.equal(
        mask({ a: { b: 'x', c: 'y' } }, profileOf(rules, redact)).text,
        '{"a":{"b":"[IBAN]","c":"[US_SSN]"}}',
      );
    }
  });
});

describe('the example of the design', () => {
  const profile = profileOf([{ path: "$.outputs[?@.name=='customer'].data[*]", as: 'us_ssn' }]);
  const outputs = (customer: readonly unknown[]) => ({
    outputs: [
      { name: 'score', datatype: 'FP32', shape: [2], data: [0.25, 0.5] },
      { data: customer, name: 'customer', datatype: 'BYTES', shape: [2] },
    ],
  });
  for (const api of ['open-inference-v2', 'json', 'kserve-v1'] as const) {
    it(`api ${api}`, () =>
      assert.equal(
        mask(outputs(['c-17', 123456789]), profile, { api }).text,
        JSON.stringify(outputs(['*-**', 999999999])),
      ));
  }
});

describe('documents that cannot be read whole are withheld', () => {
  const why = (body: string): string | undefined => mask(body, whole).failure;
  it('each with its reason', () => {
    assert.equal(why(JSON.stringify({ a: 'x'.repeat(3000) })), 'document_too_long');
    assert.equal(why('{"a":1,"a":2}'), 'document_duplicate_key');
    assert.equal(why('{"a":1'), 'document_not_json');
    assert.equal(why('{"a":"\\ud800"}'), 'document_lone_surrogate');
    assert.equal(why(`${'['.repeat(129)}${']'.repeat(129)}`), 'document_nested_too_deep');
  });
  it('text of some proxy is masked as text', () => {
    assert.equal(mask('no healthy upstream for b@ex.org', whole).text, 'no healthy upstream for *@******');
    assert.equal(mask('', whole).text, '');
  });
  it('where no rule needs it whole, a document has no limit', () =>
    assert.equal(mask(JSON.stringify({ a: Array(1000).fill('x y') }), asTheyCome).failure, undefined));
});

describe('a rule that needs the whole document, and more values than anybody looks through', () => {
  const body = `{"list":[${'0,'.repeat(100_000)}0]}`;
  const masked = (api: ReadApi, contentType: string, bytes: string, profile: MaskProfile) => {
    const kind = { api, contentType, direction: 'response', path: '' } as const;
    const masker = engine.masker(kind, profile, { eventBytes: 1 << 20 });
    const outcome = maskInChunks(masker, encoder.encode(bytes), []);
    return { text: decoder.decode(outcome.bytes), faults: outcome.summary.faults, failure: masker.failure() };
  };
  it('a document of too many values: nothing of it leaves; a rule without a filter is followed', () => {
    const faults = ['document_of_too_many_values'];
    assert.deepEqual(masked('json', '', body, whole), { text: '', faults, failure: faults[0] });
    assert.deepEqual(masked('json', '', body, asTheyCome), { text: body, faults: [], failure: undefined });
  });
  it('an event of too many values: it does not leave, the next one does', () => {
    const next = 'data: {"choices":[]}\n\n';
    const { text, faults } = masked('openai', 'text/event-stream', `data: ${body}\n\n${next}`, whole);
    assert.doesNotMatch(text, /0/);
    assert.ok(text.endsWith(next));
    assert.ok(faults.includes('document_of_too_many_values'));
  });
});

describe('each line of NDJSON and each JSON part is a document', () => {
  it('lines', () => {
    const body = '{"customer":{"id":1}}\n{"customer":{"id":"x","y":2}}\r\n';
    for (const profile of [asTheyCome, whole]) {
      assert.equal(
        mask(body, profile, { api: 'ndjson', contentType: '' }).text,
        '{"customer":{"id":9}}\n{"customer":{"id":"*","y":2}}\r\n',
      );
    }
  });
  it('parts', () => {
    const contentType = 'multipart/mixed; boundary=b';
    const body = '--b\r\nContent-Type: application/json\r\n\r\n{"customer":{"id":1}}\r\n--b--';
    for (const profile of [asTheyCome, whole]) {
      assert.equal(mask(body, profile, { api: 'multipart', contentType }).text, body.replace('1', '9'));
    }
  });
});

describe('each event of a stream is a document', () => {
  const event = (more: object): string =>
    `data: ${JSON.stringify({ id: 'c-1', object: 'chat.completion.chunk', ...more })}\n\n`;
  const say = (content: string, id: unknown): string =>
    event({ customer: { id }, choices: [{ index: 0, delta: { content } }] });

  for (const profile of [asTheyCome, whole]) {
    it(`server-sent events, ${profile === whole ? 'with a filter' : 'without'}`, () => {
      const { text, counts } = mask(say('123-45-', 'AB') + say('6789. ', 12) + say('ok', true), profile, {
        api: 'openai',
        contentType: 'text/event-stream',
      });
      assert.doesNotMatch(text, /AB|12|6789|true/);
      assert.match(text, /"customer":\{"id":"\*\*"\}.*"customer":\{"id":99\}.*"customer":\{"id":null\}/s);
      assert.equal(counts['us_ssn'], 3);
    });
    it('lines of Ollama', () => {
      const line = (response: string) => `${JSON.stringify({ response, customer: { id: 'x-1' }, done: false })}\n`;
      const { text } = mask(line('a ') + line('b '), profile, { api: 'ollama', contentType: 'application/x-ndjson' });
      assert.equal(text.replaceAll('"id":"*-*"', ''), (line('a ') + line('b ')).replaceAll('"id":"x-1"', ''));
    });
    it('a document that answers instead: what spells its text again is not legible', () => {
      const answer = {
        customer: { id: 'x' },
        choices: [{ message: { content: 'hi' }, logprobs: { content: [{ token: 'h', n: -1.5 }] } }],
      };
      const { text, faults } = mask(answer, profile, { api: 'openai' });
      assert.equal(
        text,
        '{"customer":{"id":"*"},"choices":[{"message":{"content":"hi"},"logprobs":{"content":[{"token":"*","n":-9.9}]}}]}',
      );
      assert.deepEqual(faults, ['text_spelled_twice']);
    });
  }
  it('block ends the stream in front of the event', () => {
    const profile = profileOf([{ path: '$.customer.id', as: 'us_ssn' }], {
      actions: { default: { kind: 'block' }, of: {} },
    });
    const { text, failure } = mask(event({ choices: [] }) + say('x', 'AB'), profile, {
      api: 'openai',
      contentType: 'text/event-stream',
    });
    assert.equal(text, event({ choices: [] }));
    assert.equal(failure, 'blocked_us_ssn');
  });
});
