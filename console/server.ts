/** The console's HTTP server: limits, headers, who is asking. What can be asked is in routes.ts. */
import { isUlid } from '@countersign/core/ledger/ledger-id.ts';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { ConsolePorts } from './ports.ts';
import { type ProblemCode, refuse } from './problem.ts';
import { addApprovalRoutes } from './routes.ts';

/** A reason of 1000 characters, each written as an escaped surrogate pair, and its JSON around it. */
const maxBodyBytes = 16 * 1024;
/** Header fields besides the token. */
const otherHeaderBytes = 8 * 1024;

/** No page is served and nothing may be framed, sniffed, cached or read by another origin. There is no CORS. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function createServer(on: ConsolePorts): FastifyInstance {
  const server = fastify({
    bodyLimit: maxBodyBytes,
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    forceCloseConnections: 'idle',
    // HEAD would run the handler of GET; nobody needs it here.
    exposeHeadRoutes: false,
    genReqId: () => on.ids.ulid(),
    // Addresses and query strings are callers' words; what is worth a line is logged where it happens.
    logger: false,
    http: { maxHeaderSize: on.tokenBytes + otherHeaderBytes },
    routerOptions: { maxParamLength: 64 },
  });
  // JSON only: a form or plain text could be posted by another site's page without asking first.
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', async (_request, reply) => void reply.headers(securityHeaders));
  server.setNotFoundHandler((_request, reply) => refuse(reply, 'ERR_REQUEST_TARGET'));
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const code = bodyErrors.get(error.code) ?? 'ERR_INTERNAL';
    if (code === 'ERR_INTERNAL') on.log.error({ err: error, request: request.id }, 'request failed');
    return refuse(reply, code);
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const store = on.approvals.list({ limit: 0 }, on.clock.now());
    const ready = on.ready() && store.ok;
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' });
  });
  // Where `Location` of a held call leads. Pages come later; this one says what to do and shows nothing.
  server.get<{ Params: { id: string } }>('/approvals/:id', async (request, reply) => {
    const { id } = request.params;
    if (!isUlid(id)) return refuse(reply, 'ERR_REQUEST_TARGET');
    return reply
      .type('text/plain; charset=utf-8')
      .send(`countersign approval show ${id} --token-file FILE --config DIR\n`);
  });
  server.register(async (api) => addApprovalRoutes(api, on), { prefix: '/api/approvals' });
  return server;
}

const bodyErrors: ReadonlyMap<string, ProblemCode> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'ERR_BODY_TOO_LARGE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'ERR_BODY_CODING'],
  ['FST_ERR_CTP_EMPTY_TYPE', 'ERR_BODY_CODING'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'ERR_BODY_UNREADABLE'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'ERR_BODY_UNREADABLE'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'ERR_BODY_UNREADABLE'],
  ['FST_ERR_BAD_URL', 'ERR_REQUEST_TARGET'],
]);
