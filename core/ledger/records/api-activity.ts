/**
 * The end of a session as an OCSF 1.8 event, class 6003 API Activity, profiles `ai_operation`, `security_control` and `trace`.
 * Each fact stands once: where OCSF has a place for it there, else in `unmapped`, which OCSF leaves to the product.
 */
import { z } from 'zod';
import { approvalOfSession } from './approval.ts';
import { count, effect, epochMs, facts, keyedDigest, revision, text, texts, ulid } from './parts.ts';

export const ocsfVersion = '1.8.0';
export const ocsfProfiles = ['ai_operation', 'security_control', 'trace'] as const;

export const ocsfMethods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'PATCH'] as const;

const named = z.strictObject({ name: text });

const actor = z
  .strictObject({
    app_uid: text.optional().describe('client id of the token'),
    session: z.strictObject({ issuer: text, uid: text.optional().describe('token id') }).optional(),
    user: z.strictObject({
      uid: text.optional().describe('subject of the token'),
      name: z.literal('anonymous').optional().describe('nobody was identified'),
      groups: z.array(named).readonly().optional(),
    }),
  })
  .describe('who called, verified');

const endpoint = z
  .strictObject({ ip: text.optional(), port: count.optional(), name: z.literal('unknown').optional() })
  .describe('where the call came from, as Envoy saw it');

const httpRequest = z.strictObject({
  body_length: count.optional().describe('bytes as received, still encoded'),
  http_method: z
    .enum(ocsfMethods)
    .optional()
    .describe('absent where it is none that OCSF knows: `api.operation` has it'),
  uid: text.optional().describe('x-request-id'),
  url: z
    .strictObject({
      hostname: text.optional().describe('lower case, without port'),
      path: text.describe('with query, as received, masked'),
    })
    .optional(),
});

const httpResponse = z.strictObject({
  body_length: count.optional().describe('bytes as the model sent them, decoded'),
  code: count,
  content_type: text.optional(),
});

const messageContext = z
  .strictObject({
    completion_tokens: count.optional(),
    prompt_tokens: count.optional(),
    service: named,
    total_tokens: count.optional(),
  })
  .describe('what the answer said of its own usage');

/** What every event of ours has, whatever it tells. */
const eventBase = {
  action_id: z.enum({ Allowed: 1, Denied: 2, Modified: 4 }),
  activity_id: z.literal(99),
  activity_name: z.literal('Invoke'),
  actor,
  category_uid: z.literal(6),
  class_uid: z.literal(6003),
  disposition_id: z.enum({ Allowed: 1, Blocked: 2, Delayed: 14, Count: 20, Error: 27 }),
  severity_id: z.enum({ Informational: 1, Low: 2, High: 4 }),
  src_endpoint: endpoint,
  status_id: z.enum({ Success: 1, Failure: 2, Other: 99 }),
  time: epochMs,
  type_uid: z.literal(600399),
};

export const metadata = z.strictObject({
  correlation_uid: ulid.optional().describe('the session'),
  product: z.strictObject({ name: z.literal('Countersign'), vendor_name: z.literal('Countersign') }),
  profiles: z.tuple([z.literal(ocsfProfiles[0]), z.literal(ocsfProfiles[1]), z.literal(ocsfProfiles[2])]).readonly(),
  version: z.literal(ocsfVersion),
});

const copy = z
  .strictObject({
    bytes: count.describe('of the masked copy'),
    cap: count.describe('how many bytes are kept at most, of the copy and of the original each'),
    parts: count.describe('`payload.part` records of this session and direction'),
    received: count.describe('of the original that the patches restore'),
    truncated: z.boolean().describe('the cap cut it'),
  })
  .describe('what is kept of the body, sealed');

const masked = z.strictObject({
  profile: text.optional(),
  of: z.enum(['traffic', 'copy', 'nothing']).describe('what was looked at'),
  actions: z
    .record(z.string(), z.string())
    .readonly()
    .optional()
    .describe('by entity: what became of its values, where they were not masked but kept or replaced'),
  counts: z.record(z.string(), count).readonly().describe('by entity'),
  faults: texts.describe('what could not be read and was masked or dropped'),
});

const outcome = z.enum(['completed', 'denied', 'pending', 'aborted']);

