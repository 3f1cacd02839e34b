import type { Principal } from '../identity/principal.ts';
import type { ApprovalTerms } from '../policy/policy.ts';
import type { Result } from '../result.ts';

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

/** Reads a binding back from a store or a wire; undefined when it is not 64 lower-case hex digits. */
export function parseApprovalBinding(hex: string): ApprovalBinding | undefined {
  return /^[0-9a-f]{64}$/.test(hex) ? (hex as ApprovalBinding) : undefined;
}

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

/**
 * One accepted step in the life of an approval, as the store logs it. Folding the events of one approval in order gives the
 * approval; a later store (Kafka) folds the same events with the same rules.
 */
export type ApprovalEvent =
  | { readonly type: 'requested'; readonly atMs: number; readonly id: string; readonly request: ApprovalRequest }
  | { readonly type: 'voted'; readonly atMs: number; readonly verdict: Verdict }
  | { readonly type: 'consumed'; readonly atMs: number; readonly session: string; readonly binding: ApprovalBinding }
  | { readonly type: 'expired'; readonly atMs: number }
  | { readonly type: 'withdrawn'; readonly atMs: number };

/** Beyond the port: what proc-service does to end what nobody waits for, and to record every end exactly as it happened. */
export interface ApprovalHousekeeping {
  /**
   * Ends what is over: live ones past their time expire; requested ones that no call has waited for since `abandonedMs` are
   * withdrawn. Returns all that ended in either way and whose `approval.expired` or `approval.withdrawn` record is still
   * owed, whoever ended them. Each is offered to one process at a time, and offered again a minute later unless `recorded`
   * was said: a record may be written twice after a crash, never not at all.
   */
  sweep(nowMs: number, abandonedMs: number): Result<readonly Approval[], ApprovalError>;
  /** Their records are durable in the caller's ledger; they are not offered again. */
  recorded(ids: readonly string[]): Result<void, ApprovalError>;
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
