import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfirmations } from './confirmations.ts';

const ledger = 'proc-service/p1/01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const hourMs = 3_600_000;

test('a record is confirmed once all before it are, and no earlier', async () => {
  const confirmations = createConfirmations(hourMs, () => undefined);
  let settled = false;
  const reached = confirmations.reached({ ledger, seq: 7 }).then((answer) => {
    settled = true;
    return answer;
  });
  confirmations.take({ ledger, seq: 7 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(settled, false);
  confirmations.take({ ledger, seq: 8 });
  assert.equal(await reached, true);
});

test('what is confirmed already is not waited for, also after the end', async () => {
  const confirmations = createConfirmations(hourMs, () => assert.fail('nobody waits'));
  confirmations.take({ ledger, seq: 3 });
  assert.equal(await confirmations.reached({ ledger, seq: 2 }), true);
  confirmations.close();
  assert.equal(await confirmations.reached({ ledger, seq: 2 }), true);
  assert.equal(await confirmations.reached({ ledger, seq: 3 }), false);
});

test('numbers of another ledger confirm nothing', async () => {
  const confirmations = createConfirmations(hourMs, () => undefined);
  const reached = confirmations.reached({ ledger, seq: 0 });
  confirmations.take({ ledger: `${ledger}X`, seq: 100 });
  confirmations.close();
  assert.equal(await reached, false);
});

test('a wait is bounded, and the sender is asked where it is', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const confirmations = createConfirmations(2_000, () => {
    asked += 1;
  });
  const reached = confirmations.reached({ ledger, seq: 0 });
  assert.equal(asked, 1);
  t.mock.timers.tick(2_000);
  assert.equal(await reached, false);
});
