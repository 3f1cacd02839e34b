import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import fc from 'fast-check';
import type { TableWalk } from '../../ports.ts';
import { isAlphanumeric } from '../characters.ts';
import { Clues } from '../context/clues.ts';
import { entities } from '../entities.ts';
import { readersOf } from '../entity-readers.ts';
import { sourceOf } from '../pattern.ts';
import { hostile, planted } from '../planted.testing.ts';
import { thresholds } from '../score.ts';
import { runs } from '../seeded-runs.testing.ts';
import { spellingTripwire } from '../tripwire.ts';
import { HeadList, Heads } from './heads.ts';
import { type Head, rulesOf } from './rules.ts';
import { blockBytes, memoryBytes, noneFound, Scan, tableIn } from './scan.ts';
import { flagged, mostStates, type Rule, rowLength, Table } from './table.ts';

const patterns = createPatternEngine();
const encoder = new TextEncoder();
const terms = { threshold: thresholds.usual, entities, hash: undefined };
const words = new Clues(entities, []).head;
const rules: readonly Rule<Head>[] = [
  ...entities
    .flatMap((entity) => readersOf(entity, terms).anywhere ?? [])
    .flatMap((reader) => (reader.isLong === true ? [] : rulesOf(reader))),
  ...(words === undefined ? [] : [{ pattern: words, means: { offset: 1, reader: 'clue' } as const }]),
  { pattern: spellingTripwire.pattern, means: { offset: 0, reader: 'wire' } },
];
const compiled = rules.map(({ pattern }) => patterns.compile(sourceOf(pattern)));
const walk = patterns.tableWalk(memoryBytes);
const table = tableOf(walk, mostStates);
function tableOf(of: TableWalk, states: number): Table<number, readonly number[]> {
  const numbered = rules.map(({ pattern }, means) => ({ pattern, means }));
  return new Table(numbered, (means) => means, tableIn(of).subarray(0, states * rowLength));
}

/** What RE2 says begins at each place, one place after the other; -1 is the place in front of the text. */
function asked(bytes: Uint8Array): readonly string[] {
  const withFront = Uint8Array.from([0x0a, ...bytes]);
  return Array.from(withFront, (_, at) =>
    compiled.flatMap((pattern, rule) => (pattern.isAt(withFront, at) ? [rule] : [])),
  )
    .map((begun, at) => `${at - 1}: ${begun}`)
    .filter((line) => !line.endsWith(' '));
}

/** What the table says, block by block. */
function read(bytes: Uint8Array, size = blockBytes, states = table, of = walk): readonly string[] {
  const found = noneFound();
  const scan = new Scan(states, of);
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; from += size) {
    scan.read(bytes, from, Math.min(bytes.length, from + size), from === 0, found);
    for (let index = 0; index < found.count; index++)
      lines.push(`${found.at[index]}: ${states.found(found.state[index] ?? 0)}`);
  }
  return lines;
}

const ascii = hostile.map((text) => encoder.encode(text.replace(/[^\0-\x7f]/g, '\x1c')));

describe('a text is read from its end, in six places at once', () => {
  it('and what begins in it is what RE2 finds at each place', (test) => {
    fc.assert(
      fc.property(
        fc.array(ascii, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 300, max: 1500 }),
        (parts, size) => {
          const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
          if (bytes.length === 0) return;
          const expected = asked(bytes);
          assert.deepEqual(read(bytes), expected);
          assert.deepEqual(read(bytes, size), expected, 'in smaller blocks');
        },
      ),
      runs(test, 60),
    );
  });

  it('in blocks of its own size, whatever their edges cut', () => {
    const piece =
      'card number 4111 1111 1111 1111, (415) 555-0123, a.b@example.org, 2001:db8::1, GB82WEST, {"ssn":"123-45-6789"} ';
    for (const length of [blockBytes - 1, blockBytes, blockBytes + 1, 2 * blockBytes + 77]) {
      const bytes = encoder.encode(piece.repeat(Math.ceil(length / piece.length))).subarray(0, length);
      assert.deepEqual(read(bytes), asked(bytes));
    }
  });

  it('a table that has no more room begins anew, with the same answers', () => {
    let seed = 7;
    const alphabet = 'ABCdef0123456789 -.:+()@/"cardssniban';
    const bytes = Uint8Array.from({ length: 3 * blockBytes }, () => {
      seed = (seed * 48271) % 2147483647;
      return alphabet.charCodeAt(seed % alphabet.length);
    });
    const other = patterns.tableWalk(memoryBytes);
    const narrow = tableOf(other, blockBytes + 600);
    assert.deepEqual(read(bytes, blockBytes, narrow, other), read(bytes));
  });
});

