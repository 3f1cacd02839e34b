import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  emptyRing,
  formatKeyRing,
  held,
  type KeyRing,
  keyInUse,
  type NewKey,
  parseKeyRing,
  refuseShred,
  released,
  ringFault,
  rotated,
  shredded,
} from './key-ring.ts';

const idOf = (number: number): string => number.toString(16).padStart(16, '0');
const key = (number: number, use: NewKey['use'], retention = 'any'): NewKey => ({
  id: idOf(number),
  use,
  retention,
  public: 'A'.repeat(43),
});
const at = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const first = rotated(emptyRing, [key(1, 'copy'), key(2, 'patch')], at(1)).ring;
const second = rotated(first, [key(3, 'copy'), key(4, 'patch')], at(2)).ring;
const hold = { id: 'h1', keys: [idOf(1)], reason: 'a case', since: at(3) };

describe('a ring of keys', () => {
  test('is fit for use when either use has a key for any retention', () => {
    assert.equal(ringFault(first), undefined);
    assert.equal(ringFault(second), undefined);
    assert.match(ringFault(emptyRing) ?? '', /no copy and no patch key/);
    assert.match(ringFault(rotated(emptyRing, [key(1, 'copy')], at(1)).ring) ?? '', /no patch key/);
    const own = rotated(emptyRing, [key(1, 'copy', '7 years'), key(2, 'patch', '7 years')], at(1)).ring;
    assert.notEqual(ringFault(own), undefined, 'keys for one retention seal nothing else');
  });

  test('seals with the newest key of a retention, else with that for any', () => {
    const ring = rotated(second, [key(5, 'copy', '7 years')], at(3)).ring;
    assert.equal(keyInUse(ring, 'copy', '25 months')?.id, idOf(3));
    assert.equal(keyInUse(ring, 'copy', '7 years')?.id, idOf(5));
    assert.equal(keyInUse(ring, 'patch', '7 years')?.id, idOf(4));
  });

  test('retires, with a rotation, what has the same use and retention and nothing else', () => {
    assert.deepEqual(rotated(first, [key(3, 'copy')], at(2)).retired, [idOf(1)]);
    assert.deepEqual(rotated(first, [key(3, 'copy', '7 years')], at(2)).retired, []);
    assert.deepEqual(rotated(second, [key(5, 'copy'), key(6, 'patch')], at(3)).retired, [idOf(3), idOf(4)]);
  });

  test('comes back from its text as it was', () => {
    const ring = shredded(held(second, hold), idOf(2), at(4));
    assert.deepEqual(parseKeyRing(formatKeyRing(ring)), { ok: true, value: ring });
  });
});

describe('a key is shredded', () => {
  const why = (ring: KeyRing, number: number) => refuseShred(ring, idOf(number))?.why;
  test('when it is retired and nothing holds it', () => assert.equal(why(second, 1), undefined));
  test('not while it seals', () => assert.equal(why(second, 3), 'in_use'));
  test('not when it is unknown', () => assert.equal(why(second, 9), 'unknown'));
  test('not twice', () => assert.equal(why(shredded(second, idOf(1), at(4)), 1), 'shredded_before'));
  test('not under a legal hold, and again when each hold on it is released', () => {
    const ring = held(held(second, hold), { ...hold, id: 'h2' });
    assert.equal(why(ring, 1), 'legal_hold');
    assert.equal(why(ring, 2), undefined);
    assert.equal(why(released(ring, 'h1'), 1), 'legal_hold', 'the other one is still there');
    assert.equal(why(released(released(ring, 'h1'), 'h2'), 1), undefined);
  });
});

describe('a file is refused that is not a ring', () => {
  const text = (change: object): string => JSON.stringify({ ...first, ...change });
  for (const [name, wrong] of [
    ['empty', ''],
    ['not JSON', '{'],
    ['another version', text({ v: 2 })],
    ['a member nobody knows', text({ more: 1 })],
    ['a key without a public half', text({ keys: [{ ...first.keys[0], public: '' }] })],
    ['a key for a use nobody knows', text({ keys: [{ ...first.keys[0], use: 'all' }] })],
    ['a retention that is none', text({ keys: [{ ...first.keys[0], retention: 'forever' }] })],
    ['one key twice', text({ keys: [first.keys[0], first.keys[0]] })],
    ['a hold of nothing', text({ holds: [{ ...hold, keys: [] }] })],
  ] as const) {
    test(name, () => assert.equal(parseKeyRing(wrong).ok, false));
  }
});
