import { z } from 'zod';
import { count, requester, text, texts } from './parts.ts';

const box = z.strictObject({
  box: text.describe('nonce ‖ ciphertext ‖ tag, AES-256-GCM, base64url'),
  enc: text.describe('encapsulation of the data key of this ledger (HPKE, RFC 9180), base64url'),
  key: text.describe('id of the public key'),
});

export const payloadPart = z.strictObject({
  bytes: count.describe('of the masked copy in this part'),
  copy: box.describe('the masked copy, sealed to the auditors'),
  direction: z.enum(['request', 'response']),
  part: count.describe('from 0, per session and direction'),
  patch: box
    .optional()
    .describe('restores what was received and what was sent on, sealed to the reveal key; absent: both are the copy'),
});

export const operator = z.strictObject({ user: text, uid: z.int() }).describe('of the machine');

const tokenRevealed = z.strictObject({
  what: z.literal('token'),
  entity: text,
  token: text.describe('keyed digest of the token, base64url'),
  key: text.describe('id of the key'),
  reason: text,
  operator,
});

const person = z.strictObject({ ...requester.shape, amr: texts.optional(), acr: text.optional() });

const sessionRevealed = z.strictObject({
  what: z.enum(['copy', 'original']),
  session: text.describe('whose payload was opened'),
  endpoint: text.optional(),
  keys: texts.describe('ids of the keys that opened it'),
  parts: count,
  by: person.extend({ groups: texts.describe('those that entitle') }),
  approval: text.optional().describe('of the second person'),
  approvers: z.array(requester).readonly().optional(),
  reason: text,
  operator,
});

export const payloadRevealed = z.union([tokenRevealed, sessionRevealed]);

export const revealRefused = z.strictObject({
  what: z.enum(['copy', 'original']),
  session: text.describe('as it was asked for'),
  endpoint: text.optional(),
  by: person.optional().describe('absent: the token was not accepted'),
  refusal: z.enum([
    'token_not_accepted',
    'no_such_session',
    'no_role',
    'not_in_role',
    'service_account',
    'nothing_kept',
    'key_missing',
    'not_approved',
  ]),
  reason: text.describe('why they wanted it'),
  operator,
});
