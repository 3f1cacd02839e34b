import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forbiddenFromCallers, maskedHeaders, onlyContentType, unreadableHeaders } from './header-rules.ts';

describe('Content-Type stands once', () => {
  const one = ['application/json', 'text/plain; name="a, b"', 'text/plain; name="a\\", b"', ''];
  for (const value of one)
    test(`one: ${value}`, () => assert.equal(onlyContentType([['content-type', value]]).duplicate, false));
  const several = ['a/b,c/d', 'a/b, a/b', 'a/b;x="y",c/d', 'a/b;x=",c/d', 'a/b;x="y\\",c/d', ','];
  for (const value of several)
    test(`two, or nobody knows: ${value}`, () =>
      assert.equal(onlyContentType([['content-type', value]]).duplicate, true));
  test('two headers', () =>
    assert.equal(
      onlyContentType([
        ['content-type', 'a/b'],
        ['content-type', 'a/b'],
      ]).duplicate,
      true,
    ));
  test('none', () => assert.deepEqual(onlyContentType([]), { value: undefined, duplicate: false }));
});

test('what a caller must not say is removed in every spelling', () => {
  const said = [
    'x-countersign-session',
    'x_countersign_session',
    'x-envoy-retry-on',
    'cookie',
    'x-user',
    'x_user',
    'accept',
  ];
  const removed = forbiddenFromCallers(
    said.map((name) => [name, '1']),
    ['x-user'],
  );
  assert.deepEqual(removed, said.slice(0, -1));
});

test('of headers that repeat, all are given when one had to be masked, and none when none had', () => {
  const mask = (value: string): string => value.replace('secret', '***');
  const headers = [
    [':status', 'secret'],
    ['x-note', 'one'],
    ['x-note', 'secret'],
    ['x-other', 'two'],
  ] as const;
  assert.deepEqual(maskedHeaders(headers, mask), [
    ['x-note', 'one'],
    ['x-note', '***'],
  ]);
  assert.deepEqual(maskedHeaders(headers.slice(0, 2), mask), []);
});

test('binary metadata cannot be read, so it is named for removal', () => {
  assert.deepEqual(
    unreadableHeaders([
      ['grpc-status', '5'],
      ['grpc-status-details-bin', 'AA'],
    ]),
    ['grpc-status-details-bin'],
  );
});
