import type { Principal } from '../identity/principal.ts';
import type { ApprovalTerms } from '../policy/policy.ts';

export const approvalStates = [
  'requested',
  'approved',
  'denied',
  'expired',
  'withdrawn',
  'consumed',
  'revoked',
] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** What an approval is good for, and nothing else. Hex of an HMAC over all the parts named in docs. */
export type ApprovalBinding = string & { readonly __brand: 'ApprovalBinding' };

/** What proc-service asks people to decide. */
export interface ApprovalRequest {
  readonly binding: ApprovalBinding;
  /** Session of the first call that asked. */
  readonly session: string;
  readonly requester: Pick<Principal, 'subject' | 'issuer' | 'client'>;
  readonly endpoint: string;
  readonly model: string;
  readonly rule: string;
  readonly because: string;
  readonly terms: ApprovalTerms;
  /** Keyed digest of the exact pre-mask bytes, hex. */
  readonly digest: string;
  /** Facts shown to the approver as they were evaluated: rows, bytes, … as strings. */
  readonly facts: Readonly<Record<string, string>>;
  /** Masked text (at least profile `bank`), at most 4 KiB, and whether it was cut. */
  readonly preview: { readonly text: string; readonly truncated: boolean };
}

export interface Vote {
  readonly by: Pick<Principal, 'subject' | 'issuer' | 'groups' | 'amr' | 'acr' | 'client'>;
  readonly verdict: 'approve' | 'deny';
  readonly reason: string;
  readonly atMs: number;
}
/** A vote on its way in: the time is the store's. */
export type Verdict = Omit<Vote, 'atMs'>;

export interface Approval extends ApprovalRequest {
  /** ULID. */
  readonly id: string;
  readonly state: ApprovalState;
  readonly requestedAtMs: number;
  readonly expiresAtMs: number;
  readonly votes: readonly Vote[];
  /** When it left `requested`. */
  readonly decidedAtMs?: number;
  /** The session that used it. */
  readonly consumedBy?: string;
}

export interface ApprovalError {
  readonly code:
    | 'ERR_APPROVAL_UNKNOWN'
    | 'ERR_APPROVAL_NOT_OPEN'
    | 'ERR_APPROVAL_SELF'
    | 'ERR_APPROVAL_NOT_ENTITLED'
    | 'ERR_APPROVAL_ALREADY_VOTED'
    | 'ERR_APPROVAL_BINDING'
    | 'ERR_APPROVAL_REASON_MISSING'
    | 'ERR_HOLDS_EXHAUSTED'
    | 'ERR_APPROVAL_STORE';
  readonly reason: string;
}
