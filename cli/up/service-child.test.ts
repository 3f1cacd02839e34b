import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReadyLine } from './service-child.ts';

test('the ready line of a service names where it listens', () => {
  const line = '{"ready":true,"service":"authz-service","listen":"127.0.0.1:41234","pid":123}';
  assert.deepEqual(parseReadyLine(line), { listen: '127.0.0.1:41234', metrics: undefined });
});

for (const [name, line] of [
  ['a log line', '{"level":30,"msg":"listening"}'],
  ['text', 'ready'],
  ['a service that is not ready', '{"ready":false,"listen":"127.0.0.1:1"}'],
  ['a line without an address', '{"ready":true}'],
  ['null', 'null'],
] as const) {
  test(`${name} is not a ready line`, () => {
    assert.equal(parseReadyLine(line), undefined);
  });
}
