import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServiceArguments } from './service-arguments.ts';

const parse = (...more: string[]) => parseServiceArguments(['--config', '/etc/countersign', ...more]);

test('a service that is told nothing outwaits the health check of an Envoy in front', () => {
  const { replica, listen, metrics, drainDelayMs, drainMs } = parse();
  assert.deepEqual(
    { replica, listen, metrics, drainDelayMs, drainMs },
    { replica: '0', listen: undefined, metrics: undefined, drainDelayMs: 5_000, drainMs: 20_000 },
  );
});

test('the delay and the drain are given in seconds; no delay where nobody is in front', () => {
  const { drainDelayMs, drainMs } = parse('--drain-delay', '0', '--drain', '90');
  assert.deepEqual([drainDelayMs, drainMs], [0, 90_000]);
});

for (const text of ['', '-1', '1.5', '5s', '1e3', '0x10', '10000', 'Infinity'])
  for (const option of ['--drain-delay', '--drain'])
    test(`${option}=${text} is refused`, () => {
      assert.throws(() => parse(`${option}=${text}`), { message: `${option} takes whole seconds, 0 to 9999` });
    });

for (const replica of ['', 'A', '-a', 'a/b', '../x', 'a'.repeat(64)])
  test(`--replica=${replica} is refused: it is part of a path and of a ledger's name`, () => {
    assert.throws(() => parse(`--replica=${replica}`), /--replica takes/);
  });

test('without a configuration nothing starts', () => {
  assert.throws(() => parseServiceArguments([]), /--config DIR is needed/);
});

test('an unknown option is refused, not ignored', () => {
  assert.throws(() => parse('--drain-time', '5'), /drain-time/);
});
