import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram as Reference, Registry } from 'prom-client';
import { Histogram } from './histogram.ts';

const spec = { name: 'h_seconds', help: 'a help', labels: ['a', 'b'], buckets: [0.001, 0.5, 1, 240] };
const sorted = (text: string): readonly string[] => text.trim().split('\n').toSorted();

test('says what prom-client says about the same values', async () => {
  const label = fc.string({ unit: fc.constantFrom('x', '"', '\\', '\n', ',', '{') });
  const value = fc.oneof(fc.constantFrom(...spec.buckets, 0), fc.double({ min: 0, max: 500, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(label, label, value), { minLength: 1 }), async (values) => {
      const registry = new Registry();
      const reference = new Reference({
        name: spec.name,
        help: spec.help,
        labelNames: spec.labels,
        buckets: spec.buckets,
        registers: [registry],
      });
      const own = new Histogram(spec);
      for (const [a, b, seconds] of values) {
        reference.observe({ a, b }, seconds);
        own.cell(a, b).observe(seconds);
      }
      const labelsFirst = (line: string): string => line.replace(/\{(le="[^"]*"),(.*)\} (\S+)$/, '{$2,$1} $3');
      assert.deepEqual(sorted(own.text()), sorted((await registry.metrics()).split('\n').map(labelsFirst).join('\n')));
    }),
  );
});

test('without labels, too', () => {
  const own = new Histogram({ name: 'n', help: 'h', labels: [], buckets: [1, 2] });
  own.cell().observe(2);
  own.cell().observe(3);
  assert.deepEqual(own.text().trim().split('\n').slice(2), [
    'n_bucket{le="1"} 0',
    'n_bucket{le="2"} 1',
    'n_bucket{le="+Inf"} 2',
    'n_sum 5',
    'n_count 2',
  ]);
});

test('labels that are missing are a bug', () => {
  assert.throws(() => new Histogram(spec).cell('a'), /has other labels/);
});
