/** The story is a judge: here it is put before a gateway that does nothing at all, and must say so. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ModelServer, startModelServer } from '../model-server.ts';
import { bulkCallApproved } from './approvals.ts';
import { streamedAnswer } from './chat.ts';
import { callerWithoutRuleRefused, dumpRefused, strangersRefused, unsafeCallRefused } from './refusals.ts';
import { fewRowsScored } from './scoring.ts';
import type { Stage } from './stage.ts';
import { row } from './table.ts';

let model: ModelServer;
let stage: Stage;
before(async () => {
  model = await startModelServer();
  const nobody = { code: 0, stdout: '', stderr: '' };
  stage = {
    // The model itself stands where the gateway should be, and everybody holds its key.
    proxy: model.url,
    model,
    ledger: '',
    scratch: '',
    endGateway: async () => undefined,
    tokens: { ana: model.key, rex: model.key, tom: model.key },
    operator: {
      openApprovals: async () => [],
      decide: async () => nobody,
      verify: async () => nobody,
      showSession: async () => nobody,
      printSession: async () => nobody,
    },
  };
});
after(() => model.close());

for (const gzip of [false, true]) {
  test(`an unmasked stream fails the story (${gzip ? 'gzip' : 'identity'})`, async () => {
    const seen = await streamedAnswer(stage, gzip);
    assert.equal(seen.ok, false);
    assert.match(seen.seen, /the card came through/);
  });
}

test('an unmasked tensor fails the story', async () => {
  const seen = await fewRowsScored(stage);
  assert.equal(seen.ok, false);
});

test('a stranger who reaches the model fails the story, even when the model refuses him', async () => {
  const seen = await strangersRefused(stage);
  assert.equal(seen.ok, false);
  assert.match(seen.seen, /the model saw something/);
});

for (const [name, play] of [
  ['a caller without a rule', callerWithoutRuleRefused],
  ['a dump', dumpRefused],
  ['an unsafe call', unsafeCallRefused],
] as const) {
  test(`${name} that is answered fails the story`, async () => {
    assert.equal((await play(stage)).ok, false);
  });
}

test('a bulk call that nobody holds fails the story at once, in all of its steps', async () => {
  const { steps } = await bulkCallApproved(stage);
  assert.deepEqual(
    steps.map((step) => step.ok),
    [false, false, false],
  );
  assert.match(steps[0]?.seen ?? '', /it was not held/);
});

test('a table row keeps every word, however long a cell is', () => {
  const seen = 'word '.repeat(40).trim();
  const text = row({ name: 'a step', expected: 'something', seen, ok: false });
  assert.match(text, /^FAIL {2}a step/);
  assert.equal(text.match(/\bword\b/g)?.length, 40);
});
