import type { Approval, ApprovalError } from '../approval/approval.ts';
import { codeWords } from '../error-codes.ts';
import { ended } from './api-errors.ts';
import type { Preferences } from './preferences.ts';
import { refused, type Stop } from './stop.ts';

/** The answer for an approval that did not open the call. */
export function answerOf(approval: Approval, location: string, prefers: Preferences): Stop {
  switch (approval.state) {
    case 'denied':
      return refused('ERR_APPROVAL_DENIED', 'approval_denied', {
        detail: approval.votes.at(-1)?.reason ?? '',
        location,
      });
    case 'expired':
    case 'withdrawn':
    case 'revoked':
      return refused('ERR_APPROVAL_EXPIRED', `approval_${approval.state}`, {
        detail: 'Send the call again to ask anew.',
        location,
      });
    default:
      return {
        kind: 'refused',
        outcome: 'pending',
        refusal: {
          code: 'ERR_APPROVAL_PENDING',
          reason: 'approval_pending',
          detail: [ended(approval.because), 'Send the same call again to go on waiting.'].join(' ').trim(),
          location,
          ...(prefers.respondAsync ? accepted(prefers) : { retryAfter: 1 }),
        },
      };
  }
}

/** Nobody waits on a connection any more, so the next call need not come within a second; but before the request is withdrawn. */
const accepted = ({ waitMs }: Preferences): { readonly retryAfter: number; readonly applied: string } => ({
  retryAfter: 10,
  applied: waitMs === undefined ? 'respond-async' : `respond-async, wait=${waitMs / 1000}`,
});

/** The answer when the approval cannot even be asked for or used. */
export function answerOfError(error: ApprovalError): Stop {
  if (error.code === 'ERR_HOLDS_EXHAUSTED') return refused('ERR_HOLDS_EXHAUSTED', error.reason, { retryAfter: 30 });
  if (error.code === 'ERR_APPROVAL_BINDING') return refused('ERR_POLICY_DENIED', error.reason);
  return refused('ERR_APPROVAL_UNAVAILABLE', `${codeWords(error.code)}: ${error.reason}`, {
    retryAfter: 5,
  });
}
