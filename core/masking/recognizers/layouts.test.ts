import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { endOfDigits, gapLength } from '../characters.ts';
import { betweenGroups } from './groups.ts';
import { Layouts, separatorKind } from './layouts.ts';

const encoder = new TextEncoder();

function isWhole(layouts: Layouts, text: string): boolean {
  const bytes = encoder.encode(text);
  let end = endOfDigits(bytes, 0);
  let state = layouts.next(Layouts.start, 0, end);
  while (end < bytes.length) {
    const gap = gapLength(bytes, end, betweenGroups);
    const groupEnd = endOfDigits(bytes, end + gap);
    state = layouts.next(state, separatorKind(bytes, end, gap), groupEnd - end - gap);
    end = groupEnd;
  }
  return layouts.isWhole(state);
}

describe('layouts of groups', () => {
  const layouts = new Layouts({ 9: '', '3 2 4': ' -.', '5 4': ' -', '3 2': '/' }, { '* *': '/' });

  it('a space in a layout stands for every separator beyond ASCII, a dash for one between spaces', () => {
    assert.ok(isWhole(layouts, '123\x1c45\x1c6789'));
    assert.ok(isWhole(layouts, '123 - 45 - 6789'));
  });

  it('separators may differ within a number, but only among those of its own layout', () => {
    assert.ok(isWhole(layouts, '123-45 6789'));
    assert.ok(isWhole(layouts, '123.45.6789'));
    assert.ok(!isWhole(layouts, '12345.6789'));
    assert.ok(!isWhole(layouts, '123/45-6789'));
  });

  it('the beginning of a layout is none, and nothing goes on behind what is none', () => {
    assert.ok(!isWhole(layouts, '123-45'));
    assert.equal(layouts.next(Layouts.none, 0, 9), Layouts.none);
    assert.ok(!layouts.isWhole(Layouts.none));
  });

  it('a group longer than any number of ours is none, even where any size would do', () => {
    assert.ok(isWhole(layouts, `${'1'.repeat(31)}/1`));
    assert.ok(!isWhole(layouts, `${'1'.repeat(32)}/1`));
    assert.ok(!isWhole(layouts, `${'1'.repeat(41)}`));
  });

  it('says the same as a regular expression of the sizes', () => {
    const sizes = /^(?:9|3[- .]2[- .]4|5[- ]4|\d+\/\d+)$/;
    const number = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.tuple(fc.constantFrom(' ', '-', '.', '/'), fc.integer({ min: 1, max: 9 })), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(number, ([first, more]) => {
        const spelled = [first, ...more.flat()].join('');
        const text = [first, ...more.flat()]
          .map((part) => (typeof part === 'number' ? '1'.repeat(part) : part))
          .join('');
        assert.equal(isWhole(layouts, text), sizes.test(spelled), spelled);
      }),
      {
        numRuns: 500,
        examples: [
          [
            [
              3,
              [
                ['-', 2],
                ['.', 4],
              ],
            ],
          ],
          [[5, [[' ', 4]]]],
          [[9, []]],
        ],
      },
    );
  });
});
