/** Refusals of the console as RFC 9457 problem details. One table; what is not in it is an internal error. */
import type { ApprovalError } from '@countersign/core/approval/approval.ts';
import { problemType, refusals } from '@countersign/core/error-codes.ts';
import type { FastifyReply } from 'fastify';

/** The words of the data path where it has them, those of approvals here. */
const problems = {
  ERR_APPROVAL_UNKNOWN: { status: 404, title: 'There is no such approval, or it is not yours to see' },
  ERR_APPROVAL_NOT_OPEN: { status: 409, title: 'The approval is no longer open' },
  ERR_APPROVAL_SELF: { status: 403, title: 'Nobody decides about a request of their own' },
  ERR_APPROVAL_NOT_ENTITLED: { status: 403, title: 'You are not among those who may decide this' },
  ERR_APPROVAL_ALREADY_VOTED: { status: 409, title: 'You have already decided' },
  ERR_APPROVAL_BINDING: { status: 409, title: 'The approval is for another call' },
  ERR_APPROVAL_REASON_MISSING: { status: 400, title: 'A reason of 3 to 1000 readable characters is required' },
  ERR_HOLDS_EXHAUSTED: refusals.ERR_HOLDS_EXHAUSTED,
  ERR_APPROVAL_STORE: refusals.ERR_APPROVAL_UNAVAILABLE,
  ERR_RECORD_UNAVAILABLE: { status: 503, title: 'The decision cannot be recorded at the moment' },
  ERR_CREDENTIAL: refusals.ERR_CREDENTIAL,
  ERR_ISSUER_UNAVAILABLE: refusals.ERR_ISSUER_UNAVAILABLE,
  ERR_REQUEST_TARGET: { status: 404, title: 'There is nothing here' },
  ERR_BODY_TOO_LARGE: refusals.ERR_BODY_TOO_LARGE,
  ERR_BODY_CODING: { status: 415, title: 'Send application/json' },
  ERR_BODY_UNREADABLE: { status: 400, title: 'The request is not acceptable' },
  ERR_INTERNAL: refusals.ERR_INTERNAL,
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly title: string }> & Record<ApprovalError['code'], unknown>
>;
export type ProblemCode = keyof typeof problems;

interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  /** snake_case, only where the caller is known and can do something about it. */
  readonly reason?: string;
  /** Names this answer in our log. */
  readonly instance: string;
}

function problemDetails(code: ProblemCode, requestId: string, reason?: string): ProblemDetails {
  const { status, title } = problems[code];
  return {
    type: problemType(code),
    title,
    status,
    code,
    ...(reason === undefined ? {} : { reason }),
    instance: `urn:countersign:request:${requestId}`,
  };
}

export function refuse(reply: FastifyReply, code: ProblemCode, reason?: string): FastifyReply {
  const problem = problemDetails(code, String(reply.request.id), reason);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.status === 503) reply.header('retry-after', '5');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}
