/** Values one by one: rows and columns of predictions, what names say of them, and values that end the output. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { times } from '../../../envoy/test/harness/tier.ts';
import type { ReadApi } from '../../policy/policy.ts';
import { hostile } from '../planted.testing.ts';
import { bankProfile } from '../profile.ts';
import { runs } from '../seeded-runs.testing.ts';
import { mask } from './formats.testing.ts';

describe('rows and columns of KServe V1 and TensorFlow Serving', () => {
  const rows = (body: unknown, profile = bankProfile) =>
    mask('tf-serving', 'application/json', typeof body === 'string' ? body : JSON.stringify(body), profile);
  const b64 = (text: string): string => btoa(text);

  it('is the input, byte for byte, where nothing matches', () => {
    const body = ' {"a" : [1.50, -0, 1e+2, 12345678901234567, null, true, NaN],\r\n"b":"\\u00e9\\/ é 漢 😀 \\\\"} \n';
    assert.deepEqual(rows(body), { text: body, faults: [], counts: {}, failure: undefined });
  });
  it('strings, numbers and names are masked; numbers stay numbers', () => {
    const body =
      '{"predictions":[{"mail":"b@ex.org","card":4111111111111111,"123-45-6789":"\\u0031\\u00323-45-6789"}]}';
    assert.equal(
      rows(body).text,
      '{"predictions":[{"mail":"*@******","card":9999999999991111,"***-**-****":"***-**-****"}]}',
    );
  });
  it('text in base64 is masked in it', () => {
    const { text, counts } = rows({ instances: [{ b64: b64('ssn 123-45-6789.') }, { b64: b64('nothing') }] });
    assert.equal(text, JSON.stringify({ instances: [{ b64: b64('ssn ***-**-****.') }, { b64: b64('nothing') }] }));
    assert.deepEqual(counts, { us_ssn: 1 });
  });
  it('bytes in base64 that are no text are written over, of the same length, and still base64', () => {
    const { text, faults } = rows({ instances: [{ b64: b64('\x89PNG\0\0') }, { b64: '!' }] });
    assert.equal(text, '{"instances":[{"b64":"AAAAAAAA"},{"b64":"A"}]}');
    assert.deepEqual(faults, ['b64_not_readable']);
  });
  it('where the profile keeps binary parts they pass', () => {
    const body = JSON.stringify({ instances: [{ b64: b64('\x89PNG\0\0') }] });
    assert.equal(rows(body, { ...bankProfile, name: 'keeping', binaryParts: 'keep' }).text, body);
  });
  it('a string too long to be kept is covered to its end, and what follows is read', () => {
    const body = `{"a":"${'x 1\\n'.repeat(400)}","b64":"${'QUJD'.repeat(400)}","c":"b@ex.org"}`;
    const { text, faults } = rows(body);
    assert.equal(text, `{"a":"${'*'.repeat(2000)}","b64":"${'A'.repeat(1600)}","c":"*@******"}`);
    assert.deepEqual(faults, ['json_string_too_long']);
  });
  it('where the profile keeps binary parts a string too long to be kept passes if it begins with what is no text', () => {
    const keeping = { ...bankProfile, name: 'keeping', binaryParts: 'keep' } as const;
    const body = (start: string) => JSON.stringify([{ b64: b64(start + 'ab '.repeat(800)) }, { b64: b64('b@ex.org') }]);
    const image = body('\x89PNG\0');
    assert.equal(rows(image, keeping).text.slice(0, 3000), image.slice(0, 3000));
    assert.match(rows(body('text'), keeping).text, /^\[\{"b64":"A+=*"\}/);
    assert.doesNotMatch(rows(image, keeping).text, new RegExp(b64('b@ex.org')));
  });
  it('from what is no JSON on nothing is legible', () => {
    for (const wrong of [
      '{"a":1,}',
      '{"a":01}',
      '{"a" 1}',
      '[1 2]',
      '{"a":"\\x"}',
      '{"a":1}}',
      '{a:1}',
      '[}',
      '{"a":trve}',
    ]) {
      const { text, faults } = rows(`${wrong} 5 tail`);
      assert.doesNotMatch(text, /5|tail/);
      assert.deepEqual(faults, ['json_malformed'], wrong);
    }
  });
  it('JSON that is cut short is a fault', () => {
    for (const cut of ['{"a":1', '{"a":"x', '[', '{"a"', '[12'])
      assert.deepEqual(rows(cut).faults, ['json_not_closed'], cut);
  });
  it('deeper than anybody nests', () => assert.deepEqual(rows('['.repeat(200)).faults, ['json_too_deep']));
  it('a page of some proxy is text', () =>
    assert.equal(rows('no healthy upstream, ask b@ex.org').text, 'no healthy upstream, ask *@******'));
});

describe('JSON stays JSON: the same members, lists and kinds of values, whatever is in them', () => {
  const { any } = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      hostile,
      fc.constantFrom(null, true, 4111111111111111, -536228726, 1e30, 0.4111111111111111),
      fc.integer(),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'ssn', 'b64', 'card', 'name', '__proto__'), tie('any'), { maxKeys: 4 }),
    ),
  }));
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
    return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
  };
  for (const api of ['kserve-v1', 'json'] as const) {
    it(`api ${api}`, (test) => {
      fc.assert(
        fc.property(fc.array(any), fc.option(fc.nat(2)), (list, indent) => {
          const { text } = mask(api, 'application/json', JSON.stringify(list, undefined, indent ?? undefined));
          assert.deepEqual(shapeOf(JSON.parse(text)), shapeOf(JSON.parse(JSON.stringify(list))));
        }),
        runs(test, times(10_000, 100)),
      );
    });
  }
});

describe('a name says what is under it', () => {
  const ssn = '536228726';
  const hidden = '*********';
  const covered = (api: ReadApi, contentType: string, body: string, expected: string): void =>
    assert.equal(mask(api, contentType, body).text, expected);

  it('a column, quoted or not, through all its records, and only in its column', () => {
    covered(
      'csv',
      'text/csv',
      `id,ssn\r\n${ssn},${ssn}\r\n7,"${ssn}"\r\n`,
      `id,ssn\r\n${ssn},${hidden}\r\n7,"${hidden}"\r\n`,
    );
    covered('csv', 'text/csv', `\ufeff"SSN"\tid\n${ssn}\t${ssn}\n`, `\ufeff"SSN"\tid\n${hidden}\t${ssn}\n`);
  });
  it('no column without a header', () => {
    covered('csv', 'text/csv; header=absent', `ssn,x\n${ssn},1\n`, `ssn,x\n${ssn},1\n`);
    covered('csv', 'text/csv', `1,2\n${ssn},1\n`, `1,2\n${ssn},1\n`);
  });
  it('a key of a form, and a field of multipart', () => {
    covered('text', 'application/x-www-form-urlencoded', `id=${ssn}&ssn=${ssn}`, `id=${ssn}&ssn=${hidden}`);
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    covered(
      'multipart',
      'multipart/form-data; boundary=b',
      `${part('id', ssn)}${part('ssn', ssn)}--b--`,
      `${part('id', ssn)}${part('ssn', hidden)}--b--`,
    );
  });
  it('a member of a prediction, through lists of any depth, and no further', () => {
    covered(
      'tf-serving',
      'application/json',
      `{"inputs":{"ssn":[[${ssn}],["${ssn}"]],"id":[[${ssn}]]},"ssn":{"count":${ssn}}}`,
      `{"inputs":{"ssn":[[999999999],["${hidden}"]],"id":[[${ssn}]]},"ssn":{"count":${ssn}}}`,
    );
  });
  it('a backslash that ends a string, and escapes nothing', () => {
    const names = String.raw`{"first_name":["\\","Ann"],"id":["Ann",null,12]}`;
    covered('json', 'application/json', names, names.replace('Ann', '***'));
    const keyInside = String.raw`{"card":["\\","\"first_name\":[\""],"a":null,"b":12}`;
    covered('json', 'application/json', keyInside, keyInside);
  });
  it('names of people, whatever their strings hold, in strings of strings of JSON, and none of their neighbours', (test) => {
    const string = fc.string({
      unit: fc.constantFrom('\\', '"', "'", '[', '}', ',', ':', ' ', 'A', 'b'),
      maxLength: 6,
    });
    const member = fc.tuple(fc.constantFrom('first_name', 'other', 'id'), fc.oneof(string, fc.array(string)));
    fc.assert(
      fc.property(fc.array(member), fc.nat(3), fc.constantFrom('json', 'text'), (members, level, api) => {
        const written = (hide: (text: string) => string): string => {
          const list = members.map(([key, value]) => {
            const masked = key === 'first_name' ? [value].flat().map(hide) : [value].flat();
            return { [key]: Array.isArray(value) ? masked : masked[0] };
          });
          let text = JSON.stringify(list);
          for (let count = 0; count < level; count++) text = JSON.stringify({ t: text });
          return text;
        };
        const type = api === 'json' ? 'application/json' : 'text/plain';
        covered(
          api,
          type,
          written((text) => text),
          written((text) => text.replaceAll(/[Ab]/g, '*')),
        );
      }),
      runs(test, times(20_000, 200)),
    );
  });
});

describe('a value whose action is block ends the output, and nothing of what it stands in leaves', () => {
  const blocking = { ...bankProfile, name: 'blocking', actions: { default: { kind: 'block' }, of: {} } } as const;
  const cases: readonly (readonly [api: ReadApi, contentType: string, body: string, left: string])[] = [
    ['ndjson', 'application/x-ndjson', '{"a":1}\n{"b":"b@ex.org"}\n{"c":1}\n', '{"a":1}\n{"b":"'],
    ['csv', 'text/csv', 'a,b\n1,2\n3,b@ex.org\n5,6\n', 'a,b\n1,2\n'],
    ['text', 'application/x-www-form-urlencoded', 'a=1&b=b%40ex.org&c=2', 'a=1&'],
    ['kserve-v1', 'application/json', '{"predictions":["a","b@ex.org","c"]}', '{"predictions":["a",'],
    [
      'multipart',
      'multipart/mixed; boundary=b',
      '--b\r\n\r\nx\r\n--b\r\nContent-Disposition: inline; filename="b@ex.org"\r\n\r\ny\r\n--b--',
      '--b\r\n\r\nx\r\n--b\r\n',
    ],
  ];
  for (const [api, contentType, body, left] of cases) {
    it(`${api}, ${contentType}`, () =>
      assert.deepEqual(mask(api, contentType, body, blocking), {
        text: left,
        failure: 'blocked_email',
        faults: ['blocked_email'],
        counts: { email: 1 },
      }));
  }
});
