import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import fc from 'fast-check';
import { compileExpression, type Facts } from './expression.ts';

const patterns = createPatternEngine();
const facts = {
  identity: {
    subject: 'ana',
    issuer: 'https://idp.test',
    groups: ['analysts', 'eu-staff'],
    client: 'app',
    method: 'oidc',
  },
  request: { method: 'POST', host: 'h.test', path: '/v1/chat', query: 'a=1', port: '80' },
  endpoint: { name: 'e', api: 'json', model: { name: 'credit', version: '7', tier: 'high', owner: 'risk' } },
  body: { bytes: 120n, rows: 0n, model: 'm', stream: true, max_tokens: 256n, n: 1n },
} satisfies Facts;

const value = (source: string, on: Facts = facts) => {
  const compiled = compileExpression(source, patterns);
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.error));
  return compiled.value.evaluate(on);
};
const fault = (source: string) => {
  const compiled = compileExpression(source, patterns);
  const [first] = compiled.ok ? [] : compiled.error;
  return first && `${first.offset} ${first.message}`;
};

describe('an expression', () => {
  const truths = [
    'true',
    'identity.subject == "ana" && identity.method == "oidc"',
    '"analysts" in identity.groups',
    'identity.groups.exists(g, g.startsWith("eu-"))',
    'identity.groups.all(g, size(g) > 3)',
    'identity.groups.exists_one(g, g.endsWith("staff"))',
    'size(identity.groups) == 2 && identity.groups.size() == 2',
    'request.path.startsWith("/v1/") && request.query.contains("a=")',
    'request.method in ["GET", "POST"]',
    'endpoint.model.tier == "high" && endpoint.api == "json"',
    'body.rows == 0 && body.stream && body.max_tokens + body.n * 2 - 1 > 100 / 2 % 7',
    'body.bytes > 1.5',
    'endpoint.model.version == "7" ? int(endpoint.model.version) == 7 : false',
    '!(body.rows > 0) || string(body.rows) == "1"',
    'body.bytes / body.rows > 1 || true',
  ];
  for (const source of truths) it(`is true: ${source}`, () => assert.equal(value(source), true));

  it('has no value, and does not throw, when it cannot be evaluated', () => {
    for (const source of [
      'body.bytes / body.rows > 1',
      'int(identity.subject) > 1',
      '9223372036854775807 + body.n > 0',
    ]) {
      assert.equal(value(source), undefined, source);
    }
    const withoutBody: Facts = { identity: facts.identity, request: facts.request, endpoint: facts.endpoint };
    assert.equal(value('body.rows > 1', withoutBody), undefined);
  });

  const refused: readonly (readonly [why: string, source: string, fault: string])[] = [
    ['a field that does not exist', 'body.rowz > 1', '5 CEL: unknown field "rowz"'],
    ['a nested field that does not exist', 'endpoint.model.nam == "x"', '15 CEL: unknown field "nam"'],
    ['a field of an object’s prototype', 'identity.constructor == 1', '9 CEL: unknown field "constructor"'],
    ['a name that does not exist', 'bdy.rows > 1', '0 CEL: unknown name "bdy"'],
    ['a field of a text', 'identity.subject.x == 1', "17 CEL: Cannot index type 'string'"],
    ['a comparison of unlike types', 'body.rows > "a"', '0 CEL: no such overload: int > string'],
    ['no bool', 'body.rows + 1', '0 when must be a bool, this is int'],
    ['bad syntax', 'body.rows = 1', '10 CEL: Unexpected character: ='],
    ['an unfinished expression', 'body.rows >', '11 CEL: Unexpected token: EOF'],
    ['nothing', ' ', '1 CEL: Unexpected token: EOF'],
    ['a misspelt function', 'request.path.startWith("/")', '13 CEL: startWith() is not available here'],
    ['a function of no use here', 'timestamp("x") == timestamp("y")', '0 CEL: timestamp() is not available here'],
    ['an untyped value', 'dyn(body).zz == 1', '0 CEL: dyn() is not available here'],
    ['an index', 'identity.groups[0] == "a"', '0 CEL: indexing and maps are not available here'],
    ['a field by index', 'body["rows"] > 1', '0 CEL: indexing and maps are not available here'],
    ['a map', '{"a": 1} == {"a": 1}', '0 CEL: indexing and maps are not available here'],
    [
      'a test that hides typos',
      'has(body.rowz)',
      '0 CEL: has() is not needed: every field is always there, empty when nothing is known',
    ],
    [
      'a loop in a loop',
      'identity.groups.exists(a, identity.groups.exists(b, a == b))',
      '26 CEL: exists() inside another comprehension',
    ],
    ['a variable that hides a fact', 'identity.groups.exists(body, body == "x")', '23 CEL: "body" is taken'],
    ['a number beyond 64 bits', 'body.rows > 9999999999999999999', '12 CEL: the number does not fit 64 bits'],
    ['too deep', `${'('.repeat(40)}true${')'.repeat(40)}`, '32 CEL: Exceeded maxDepth (32)'],
  ];
  for (const [why, source, expected] of refused)
    it(`is refused for ${why}`, () => assert.equal(fault(source), expected));

  it('with matches() looks for an RE2 pattern anywhere in the text', () => {
    assert.equal(value('request.path.matches("^/v[0-9]+/chat$")'), true);
    assert.equal(value('request.path.matches("hat") && !request.path.matches("^hat")'), true);
    assert.equal(value('identity.groups.exists(g, g.matches("(?i)^EU-")) && request.path.matches("/v1/")'), true);
    assert.equal(value('"matches" == "matches" && request.host.matches("^h\\\\.")'), true);
    assert.equal(value('request.query.matches("^[a-z]*$")'), false);
  });

  it('with matches() ends at once on a text that stalls an engine that backtracks', () => {
    const text = `${'a'.repeat(50_000)}!`;
    assert.equal(
      value('request.query.matches("^(a+)+$")', { ...facts, request: { ...facts.request, query: text } }),
      false,
    );
  });

  it('with matches() and a bad pattern is refused at the character of it that is wrong', () => {
    const notRe2 = 'the pattern of matches() is not one of RE2';
    assert.equal(fault('request.path.matches("ab[cd")'), `24 ${notRe2}: missing ]: [cd`);
    assert.match(fault('request.path.matches("x(?=y)")') ?? '', /^23 .*invalid perl operator: \(\?=/);
    assert.match(fault('request.path.matches("(a)\\\\1")') ?? '', /^21 .*invalid escape sequence/);
    assert.match(fault('request.path.matches("a{1001}")') ?? '', /^23 .*invalid repetition size/);
    assert.match(fault('request.path.matches("(((a{100}){100}){100})")') ?? '', /not one of RE2/);
  });

  it('with matches() and a pattern that is not written out is refused', () => {
    const dynamic = 'CEL: the pattern of matches() must be written out';
    assert.equal(fault('request.path.matches(identity.subject)'), `13 ${dynamic}`);
    assert.equal(fault('request.path.matches("a" + "b")'), `13 ${dynamic}`);
    assert.equal(fault('request.path.matches()'), `13 ${dynamic}`);
    assert.equal(fault('matches(request.path, "a")'), '0 CEL: matches() has its text in front');
    assert.equal(fault('request.path. // matches\n matches("(a+)+$")'), '26 write matches() right behind its text');
    assert.match(fault('body.rows.matches("a")') ?? '', /CEL: .*int/);
    assert.match(fault('request.path.re2test("a")') ?? '', /^13 CEL: re2test\(\) is not available here/);
  });

  it('of too many parts is refused, not evaluated slowly', () => {
    assert.match(fault(Array(2000).fill('body.rows > 1').join(' || ')) ?? '', /Exceeded max(AstNodes|Depth)/);
  });

  it('of any text either compiles to a bool or says where it is wrong', () => {
    const word = fc.constantFrom(
      'body',
      '.',
      'rows',
      'identity',
      'groups',
      'exists',
      'matches',
      '(',
      ')',
      ',',
      'g',
      '>',
      '1',
      '"a"',
      '&&',
      '!',
      '[',
      ']',
      ' ',
    );
    const source = fc.oneof(
      fc.array(word, { maxLength: 14 }).map((words) => words.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compileExpression(text, patterns);
        if (compiled.ok) assert.notEqual(typeof compiled.value.evaluate(facts), 'number');
        else
          assert.ok(
            compiled.error.length > 0 && compiled.error.every(({ offset }) => offset >= 0 && offset <= text.length),
          );
      }),
      { numRuns: 500 },
    );
  });
});
