/** What can be asked of the console. GET shows, POST decides; nothing else does anything. */
import { type ApprovalState, approvalStates } from '@countersign/core/approval/approval.ts';
import { parseDecision } from '@countersign/core/approval/schema.ts';
import { toApprovalView } from '@countersign/core/approval/view.ts';
import { maySee } from '@countersign/core/approval/voter.ts';
import { parseAuthorization } from '@countersign/core/identity/authorization-header.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DecisionError, decide } from './decide.ts';
import type { ConsolePorts } from './ports.ts';
import { refuse } from './problem.ts';

const maxListed = 100;

export function addApprovalRoutes(api: FastifyInstance, on: ConsolePorts): void {
  const known = authenticated(api, on);

  api.get('/', async (request, reply) => {
    const viewer = known(request);
    const filter = parseFilter(request.query);
    if (filter === undefined) return refuse(reply, 'ERR_BODY_UNREADABLE', 'query');
    const listed = on.approvals.list({ ...filter, visibleTo: viewer }, on.clock.now());
    if (!listed.ok) return refuseFor(reply, listed.error);
    return { approvals: listed.value.map((approval) => toApprovalView(approval, viewer)) };
  });

  api.get<{ Params: { id: string } }>('/:id', async (request, reply) => {
    const viewer = known(request);
    const found = on.approvals.get(request.params.id, on.clock.now());
    if (!found.ok) return refuseFor(reply, found.error);
    if (!maySee(found.value, viewer)) return refuse(reply, 'ERR_APPROVAL_UNKNOWN');
    return toApprovalView(found.value, viewer);
  });

  api.post<{ Params: { id: string } }>('/:id/decision', async (request, reply) => {
    const by = known(request);
    const asked = parseDecision(request.body);
    if (asked === undefined) return refuse(reply, 'ERR_BODY_UNREADABLE', 'needs_verdict_and_reason');
    const { id } = request.params;
    const decided = await decide(id, { by, verdict: asked.verdict, reason: on.redact(asked.reason) }, on);
    const line = { request: request.id, approval: id, verdict: asked.verdict, subject: by.subject, issuer: by.issuer };
    if (!decided.ok) {
      on.log.warn({ ...line, code: decided.error.code, reason: decided.error.reason }, 'decision refused');
      return refuseFor(reply, decided.error);
    }
    on.log.info({ ...line, state: decided.value.state }, 'decision taken');
    return toApprovalView(decided.value, by);
  });
}

/** Every route behind this asks for a token before it reads anything else. Strangers are not told what was wrong with it. */
function authenticated(api: FastifyInstance, on: ConsolePorts): (request: FastifyRequest) => Principal {
  const principals = new WeakMap<FastifyRequest, Principal>();
  api.addHook('onRequest', async (request, reply) => {
    const token = parseAuthorization(authorizationLines(request.raw.rawHeaders));
    const verified = token.ok ? await on.tokens.verify(token.value) : token;
    if (verified.ok) {
      principals.set(request, verified.value);
      return undefined;
    }
    const { code, reason } = verified.error;
    on.log.warn({ request: request.id, code, reason }, 'credential refused');
    return refuse(reply, code === 'ERR_ISSUER_UNAVAILABLE' ? code : 'ERR_CREDENTIAL');
  });
  return (request) => {
    const principal = principals.get(request);
    if (principal === undefined) throw new Error('a route was reached without a principal');
    return principal;
  };
}

/** Node's `headers` keeps only the first of several Authorization lines; the raw list has them all. */
function authorizationLines(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization');
}

/** `?state=…` (repeatable) and `?limit=1..100`; anything else is refused, so that a mistyped filter does not show everything. */
function parseFilter(
  query: unknown,
): { readonly states?: readonly ApprovalState[]; readonly limit: number } | undefined {
  const entries = new Map(Object.entries(typeof query === 'object' && query !== null ? query : {}));
  const state: unknown = entries.get('state');
  const limit: unknown = entries.get('limit') ?? String(maxListed);
  if ([...entries.keys()].some((name) => name !== 'state' && name !== 'limit')) return undefined;
  if (typeof limit !== 'string' || !/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > maxListed) return undefined;
  if (state === undefined) return { limit: Number(limit) };
  const asked: readonly unknown[] = Array.isArray(state) ? state : [state];
  const states = approvalStates.filter((known) => asked.includes(known));
  return states.length === new Set(asked).size ? { states, limit: Number(limit) } : undefined;
}

function refuseFor(reply: FastifyReply, { code, reason }: DecisionError): FastifyReply {
  // The reason of an unknown one would tell a stranger that it exists.
  return code === 'ERR_APPROVAL_UNKNOWN' ? refuse(reply, code) : refuse(reply, code, reason);
}
