import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUlid, isWriterName, laterUlid } from './ledger-id.ts';

const fresh = '01M83J0V1F841W12H22PCQPV63';

test('a run is named by its own ULID when the clock went forward', () => {
  assert.equal(laterUlid(undefined, fresh), fresh);
  assert.equal(laterUlid('01M83J0V1E0000000000000000', fresh), fresh);
});

test('a run after a clock that jumped back still sorts after the one before', () => {
  const later = laterUlid('01ZZZZZZZZ0000000000000000', fresh);
  assert.equal(later, `0200000000${fresh.slice(10)}`);
  assert.ok(isUlid(later));
});

test('two runs in one millisecond sort in the order they happened', () => {
  assert.equal(laterUlid('01M83J0V1FZZZZZZZZZZZZZZZZ', fresh), `01M83J0V1G${fresh.slice(10)}`);
});

test('a name that leaves its folder names no writer', () => {
  for (const name of ['', '.', '..', '.hidden', 'a/b', 'a\\b', 'a b', 'ä', 'a"b', 'x'.repeat(65)]) {
    assert.equal(isWriterName(name), false, name);
  }
  for (const name of ['p1', 'proc-service', 'pod-7.eu_1']) assert.equal(isWriterName(name), true, name);
});
