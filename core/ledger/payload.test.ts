import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePayloadPart, payloadAad } from './payload.ts';

test('a part is bound to its session, direction and number', () => {
  assert.equal(new TextDecoder().decode(payloadAad('01M83J', 'request', 3)), '01M83J|request|3');
});

test('a part is read back', () => {
  const data = { direction: 'response', part: 2, sealed: 'AAEC', key: 'k1', bytes: 9 };
  assert.deepEqual(parsePayloadPart({ type: 'payload.part', data }), {
    direction: 'response',
    part: 2,
    box: Uint8Array.of(0, 1, 2),
    keyId: 'k1',
  });
});

test('what is not a part is not read as one', () => {
  const data = { direction: 'response', part: 2, sealed: 'AAEC', key: 'k1' };
  assert.equal(parsePayloadPart({ type: 'session.closed', data }), undefined);
  for (const wrong of [{ direction: 'sideways' }, { part: '2' }, { sealed: 'A A' }, { sealed: 1 }, { key: 1 }]) {
    assert.equal(parsePayloadPart({ type: 'payload.part', data: { ...data, ...wrong } }), undefined);
  }
});
