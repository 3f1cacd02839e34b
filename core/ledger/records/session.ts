import { z } from 'zod';
import { count, keyedDigest, text } from './parts.ts';

/** Small: at most `openedMaxBytes` before the ledger adds its place. */
export const openedMaxBytes = 300;

export const sessionOpened = z.strictObject({
  digest: keyedDigest.optional().describe('of the decoded request; absent when it is streamed'),
  endpoint: text.optional(),
  rule: text.optional(),
  streamed: z.literal(true).optional().describe('bytes flow before their digest is known: `session.received` has it'),
  subject: text
    .optional()
    .describe('of the token; `…` at its end where it was cut: the end of the session has it whole'),
});

export const sessionReceived = z.strictObject({ bytes: count, digest: keyedDigest });
