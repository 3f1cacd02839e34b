import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareSpecificity, matchesPath, type PathPattern, parsePathPattern } from './path-pattern.ts';
import type { Endpoint } from './policy.ts';
import { createRouter } from './routes.ts';

const endpoint = (
  name: string,
  host: string,
  path: string,
  methods: readonly string[] = ['POST'],
  model = 'm',
): Endpoint => ({
  name,
  match: { host, path, methods },
  api: 'json',
  model: { name: model },
  mask: { request: 'none', response: 'bank' },
  record: { payload: 'sealed', retention: '25 months', durability: 'local', unavailable: 'refuse', response: 'stream' },
  upstream: {},
});
const ask = (endpoints: readonly Endpoint[], url: string, method = 'POST') => {
  const [, host = '', port, path = ''] = /^([^:/]+)(?::(\d+))?(\/.*)$/.exec(url) ?? [];
  return createRouter(endpoints)({ method, host, path, query: '', ...(port !== undefined && { port }) });
};
const nameAt = (...args: Parameters<typeof ask>) => ask(...args)?.endpoint.name;

describe('a route', () => {
  it('is found by exact host, whatever the port, unless the endpoint names one', () => {
    const both = [endpoint('any', 'h.test', '/**'), endpoint('tls', 'h.test:8443', '/x')];
    assert.equal(nameAt(both, 'h.test/x'), 'any');
    assert.equal(nameAt(both, 'h.test:80/x'), 'any');
    assert.equal(nameAt(both, 'h.test:8443/x'), 'tls');
    assert.equal(nameAt(both, 'h.test:8443/y'), 'any');
    assert.equal(nameAt(both, 'www.h.test/x'), undefined);
  });

  it('goes to the most specific path, in whatever order the endpoints are written', () => {
    const paths = ['/**', '/v1/**', '/v1/*', '/v1/*/infer', '/v1/a/*', '/v1/a/infer'];
    for (const list of [paths, [...paths].reverse()]) {
      const endpoints = list.map((path) => endpoint(path, 'h', path));
      assert.equal(nameAt(endpoints, 'h/v1/a/infer'), '/v1/a/infer');
      assert.equal(nameAt(endpoints, 'h/v1/a/explain'), '/v1/a/*');
      assert.equal(nameAt(endpoints, 'h/v1/b/infer'), '/v1/*/infer');
      assert.equal(nameAt(endpoints, 'h/v1/b'), '/v1/*');
      assert.equal(nameAt(endpoints, 'h/v1/b/c/d'), '/v1/**');
      assert.equal(nameAt(endpoints, 'h/v2'), '/**');
    }
  });

  it('never falls through to a wider path because of its method', () => {
    const endpoints = [endpoint('wide', 'h', '/v1/**', ['GET', 'POST']), endpoint('admin', 'h', '/v1/admin', ['POST'])];
    assert.equal(nameAt(endpoints, 'h/v1/admin', 'POST'), 'admin');
    assert.equal(nameAt(endpoints, 'h/v1/admin', 'GET'), undefined);
    assert.equal(nameAt(endpoints, 'h/v1/other', 'GET'), 'wide');
  });

  it('may be shared by endpoints of different methods', () => {
    const endpoints = [endpoint('read', 'h', '/v1/*', ['GET']), endpoint('write', 'h', '/v1/*', ['POST', 'PUT'])];
    assert.deepEqual(
      ['GET', 'PUT', 'DELETE'].map((method) => nameAt(endpoints, 'h/v1/a', method)),
      ['read', 'write', undefined],
    );
  });

  it('fills the model name from the path', () => {
    const endpoints = [endpoint('e', 'h', '/v2/models/*/versions/*/infer', ['POST'], '{path[2]}@{path[4]}')];
    assert.equal(ask(endpoints, 'h/v2/models/credit/versions/7/infer')?.facts.model.name, 'credit@7');
  });

  it('asks of * a segment that is not empty, and of ** at least one', () => {
    assert.equal(nameAt([endpoint('e', 'h', '/v1/*')], 'h/v1/'), undefined);
    assert.equal(nameAt([endpoint('e', 'h', '/v1/**')], 'h/v1'), undefined);
    assert.equal(nameAt([endpoint('e', 'h', '/v1/**')], 'h/v1/'), 'e');
    assert.equal(nameAt([endpoint('e', 'h', '/v1')], 'h/v1/'), undefined);
  });
});

describe('for every two patterns that match one path', () => {
  const part = fc.constantFrom('a', 'b', '*');
  const pattern = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([parts, rest]) => `/${[...parts, ...(rest ? ['**'] : [])].join('/')}`);
  const parsed = (text: string): PathPattern => {
    const result = parsePathPattern(text);
    return result.ok ? result.value : [];
  };
  const segments = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 });

  it('one is more specific, unless they are the same', () => {
    fc.assert(
      fc.property(pattern, pattern, segments, (a, b, path) => {
        if (!matchesPath(parsed(a), path) || !matchesPath(parsed(b), path) || a === b) return;
        const order = compareSpecificity(parsed(a), parsed(b));
        assert.notEqual(order, 0);
        assert.equal(Math.sign(order), -Math.sign(compareSpecificity(parsed(b), parsed(a))));
      }),
      { numRuns: 1000 },
    );
  });
});

it('of Gemini has the model without the operation that stands behind it in the path', () => {
  const gemini = { ...endpoint('g', 'h', '/v1beta/models/*', ['POST'], '{path[2]}'), api: 'gemini' } as const;
  assert.equal(
    ask([gemini], 'h/v1beta/models/gemini-3.5-flash:streamGenerateContent')?.facts.model.name,
    'gemini-3.5-flash',
  );
  const ollama = { ...gemini, api: 'json' } as const;
  assert.equal(ask([ollama], 'h/v1beta/models/llama:8b')?.facts.model.name, 'llama:8b');
});
