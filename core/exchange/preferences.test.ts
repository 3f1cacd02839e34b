import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { preferencesOf } from './preferences.ts';

const prefer = (...values: readonly string[]) => preferencesOf(values.map((value) => ['prefer', value] as const));

const cases: readonly (readonly [values: readonly string[], respondAsync: boolean, waitMs: number | undefined])[] = [
  [[], false, undefined],
  [['wait=10'], false, 10_000],
  [['respond-async'], true, undefined],
  [['respond-async, wait=10'], true, 10_000],
  [['wait=10,respond-async'], true, 10_000],
  [['respond-async', 'wait=10'], true, 10_000],
  [['Respond-Async; foo="a, b", WAIT = "10"'], true, 10_000],
  [['respond-async=""'], true, undefined],
  [['wait=5, wait=10'], false, 5_000],
  [['wait=0'], false, 0],
  [['wait=abc'], false, undefined],
  [['wait=-1'], false, undefined],
  [['wait=99999999'], false, undefined],
  [['foo="bar, respond-async, wait=1"'], false, undefined],
  [['foo="say \\", respond-async"'], false, undefined],
  [['foo="never closed, respond-async'], false, undefined],
  [['respond-asynchronously'], false, undefined],
  [['respond-sync;respond-async'], false, undefined],
];
for (const [values, respondAsync, waitMs] of cases) {
  test(`Prefer: ${values.join(' | ')}`, () => assert.deepEqual(prefer(...values), { respondAsync, waitMs }));
}

test('anything at all is read, and a wait is a number of whole seconds', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'wait=respond-async,;"\\ 10') })), (values) => {
      const { waitMs } = prefer(...values);
      assert.ok(waitMs === undefined || (Number.isSafeInteger(waitMs / 1000) && waitMs >= 0));
    }),
  );
});
