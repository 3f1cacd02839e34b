import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import fc from 'fast-check';
import { Clues } from './context/clues.ts';
import { entities } from './entities.ts';
import { readersOf } from './entity-readers.ts';
import {
  any,
  beginningsOf,
  chars,
  literal,
  maxBytes,
  type Pattern,
  repeat,
  seq,
  sourceOf,
  uncounted,
} from './pattern.ts';
import { hostile } from './planted.testing.ts';
import { contextPoints, keyPoints, thresholds } from './score.ts';

const engine = createPatternEngine();
const encoder = new TextEncoder();

const anyPattern: fc.Arbitrary<Pattern> = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(chars('a'), chars('b-c'), literal('ab')),
    fc.array(tie('pattern'), { minLength: 1, maxLength: 3 }).map((parts) => seq(...parts)),
    fc.array(tie('pattern'), { minLength: 1, maxLength: 3 }).map((of) => any(...of)),
    fc
      // Three repeats inside each other stay below the 1,000 copies that RE2 allows.
      .tuple(tie('pattern'), fc.nat(2), fc.integer({ min: 1, max: 7 }))
      .map(([of, min, extra]) => (extra % 3 === 0 ? uncounted : repeat)(of, min, min + extra)),
  ),
})).pattern;

/** A text of the pattern, chosen by `pick`; written from the meaning of the tree, not from its source. */
function example(pattern: Pattern, pick: (count: number) => number): string {
  switch (pattern.kind) {
    case 'chars':
      return pattern.set === 'b-c' ? 'c' : (pattern.set[0] ?? '');
    case 'seq':
      return pattern.parts.map((part) => example(part, pick)).join('');
    case 'any': {
      const chosen = pattern.of[pick(pattern.of.length)];
      return chosen === undefined ? '' : example(chosen, pick);
    }
    case 'repeat': {
      const count = pattern.min + pick(Math.min(3, pattern.max - pattern.min + 1));
      return Array.from({ length: count }, () => example(pattern.of, pick)).join('');
    }
  }
}

describe('one tree, two sources', () => {
  it('every non-empty beginning of every match is held back, and no match is longer than the bound', () => {
    fc.assert(
      fc.property(anyPattern, fc.infiniteStream(fc.nat(1000)), (pattern, numbers) => {
        const text = example(pattern, (count) => (numbers.next().value ?? 0) % count);
        fc.pre(text.length < 200);
        assert.ok(text.length <= maxBytes(pattern));
        const open = engine.compile(`^(?:${beginningsOf(pattern)})!$`);
        const whole = engine.compile(`^(?:${sourceOf(pattern)})!$`);
        assert.ok(whole.test(encoder.encode(`${text}!`)));
        for (let end = 1; end <= text.length; end++) assert.ok(open.test(encoder.encode(`${text.slice(0, end)}!`)));
      }),
      { numRuns: 150 },
    );
  });

  it('a repeat without a finite bound is refused', () => {
    for (const max of [0, Number.POSITIVE_INFINITY, Number.NaN])
      assert.throws(() => sourceOf(repeat(chars('a'), 0, max)));
  });
});

describe('the patterns of this version', () => {
  const terms = { threshold: thresholds.usual, entities, hash: undefined };
  const shapes = entities.flatMap((entity) => Object.values(readersOf(entity, terms)));
  const heads = shapes.flatMap((shape) =>
    'head' in shape ? [{ name: `${shape.name}: the head`, pattern: shape.head }] : [],
  );
  const words = new Clues(entities, []).head;
  const all = [...shapes, ...heads, ...(words === undefined ? [] : [{ name: 'words', pattern: words }])];
  it('every entity but names of people has one', () => {
    assert.deepEqual(
      entities.filter((entity) => !shapes.some(({ name }) => name === entity)),
      ['person_name'],
    );
  });
  for (const { name, pattern } of all) {
    it(`${name}: finite, without groups, without assertions`, () => {
      assert.ok(maxBytes(pattern) < 1024);
      for (const source of [sourceOf(pattern), beginningsOf(pattern)]) {
        assert.doesNotMatch(source.replaceAll(/\[(?:\\.|[^\]])*\]/g, 'c'), /\((?!\?:)|\\b|\^|\$/);
        engine.compile(source);
      }
    });
  }

  it('what is read at any place, whatever points there, is a match of the pattern: else the hold-back would not know of it', () => {
    for (const threshold of Object.values(thresholds)) {
      for (const shape of entities.flatMap((entity) => Object.values(readersOf(entity, { ...terms, threshold })))) {
        const whole = engine.compile(`^(?:${sourceOf(shape.pattern)})$`);
        const head = 'head' in shape ? engine.compile(sourceOf(shape.head)) : undefined;
        fc.assert(
          fc.property(hostile, fc.constantFrom(0, contextPoints, keyPoints), (text, points) => {
            const bytes = encoder.encode(text.replace(/[^\0-\x7f]/g, '\x1c'));
            for (let at = 0; at < bytes.length; at++) {
              if (head?.isAt(bytes, at) === false) continue;
              const match = shape.read(bytes, at, points);
              assert.ok(
                match === undefined || whole.test(bytes.subarray(match.start, match.end)),
                `${shape.name} ${text}`,
              );
            }
          }),
          { numRuns: 60 },
        );
      }
    }
  });
});
