import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keptOf, leastHidden, mostOf, usualOf } from './disclosure.ts';

const mask = (keepFirst: number, keepLast: number) => ({ kind: 'mask', keepFirst, keepLast }) as const;

describe('what may stay readable of a value', () => {
  it('is nothing by default, but the last four of a card', () => {
    assert.deepEqual(usualOf('credit_card'), { first: 0, last: 4 });
    for (const name of ['us_ssn', 'email', 'own', 'constructor'])
      assert.deepEqual(usualOf(name), { first: 0, last: 0 });
  });

  it('is never more than a policy may ask for: an entity that nobody thought of shows its last four at most', () => {
    for (const name of ['us_ssn', 'of_a_later_version', 'constructor'])
      assert.deepEqual(mostOf(name), { first: 0, last: 4 });
  });

  it('is at most what was asked for, and leaves four letters or digits hidden in a value of any length', () => {
    const count = fc.nat(64);
    fc.assert(
      fc.property(count, count, count, fc.constantFrom('credit_card', 'us_ssn', 'own'), (first, last, length, name) => {
        const kept = keptOf(mask(first, last), name, length);
        assert.ok(kept.first >= 0 && kept.last >= 0 && kept.first <= first && kept.last <= last);
        assert.ok(length - kept.first - kept.last >= Math.min(length, leastHidden));
      }),
    );
  });

  it('is six and four of a card with fewer than sixteen digits, as PCI DSS has it', () => {
    assert.deepEqual(keptOf(mask(8, 4), 'credit_card', 16), { first: 8, last: 4 });
    assert.deepEqual(keptOf(mask(8, 4), 'credit_card', 15), { first: 6, last: 4 });
    assert.deepEqual(keptOf(mask(8, 4), 'credit_card', 12), { first: 4, last: 4 });
  });
});
