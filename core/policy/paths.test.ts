import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTarget } from './paths.ts';

const reasonOf = (path: string, authority = 'host.test', method = 'POST') => {
  const target = readTarget(method, authority, path);
  return target.ok ? undefined : `${target.error.code} ${target.error.reason}`;
};

describe('a request target', () => {
  it('is read into method, host, port, decoded path and raw query', () => {
    const target = readTarget('POST', 'Scoring.Bank.Test:8443', '/v2/models/caf%C3%A9%20au/infer?a=%2F&b=..');
    assert.deepEqual(target.ok && target.value, {
      method: 'POST',
      host: 'scoring.bank.test',
      port: '8443',
      path: '/v2/models/café au/infer',
      query: 'a=%2F&b=..',
      segments: ['v2', 'models', 'café au', 'infer'],
    });
  });

  it('of the root, with a trailing slash, or of gRPC is one of its kind', () => {
    const segments = (path: string) => {
      const target = readTarget('POST', 'h', path);
      return target.ok && target.value.segments;
    };
    assert.deepEqual(segments('/'), ['']);
    assert.deepEqual(segments('/v1/'), ['v1', '']);
    assert.deepEqual(segments('/inference.GRPCInferenceService/ModelInfer'), [
      'inference.GRPCInferenceService',
      'ModelInfer',
    ]);
    assert.deepEqual(segments('/...'), ['...']);
  });

  const refused: readonly (readonly [name: string, path: string, reason: string])[] = [
    ['empty', '', 'ERR_PATH_FORM empty'],
    ['asterisk form', '*', 'ERR_PATH_FORM asterisk_form'],
    ['absolute form', 'http://other.test/v1', 'ERR_PATH_FORM absolute_form'],
    ['absolute form of another scheme', 'gopher://x', 'ERR_PATH_FORM absolute_form'],
    ['without a leading slash', 'v1/models', 'ERR_PATH_FORM not_origin_form'],
    ['only a query', '?a', 'ERR_PATH_FORM not_origin_form'],
    ['fragment', '/v1#x', 'ERR_PATH_FORM fragment'],
    ['fragment in the query', '/v1?a#x', 'ERR_PATH_FORM fragment'],
    ['too long', `/${'a'.repeat(8192)}`, 'ERR_PATH_FORM path_too_long'],
    ['encoded slash', '/v1%2Fadmin', 'ERR_PATH_AMBIGUOUS encoded_slash'],
    ['encoded slash in lower case', '/v1%2fadmin', 'ERR_PATH_AMBIGUOUS encoded_slash'],
    ['encoded backslash', '/v1%5Cadmin', 'ERR_PATH_AMBIGUOUS encoded_backslash'],
    ['backslash', '/v1\\admin', 'ERR_PATH_AMBIGUOUS backslash'],
    ['path parameter', '/v1;jsessionid=1/x', 'ERR_PATH_AMBIGUOUS path_parameter'],
    ['encoded path parameter', '/v1%3Bx', 'ERR_PATH_AMBIGUOUS encoded_path_parameter'],
    ['empty segment', '/v1//admin', 'ERR_PATH_AMBIGUOUS empty_segment'],
    ['empty first segment, a network path', '//evil.test/v1', 'ERR_PATH_AMBIGUOUS empty_segment'],
    ['dot segment', '/v1/./x', 'ERR_PATH_AMBIGUOUS dot_segment'],
    ['dot-dot segment', '/v1/../x', 'ERR_PATH_AMBIGUOUS dot_segment'],
    ['dot-dot at the end', '/v1/..', 'ERR_PATH_AMBIGUOUS dot_segment'],
    ['encoded dot segment', '/v1/%2e%2E/x', 'ERR_PATH_AMBIGUOUS dot_segment'],
    ['half-encoded dot segment', '/v1/.%2e/x', 'ERR_PATH_AMBIGUOUS dot_segment'],
    ['double encoding', '/v1/%252e%252e/x', 'ERR_PATH_AMBIGUOUS encoded_percent'],
    ['encoded question mark', '/v1%3Fa', 'ERR_PATH_AMBIGUOUS encoded_question_mark'],
    ['encoded number sign', '/v1%23a', 'ERR_PATH_AMBIGUOUS encoded_number_sign'],
    ['encoded NUL', '/v1/%00', 'ERR_PATH_AMBIGUOUS encoded_control'],
    ['encoded line feed', '/v1/a%0Ab', 'ERR_PATH_AMBIGUOUS encoded_control'],
    ['encoded C1 control', '/v1/%C2%85', 'ERR_PATH_AMBIGUOUS encoded_control'],
    ['encoded line separator', '/v1/%E2%80%A8', 'ERR_PATH_AMBIGUOUS encoded_control'],
    ['percent without digits', '/v1/%', 'ERR_PATH_AMBIGUOUS percent_encoding_broken'],
    ['percent with other letters', '/v1/%zz', 'ERR_PATH_AMBIGUOUS percent_encoding_broken'],
    ['IIS unicode escape', '/v1/%u002e', 'ERR_PATH_AMBIGUOUS percent_encoding_broken'],
    ['overlong UTF-8 slash', '/v1/%C0%AF', 'ERR_PATH_AMBIGUOUS percent_encoding_not_utf8'],
    ['lone UTF-8 byte', '/v1/%FF', 'ERR_PATH_AMBIGUOUS percent_encoding_not_utf8'],
    ['encoded surrogate', '/v1/%ED%A0%80', 'ERR_PATH_AMBIGUOUS percent_encoding_not_utf8'],
    ['letter in disguise, which Envoy routes elsewhere', '/%762/models/a/infer', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded capital', '/v1/%41', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded digit', '/v%31/x', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded dot within a name', '/v1/a%2Eb', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded hyphen', '/v1/a%2Db', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded underscore', '/v1/a%5Fb', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded tilde', '/v1/%7Ea', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded colon, as of models/a:predict', '/v1/models/a%3Apredict', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded at sign', '/v1/a%40b', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['encoded sub-delimiter', '/v1/a%2Bb', 'ERR_PATH_AMBIGUOUS needless_escape'],
    ['escape in lower-case hex', '/v1/caf%c3%a9', 'ERR_PATH_AMBIGUOUS escape_in_lower_case'],
    ['escape in mixed-case hex', '/v1/caf%C3%a9', 'ERR_PATH_AMBIGUOUS escape_in_lower_case'],
    ['raw character that stands in a path only escaped', '/v1/a|b', 'ERR_PATH_AMBIGUOUS character_not_escaped'],
    ['raw braces', '/v1/{a}', 'ERR_PATH_AMBIGUOUS character_not_escaped'],
    ['raw quotation mark', '/v1/"a"', 'ERR_PATH_AMBIGUOUS character_not_escaped'],
    ['raw control', '/v1/\u0000', 'ERR_PATH_AMBIGUOUS character_not_ascii_printable'],
    ['raw space', '/v1/a b', 'ERR_PATH_AMBIGUOUS character_not_ascii_printable'],
    ['raw non-ASCII', '/v1/é', 'ERR_PATH_AMBIGUOUS character_not_ascii_printable'],
    ['raw tab in the query', '/v1?a\tb', 'ERR_PATH_AMBIGUOUS character_not_ascii_printable'],
  ];
  for (const [name, path, reason] of refused) {
    it(`is refused: ${name}`, () => assert.equal(reasonOf(path), reason));
  }

  it('is refused with an authority that has more than one reading', () => {
    const bad = [
      '',
      'a b',
      'user@host',
      'host:',
      'host:0',
      'host:99999',
      'host:8o',
      'a..b/',
      '[::1',
      'host,other',
      '-host',
      '\u212Aelvin.test',
    ];
    for (const authority of bad)
      assert.equal(reasonOf('/', authority), 'ERR_PATH_AUTHORITY authority_unreadable', authority);
    for (const authority of ['h', 'h:1', '[::1]:8080', '127.0.0.1:65535', 'a_b.test'])
      assert.equal(reasonOf('/', authority), undefined);
  });

  it('is refused with a method that is no upper-case word', () => {
    for (const method of ['', 'post', 'PO ST', 'POST\n'])
      assert.equal(reasonOf('/', 'h', method), 'ERR_PATH_METHOD method_unreadable');
  });
});

describe('for every path that is accepted', () => {
  const octet = fc.integer({ min: 0, max: 255 }).map((value) => `%${value.toString(16).padStart(2, '0')}`);
  const piece = fc.oneof(
    fc.constantFrom('/', '.', '..', ';', '\\', '?', '#', '%', '%25', 'v1', 'a'),
    octet,
    fc.string(),
  );
  const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

  const plain = fc.constantFrom(...'av12', '~', '_', '-', '.', ':', '@', '+', '!', '*', "'");
  const escaped = fc.constantFrom('%20', '%22', '%7C', '%5B', '%C3%A9', '%C3%A8', '%E2%82%AC', '%F0%9F%98%80');
  const segment = fc.array(fc.oneof(plain, escaped), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const accepted = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((parts) => `/${parts.join('/')}`)
    .filter((raw) => readTarget('POST', 'h', raw).ok);
  /** RFC 3986 §3.3: encodeURI but for the brackets, which stand in no path. */
  const spelled = (text: string): string => encodeURI(text).replaceAll('[', '%5B').replaceAll(']', '%5D');

  it('nothing in a segment could be a separator, an escape, a control or a dot segment', () => {
    fc.assert(
      fc.property(path, (raw) => {
        const target = readTarget('POST', 'h', raw);
        if (!target.ok) return;
        for (const [index, segment] of target.value.segments.entries()) {
          assert.doesNotMatch(segment, /[/\\;?#%\p{Cc}]/u);
          assert.ok(segment !== '.' && segment !== '..');
          assert.ok(segment !== '' || index === target.value.segments.length - 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a server that decodes once and one that decodes, resolves dots and merges slashes see the same path', () => {
    fc.assert(
      fc.property(path, (raw) => {
        const target = readTarget('POST', 'h', raw);
        if (!target.ok) return;
        const [rawPath = ''] = raw.split('?');
        assert.equal(decodeURIComponent(rawPath), target.value.path);
        assert.equal(decodeURIComponent(new URL(rawPath, 'http://h').pathname), target.value.path);
        assert.equal(target.value.path.replace(/\/+/g, '/'), target.value.path);
      }),
      { numRuns: 500 },
    );
  });

  it('encoding any character of it again is refused, so no other spelling reaches the same endpoint', () => {
    fc.assert(
      fc.property(accepted, fc.nat(), fc.boolean(), (raw, at, upper) => {
        const index = at % raw.length;
        const code = raw.charCodeAt(index).toString(16);
        const encoded = `${raw.slice(0, index)}%${upper ? code.toUpperCase() : code}${raw.slice(index + 1)}`;
        assert.equal(readTarget('POST', 'h', encoded).ok, false, encoded);
      }),
      { numRuns: 300 },
    );
  });

  it('there is one spelling: what encodes the decoded path writes the raw one again', () => {
    fc.assert(
      fc.property(fc.oneof(path, accepted), (raw) => {
        const target = readTarget('POST', 'h', raw);
        if (target.ok) assert.equal(spelled(target.value.path), raw.split('?')[0]);
      }),
      { numRuns: 500 },
    );
  });

  it('a route of Envoy on the raw path and a pattern of the policy on the decoded one agree, literal or prefix', () => {
    const decodedOf = (raw: string): string => {
      const target = readTarget('POST', 'h', raw);
      assert.ok(target.ok, raw);
      return target.value.path;
    };
    fc.assert(
      fc.property(accepted, accepted, fc.nat(), (raw, other, cut) => {
        const path = decodedOf(raw);
        for (const whole of [path, decodedOf(other)]) {
          const characters = [...whole];
          const prefix = characters.slice(0, 1 + (cut % characters.length)).join('');
          assert.equal(raw.startsWith(spelled(prefix)), path.startsWith(prefix), `${raw} ${prefix}`);
          assert.equal(raw === spelled(whole), path === whole);
          // What an operator writes into both files in the same letters.
          if (spelled(prefix) === prefix) assert.equal(raw.startsWith(prefix), path.startsWith(prefix));
        }
      }),
      { numRuns: 500 },
    );
  });
});
