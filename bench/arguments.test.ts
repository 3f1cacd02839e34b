import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from './arguments.ts';

test('without a word it measures every case against every target', () => {
  const command = parseCommand([]);
  assert.equal(command.name, 'calls');
  assert.ok(command.name === 'calls' && command.options.cases.length === 5);
  assert.ok(command.name === 'calls' && command.options.rounds >= 5 && command.options.warmSeconds >= 6);
});

test('cases are named one by one or with commas', () => {
  for (const argv of [
    ['--case', '4k-c16', '--case', 'sse'],
    ['calls', '--case', '4k-c16,sse'],
  ]) {
    const command = parseCommand(argv);
    assert.ok(command.name === 'calls');
    assert.deepEqual(
      command.options.cases.map(({ name }) => name),
      ['4k-c16', 'sse'],
    );
  }
});

test('a soak ends by the clock, or by a number of calls', () => {
  const byClock = parseCommand(['soak', '--minutes', '3']);
  assert.ok(byClock.name === 'soak' && byClock.options.seconds === 180 && byClock.options.calls === undefined);
  const byCalls = parseCommand(['soak', '--calls', '50000']);
  assert.ok(byCalls.name === 'soak' && byCalls.options.calls === 50_000 && byCalls.options.seconds >= 3_600);
});

test('masking is measured in rounds of so many milliseconds', () => {
  const command = parseCommand(['mask', '--rounds', '3', '--ms', '50', '--seed', '1']);
  assert.ok(command.name === 'mask' && command.options.rounds === 3 && command.options.ms === 50);
});

for (const argv of [
  ['race'],
  ['--case', '5k'],
  ['--rounds', 'many'],
  ['--rounds', '-1'],
  ['soak', '--rounds', '3'],
  ['--what'],
]) {
  test(`refused: ${argv.join(' ')}`, () => {
    assert.throws(() => parseCommand(argv), Error);
  });
}
