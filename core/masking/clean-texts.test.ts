import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CleanTexts } from './clean-texts.ts';
import type { Detector } from './detector.ts';

const detector = (): Detector => Object.create(null);

test('what one detector found clean says nothing about another one', () => {
  const texts = new CleanTexts();
  const [bank, strict] = [detector(), detector()];
  texts.add(bank, '/v1/chat/completions');
  assert.equal(texts.has(bank, '/v1/chat/completions'), true);
  assert.equal(texts.has(strict, '/v1/chat/completions'), false);
});

test('a caller who sends ever new or very long texts does not make it grow', () => {
  const texts = new CleanTexts();
  const bank = detector();
  for (let index = 0; index < 10_000; index++) texts.add(bank, `/v1/${index}`);
  let kept = 0;
  for (let index = 0; index < 10_000; index++) if (texts.has(bank, `/v1/${index}`)) kept++;
  assert.ok(kept <= 1024, `${kept}`);
  texts.add(bank, 'x'.repeat(10_000));
  assert.equal(texts.has(bank, 'x'.repeat(10_000)), false);
});
