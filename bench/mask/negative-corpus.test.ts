import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import { negativeCorpus, negativeKinds } from './negative-corpus.ts';

const engine = createMasking();
const bytes = 1_000_000;

describe('a megabyte with nothing personal in it', () => {
  const found = new Map<string, string[]>();
  for (const { kind, text } of negativeCorpus(1, bytes)) {
    const { spans } = engine.inspect(text, bankProfile);
    for (const [start, end, entity] of spans) {
      const list = found.get(kind) ?? [];
      list.push(`${entity}: ${text.slice(start, end)}`);
      found.set(kind, list);
    }
  }
  it('has at most one false mask', () => {
    const all = [...found.values()].flat();
    assert.ok(all.length <= 1, all.join('\n'));
  });
  it('is the same from the same seed, and of every kind', () => {
    const lines = [...negativeCorpus(7, 20_000)];
    assert.deepEqual([...negativeCorpus(7, 20_000)], lines);
    assert.deepEqual([...new Set(lines.map(({ kind }) => kind))], negativeKinds);
  });
});
