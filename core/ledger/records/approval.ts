import { z } from 'zod';
import { binding, count, facts, keyedDigest, requester, text, texts, ulid, utcTime, verdict } from './parts.ts';

const about = { approval: ulid, binding, requester, endpoint: text, rule: text };

export const approvalRequested = z.strictObject({
  ...about,
  model: text,
  groups: texts.describe('who may decide'),
  count: count.describe('how many distinct people must approve'),
  expires: utcTime,
  digest: keyedDigest.describe('of the request as it came'),
  preview_digest: keyedDigest.describe('of the masked text that approvers are shown'),
  facts,
});

export const sessionHeld = z.strictObject({ ...about, expires: utcTime, digest: keyedDigest });

const party = { subject: text, issuer: text };

export const approvalDecided = z.strictObject({
  ...about,
  model: text,
  count: count.describe('how many distinct people must approve'),
  digest: keyedDigest,
  verdict,
  reason: text,
  by: z.strictObject({
    ...party,
    client: text.optional(),
    amr: texts.optional(),
    acr: text.optional(),
    groups: texts.describe('those that entitle'),
  }),
  outcome: z
    .enum(['cast', 'not_counted', 'uncertain'])
    .describe('`cast` before it counts; a second record says that it did not, or that nobody knows'),
  refusal: z.strictObject({ code: text, reason: text }).optional(),
});

export const approvalConsumed = z.strictObject({
  approval: ulid,
  binding,
  votes: z.array(z.strictObject({ ...party, verdict })).readonly(),
});

/** `approval.expired`, `approval.withdrawn`. */
export const approvalEnded = z.strictObject({ ...about, votes: count });

/** An approval as the end of a session tells it, whole. */
export const approvalOfSession = z.strictObject({
  id: ulid,
  state: z.enum(['requested', 'approved', 'denied', 'expired', 'withdrawn', 'consumed', 'revoked']),
  rule: text,
  requester,
  requested: utcTime,
  decided: utcTime.optional(),
  expires: utcTime,
  count: count.describe('how many distinct people must approve'),
  binding,
  preview_digest: keyedDigest.optional(),
  votes: z
    .array(
      z.strictObject({
        ...party,
        amr: texts.optional(),
        acr: text.optional(),
        groups: texts.describe('those that entitle'),
        verdict,
        reason: text,
        time: utcTime,
      }),
    )
    .readonly(),
});