/** Ours. */
const extension = z.strictObject({
  approval: approvalOfSession.optional(),
  by: z.enum(['authz-service', 'proc-service']),
  counting_until: epochMs
    .optional()
    .describe('further anonymous refusals are only counted until then: `refusals.counted` has them'),
  decision: z
    .strictObject({
      authz_revision: revision.optional().describe('policy of the rules that need no body'),
      because: text.optional(),
      effect,
      failed: texts.optional().describe('rules whose condition failed to evaluate'),
      matched: texts.optional().describe('every enforced rule that matched'),
      reason: text,
      shadow: z
        .array(z.strictObject({ rule: text, effect }))
        .readonly()
        .optional()
        .describe('what rules in shadow mode would have done'),
    })
    .optional(),
  endpoint: z.strictObject({ owner: text.optional(), tier: text.optional() }).optional(),
  identity: z.strictObject({ acr: text.optional(), amr: texts.optional(), method: z.literal('oidc') }).optional(),
  masking: z.strictObject({ request: masked.optional(), response: masked.optional() }).optional(),
  outcome,
  record: z.strictObject({ payload: z.enum(['sealed', 'digest']), retention: text }).optional(),
  refusal: z.strictObject({ code: text, reason: text, status: count }).optional(),
  request: z
    .strictObject({
      authority: text.optional(),
      bytes: count.optional().describe('decoded'),
      coding: text.optional(),
      complete: z.boolean().optional().describe('of a streamed request: whether its end was seen'),
      content_type: text.optional(),
      copy: copy.optional(),
      digest: keyedDigest.optional().describe('of the decoded request'),
      digest_key: text.optional().describe('id of the key of all digests of this session'),
      facts: facts.optional(),
      forwarded_digest: keyedDigest.optional().describe('of what went to the model'),
    })
    .optional(),
  response: z
    .strictObject({
      coding: text,
      copy: copy.optional(),
      digest: keyedDigest.optional().describe('of the decoded answer'),
      released_bytes: count,
      released_digest: keyedDigest.optional().describe('of what went to the caller'),
    })
    .optional(),
  times: z
    .strictObject({
      decided: epochMs.optional(),
      duration_us: count.describe('of the whole exchange, by a clock that does not jump'),
      forwarded: epochMs.optional(),
      response_started: epochMs.optional(),
    })
    .optional(),
});

/** `session.closed`, `session.denied`, `session.aborted`. */
export const sessionEnd = z.strictObject({
  ...eventBase,
  ai_model: z
    .strictObject({
      ai_provider: text.describe('`api` of the endpoint: how its bodies are read'),
      name: text,
      version: text.optional(),
    })
    .optional(),
  api: z.strictObject({
    operation: text.describe('HTTP method'),
    service: named.optional().describe('the endpoint'),
  }),
  http_request: httpRequest.optional(),
  http_response: httpResponse.optional(),
  message_context: messageContext.optional(),
  metadata,
  policy: z.strictObject({ name: text.optional().describe('the rule that decided'), uid: revision }).optional(),
  start_time: epochMs.optional(),
  status_code: text.optional().describe('what the caller was answered instead of the model’s answer: docs/errors.md'),
  status_detail: text.optional().describe('reason'),
  trace: z.strictObject({ uid: z.string().regex(/^[0-9a-f]{32}$/) }).optional(),
  unmapped: extension,
});
export type SessionEnd = z.output<typeof sessionEnd>;

/** What the next run of a replica writes for a session that the end of its process cut off. */
export const recoveredEnd = z.strictObject({
  ledger: text.describe('where its first record lies'),
  opened_seq: count,
  reason: z.literal('process_ended'),
});

/** Anonymous refusals of one source that were not stored one by one. */
export const refusalsCounted = z.strictObject({
  ...eventBase,
  api: z.strictObject({ operation: z.literal('any') }),
  count: count,
  end_time: epochMs,
  metadata,
  start_time: epochMs,
  unmapped: z.strictObject({
    by: z.enum(['authz-service', 'proc-service']),
    first: ulid.describe('session of the first of them, which Envoy’s access log has too'),
    last: ulid,
    outcome: z.literal('denied'),
    prefix: z.literal(64).optional().describe('of IPv6, the source is a /64'),
    reasons: z.record(z.string(), count).readonly().describe('by error code and reason'),
    sources: count.describe(
      'at least so many: more than 1 where there was no room to keep them apart, and `src_endpoint` is unknown',
    ),
  }),
});
