/** google.rpc.Code, the ones we answer with. */
export const grpcCodes = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/**
 * Every answer Countersign gives a caller instead of the model's, in one closed list. The title is all a stranger is told; the
 * record has the reason. docs/errors.md explains each, docs/adr/0011 why it has this status.
 */
export const refusals = {
  ERR_CREDENTIAL: { status: 401, grpc: 'UNAUTHENTICATED', title: 'A valid credential is required' },
  ERR_ISSUER_UNAVAILABLE: { status: 503, grpc: 'UNAVAILABLE', title: 'Credentials cannot be verified at the moment' },
  ERR_REQUEST_TARGET: { status: 400, grpc: 'INVALID_ARGUMENT', title: 'The request target is not acceptable' },
  ERR_REQUEST_HEADERS: { status: 400, grpc: 'INVALID_ARGUMENT', title: 'The request headers are not acceptable' },
  ERR_POLICY_DENIED: { status: 403, grpc: 'PERMISSION_DENIED', title: 'Not permitted by policy' },
  ERR_HAND_OFF: { status: 403, grpc: 'PERMISSION_DENIED', title: 'Not permitted' },
  ERR_BODY_TOO_LARGE: { status: 413, grpc: 'RESOURCE_EXHAUSTED', title: 'The request body is too large' },
  ERR_REQUEST_TIMEOUT: { status: 408, grpc: 'DEADLINE_EXCEEDED', title: 'The request did not arrive in time' },
  ERR_BUSY: { status: 503, grpc: 'UNAVAILABLE', title: 'Too much is being received at the moment' },
  ERR_REQUEST_PROTOCOL: { status: 415, grpc: 'UNIMPLEMENTED', title: 'This endpoint does not take such a call' },
  ERR_BODY_CODING: { status: 415, grpc: 'UNIMPLEMENTED', title: 'This content coding is not readable here' },
  ERR_BODY_UNREADABLE: { status: 400, grpc: 'INVALID_ARGUMENT', title: 'The request body is not acceptable' },
  ERR_VALUE_BLOCKED: { status: 403, grpc: 'PERMISSION_DENIED', title: 'The request holds data that may not leave' },
  ERR_MODEL_MISMATCH: {
    status: 400,
    grpc: 'INVALID_ARGUMENT',
    title: 'The model named in the body is not the one of this endpoint',
  },
  ERR_APPROVAL_PENDING: { status: 409, grpc: 'ABORTED', title: 'Waiting for approval' },
  ERR_APPROVAL_DENIED: { status: 403, grpc: 'PERMISSION_DENIED', title: 'The approval was refused' },
  ERR_APPROVAL_EXPIRED: { status: 403, grpc: 'PERMISSION_DENIED', title: 'The approval was not given in time' },
  ERR_HOLDS_EXHAUSTED: {
    status: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'Too many calls of yours are waiting for approval',
  },
  ERR_APPROVAL_UNAVAILABLE: { status: 503, grpc: 'UNAVAILABLE', title: 'Approvals cannot be taken at the moment' },
  ERR_RECORD_UNAVAILABLE: { status: 503, grpc: 'UNAVAILABLE', title: 'The call cannot be recorded at the moment' },
  ERR_RESPONSE_UNREADABLE: { status: 502, grpc: 'INTERNAL', title: 'The answer of the model could not be read' },
  ERR_INTERNAL: { status: 500, grpc: 'INTERNAL', title: 'Internal error' },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly grpc: keyof typeof grpcCodes; readonly title: string }>
>;

export type RefusalCode = keyof typeof refusals;

/** A call that Countersign answers itself. */
export interface Refusal {
  readonly code: RefusalCode;
  /** snake_case, for the record: never shown to the caller. */
  readonly reason: string;
  /** For a verified caller only: the rule's `because`, or what to do next. */
  readonly detail?: string;
  /** Seconds for Retry-After. */
  readonly retryAfter?: number;
  /** Where the approval can be seen. */
  readonly location?: string;
  /** `Preference-Applied`: the caller asked for 202 instead of an error (RFC 7240 respond-async). */
  readonly applied?: string;
}

/** Never 202 unless it was asked for: the SDKs of OpenAI and Anthropic take a 202 for an answer of the model, an empty one. */
export const statusOf = (refusal: Refusal): number =>
  refusal.applied === undefined ? refusals[refusal.code].status : 202;

/** A code as records and problem types spell it: `ERR_LEDGER_FULL` is `ledger_full`. */
export const codeWords = (code: string): string => code.slice('ERR_'.length).toLowerCase();

/** `type` of problem details (RFC 9457). */
export const problemType = (code: string): string => `urn:countersign:problem:${codeWords(code).replaceAll('_', '-')}`;
