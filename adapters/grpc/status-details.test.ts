import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusDetails } from '@countersign/core/exchange/grpc-details.ts';
import fc from 'fast-check';
import { readStatusDetails } from './status-details.testing.ts';

const read = (text: string) => {
  assert.doesNotMatch(text, /[-_=]/, 'the plain alphabet, not padded');
  return readStatusDetails(Buffer.from(text, 'base64'));
};

test('a refusal without more: code, message, and the reason in a machine’s words', () => {
  const refusal = { code: 'ERR_POLICY_DENIED', reason: 'no_allow_rule' } as const;
  assert.deepEqual(read(statusDetails(refusal, 'Not permitted.', 'S1')), {
    code: 7,
    message: 'Not permitted.',
    ErrorInfo: { reason: 'POLICY_DENIED', domain: 'countersign', metadata: { session: 'S1' } },
  });
});

test('an approval that is pending: where it is, and when to come again', () => {
  const refusal = {
    code: 'ERR_APPROVAL_PENDING',
    reason: 'approval_pending',
    retryAfter: 1,
    location: 'https://approvals.test/1',
  } as const;
  assert.deepEqual(read(statusDetails(refusal, 'Wait.', 'S1')), {
    code: 10,
    message: 'Wait.',
    ErrorInfo: {
      reason: 'APPROVAL_PENDING',
      domain: 'countersign',
      metadata: { session: 'S1', approval: refusal.location },
    },
    RetryInfo: { retry_delay: { seconds: 1, nanos: 0 } },
    Help: { links: [{ description: 'The approval', url: refusal.location }] },
  });
});

test('any text, and any wait, is read back as it was written', () => {
  const text = fc.string({ unit: 'binary', maxLength: 400 });
  fc.assert(
    fc.property(text, text, fc.nat(), (message, location, retryAfter) => {
      const refusal = { code: 'ERR_BUSY', reason: 'x', retryAfter, location } as const;
      const status = read(statusDetails(refusal, message, 'S1'));
      assert.equal(status['message'], message);
      assert.deepEqual(status['RetryInfo'], { retry_delay: { seconds: retryAfter, nanos: 0 } });
      assert.deepEqual(status['Help'], { links: [{ description: 'The approval', url: location }] });
    }),
  );
});
