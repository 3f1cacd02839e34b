/** A request for approval as tests want it. */
import { type ApprovalRequest, parseApprovalBinding } from './approval.ts';

export const issuer = 'https://login.bank.test';
export const startMs = Date.UTC(2026, 0, 15, 9);
export const minute = 60_000;
export const expiresMs = 30 * minute;

export function bindingOfDigit(hexDigit: string) {
  const binding = parseApprovalBinding(hexDigit.repeat(64));
  if (binding === undefined) throw new Error('one hex digit is wanted');
  return binding;
}

export function requestOf(change: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    binding: bindingOfDigit('a'),
    session: '01JHMZ0000000000000000SESS',
    requester: { subject: 'ana', issuer, client: 'notebook' },
    endpoint: 'credit-scoring',
    model: 'scorecard',
    rule: 'bulk-needs-a-second-person',
    because: 'Scoring many accounts at once needs approval',
    terms: { groups: ['model-risk'], count: 1, waitMs: 240_000, expiresMs, scope: 'request' },
    digest: 'd'.repeat(64),
    facts: { rows: '101' },
    preview: { text: '{"rows": 101}', truncated: false },
    ...change,
  };
}
