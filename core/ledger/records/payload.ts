import { z } from 'zod';
import { count, text } from './parts.ts';

export const payloadPart = z.strictObject({
  direction: z.enum(['request', 'response']),
  part: count.describe('from 0, per session and direction'),
  bytes: count.describe('of the plain text'),
  key: text.describe('id of the key'),
  sealed: text.describe('nonce ‖ ciphertext ‖ tag, AES-256-GCM, base64url'),
});

export const payloadRevealed = z.strictObject({
  what: z.literal('token'),
  entity: text,
  token: text.describe('keyed digest of the token, base64url'),
  key: text.describe('id of the key'),
  reason: text,
  operator: z.strictObject({ user: text, uid: z.int() }).describe('of the machine'),
});
