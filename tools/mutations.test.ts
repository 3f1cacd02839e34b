/** Whatever is done to a thousand records and to what vouches for them, both verifiers find it, and say the same. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { copyOf, type Evidence, key, makeEvidence } from './evidence.testing.ts';
import { forgedLedgers } from './forged-ledgers.testing.ts';
import { type Case, mutations } from './mutations.testing.ts';
import { type Asked, askFirst, askSecond, SecondVerifier, skipWithoutPython } from './verifiers.testing.ts';

const cleanUps: (() => void)[] = [];
let evidence: Evidence;
const second = skipWithoutPython === false ? new SecondVerifier() : undefined;
before(async () => {
  evidence = await makeEvidence({ after: (cleanUp) => cleanUps.push(cleanUp) });
});
after(() => {
  second?.close();
  for (const cleanUp of cleanUps) cleanUp();
});

function asked(e: Evidence, trust: Case['trust']): Asked {
  const { directory, anchor } = e;
  if (trust === undefined) return { directory };
  return trust === 'pinned' ? { directory, pinned: [key.key] } : { directory, pinned: [key.key], anchor };
}

test('the evidence as it was written is consistent, by whatever is trusted, for both verifiers', {
  skip: skipWithoutPython,
}, () => {
  for (const trust of [undefined, 'pinned', 'anchored'] as const) {
    const clean = { exitCode: 0, reasons: [] };
    assert.deepEqual(askFirst(asked(evidence, trust)), clean);
    assert.deepEqual(askSecond(asked(evidence, trust)), clean);
  }
});

for (const { what, exitCode, reason, trust, harm } of [...mutations, ...forgedLedgers]) {
  test(`${what} → exit ${exitCode}`, { skip: skipWithoutPython }, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-mutation-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const copy = copyOf(evidence, folder);
    await harm(copy);
    const first = askFirst(asked(copy, trust));
    assert.equal(first.exitCode, exitCode, first.reasons.join(' '));
    assert.ok(first.reasons.includes(reason), first.reasons.join(' '));
    assert.deepEqual(await second?.ask(asked(copy, trust)), first);
  });
}
