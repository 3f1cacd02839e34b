import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payloadAad } from '../payload/place.ts';
import { parsePayloadPart } from './payload.ts';

const box = { box: 'AAEC', enc: 'AA', key: 'k1' };
const data = { bytes: 9, copy: box, direction: 'response', part: 2, patch: box };

test('a box is bound to its session, direction, number and use', () => {
  const place = { session: '01M83J', direction: 'request', part: 3 } as const;
  assert.equal(new TextDecoder().decode(payloadAad(place, 'patch')), '01M83J|request|3|patch');
});

test('a part is read back, with a patch and without', () => {
  assert.deepEqual(parsePayloadPart({ type: 'payload.part', data }), data);
  const { patch: _, ...alone } = data;
  assert.deepEqual(parsePayloadPart({ type: 'payload.part', data: alone }), { ...alone, patch: undefined });
});

test('what is not a part is not read as one', () => {
  assert.equal(parsePayloadPart({ type: 'session.closed', data }), undefined);
  const wrong = [
    { direction: 'sideways' },
    { part: '2' },
    { bytes: '9' },
    { copy: 'AAEC' },
    { copy: { box: 'AAEC' } },
    { patch: 1 },
  ];
  for (const member of wrong) {
    assert.equal(parsePayloadPart({ type: 'payload.part', data: { ...data, ...member } }), undefined);
  }
});