describe('the states of a table', () => {
  it('are few for all that is no word: a pattern that would multiply them does not come in', () => {
    const values = rules.filter(({ means }) => means.reader !== 'clue');
    const states = new Table(values, (means) => means, tableIn(patterns.tableWalk(memoryBytes)));
    const open = [states.start];
    const seen = new Set(open);
    for (let state = open.pop(); state !== undefined && seen.size < mostStates; state = open.pop()) {
      for (let byte = 0; byte < rowLength; byte++) {
        const entry = states.entry(state, byte);
        const next = entry < 0 ? flagged(entry) : entry;
        if (!seen.has(next)) open.push(next);
        seen.add(next);
      }
    }
    assert.ok(seen.size < 2500, `${seen.size} states`);
  });
});

describe('the heads of a profile', () => {
  // An address takes for granted that it is asked at its "@".
  const readers = entities.flatMap((entity) => (entity === 'email' ? [] : (readersOf(entity, terms).anywhere ?? [])));
  const heads = new Heads(patterns, { recognizers: readers, custom: [], clues: undefined, wire: undefined });
  const piece = fc.oneof(
    fc.constantFrom(...planted.map(({ value }) => value), '20+', '1234567+', '/users/', '+', '+1', '00', '(415)'),
    fc.stringMatching(/^[0-9+ /a]{0,12}$/),
  );

  it('miss no value: what a reader reads, wherever it is asked, lies in what it reads where it would be asked', (test) => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const bytes = encoder.encode(pieces.join(''));
        const list = new HeadList();
        heads.collect(bytes, 0, true, list);
        for (const reader of readers) {
          const asked = list.at.slice(0, list.count).filter((_, index) => list.kinds[index]?.readers.includes(reader));
          const found = asked.flatMap((at) => reader.read(bytes, at, 0) ?? []);
          for (let at = 0; at < bytes.length; at++) {
            // Inside a run of letters and digits no long value is looked for.
            if (reader.isLong === true && isAlphanumeric(bytes[at - 1])) continue;
            const match = reader.read(bytes, at, 0);
            const isIn =
              match === undefined || found.some(({ start, end }) => start <= match.start && match.end <= end);
            assert.ok(isIn, `${reader.name} at ${at} of ${pieces.join('')}`);
          }
        }
      }),
      runs(test, 400),
    );
  });

  it('ask for no phone number behind a sign of a sum, nor for an address in a part that is too short for one', () => {
    for (const text of ['1+20934567890', '20+12345678', 'a+1', `x/${'1'.repeat(20)}/1aaaaaaaaaaaaaaa`]) {
      const list = new HeadList();
      heads.collect(encoder.encode(text), 0, true, list);
      const names = list.kinds.slice(0, list.count).flatMap((kind) => kind.readers.map(({ name }) => name));
      assert.ok(!names.includes('phone'), text);
      assert.ok(!list.at.slice(0, list.count).includes(text.lastIndexOf('/') + 1) || !text.includes('/'), text);
    }
  });
});

describe('a list of heads', () => {
  it('is ascending in whatever order they come', () => {
    const list = new HeadList();
    const kind = { readers: [], isClue: false, isWire: false };
    for (const at of [3, 5, 4, 9, 1, 9, 2]) list.add(at, kind);
    assert.deepEqual(list.at.slice(0, list.count), [1, 2, 3, 4, 5, 9, 9]);
    const other = new HeadList();
    for (const at of [0, 4, 6, 12]) other.add(at, kind);
    list.merge(other);
    assert.deepEqual(list.at.slice(0, list.count), [0, 1, 2, 3, 4, 4, 5, 6, 9, 9, 12]);
    assert.equal(other.count, 0);
    for (const at of [2, 5, 13]) other.add(at, kind);
    const whole = new HeadList();
    let next = 0;
    for (const at of [1, 5, 6]) {
      next = whole.addThoseBefore(at, other, next);
      whole.add(at, kind);
    }
    whole.addThoseBefore(Number.POSITIVE_INFINITY, other, next);
    assert.deepEqual(whole.at.slice(0, whole.count), [1, 2, 5, 5, 6, 13]);
  });
});
