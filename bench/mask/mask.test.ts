import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeMachine } from '../measure/machine.ts';
import { maskChart } from './chart.ts';
import { adversarial, chatEvents, corpora } from './corpora.ts';
import { alternation, eventTimes, maskBody, meanHold } from './engine.ts';
import { measureAdversarial, measureRatios, type Opponent } from './measure.ts';
import { missed } from './targets.ts';

const opponent: Opponent = { load: () => Promise.resolve(), run: () => Promise.resolve({ ms: 1 }) };
const random = (): number => 0.5;

describe('corpora', () => {
  for (const { name, make } of [...corpora, ...adversarial]) {
    test(`${name}: exactly as long as asked for, the same each time`, () => {
      assert.equal(make(5000).length, 5000);
      assert.deepEqual(make(5000), make(5000));
    });
  }
  test('dense has something to mask, clean has not', () => {
    const [dense, clean] = ['dense', 'clean'].map((name) => {
      const { make } = corpora.find((corpus) => corpus.name === name) ?? { make: () => new Uint8Array(0) };
      return new TextDecoder().decode(make(2000));
    });
    assert.match(dense ?? '', /@example\.com/);
    assert.doesNotMatch(clean ?? '', /@/);
  });
});

test('ours masks a body of any length, and gives all of it back', () => {
  for (const bytes of [1, 1000, 100_000]) assert.equal(maskBody('text', new Uint8Array(bytes).fill(0x61)), bytes);
});

test('the yardstick searches for what the detector does', () => assert.match(alternation(), /@/));

test('a round gives speeds and ratios, a hostile alphabet its growth', async () => {
  const [corpus] = corpora;
  assert.ok(corpus);
  const lines = await measureRatios([{ corpus, bytes: 1024 }], opponent, { rounds: 2, ms: 1, random });
  assert.deepEqual([lines.length, lines[0]?.corpus, lines[0]?.bytes], [1, corpus.name, 1024]);
  assert.ok((lines[0]?.ratio.median ?? 0) > 0);
  assert.ok((lines[0]?.undisturbed ?? 0) > 0);
  const hostile = await measureAdversarial(adversarial.slice(0, 2), opponent, { rounds: 1, ms: 1, bytes: 1024 });
  assert.ok(hostile.every(({ growth, oursMBps }) => growth > 0 && oursMBps > 0));
  assert.match(maskChart({ lines, adversarial: hostile, machine: describeMachine(), rounds: 2 }), /^<svg /);
});

test('each target that is missed is named, and one that was not measured is missed', () => {
  const even = { median: 1, min: 1, max: 1 };
  const speeds = { oursMBps: even, yardstickMBps: even, ratio: even, undisturbed: 1 };
  const line = (corpus: string) => ({ corpus, bytes: 1 << 16, ...speeds });
  const fine = { eventP50Micros: 1, eventP99Micros: 2, meanHoldBytes: 3 };
  const lines = ['dense', 'clean', 'prose'].map(line);
  assert.deepEqual(missed(lines, [], fine), []);
  assert.equal(missed([], [], fine).length, 3);
  const slow = { alphabet: 'a', oursMBps: 49, yardstickMBps: 1, growth: 2.3 };
  assert.equal(missed(lines, [slow], { ...fine, eventP99Micros: 51, meanHoldBytes: Number.NaN }).length, 4);
});

test('events of a stream are timed one by one, and what is held behind a token is counted', () => {
  assert.equal(eventTimes(chatEvents(10)).length, 10);
  assert.ok(meanHold(new TextEncoder().encode('a word and another one'), 4) < 8);
});
