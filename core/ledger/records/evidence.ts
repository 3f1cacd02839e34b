import { z } from 'zod';
import { count, text, utcTime } from './parts.ts';
import { operator } from './payload.ts';

export const evidenceExported = z.strictObject({
  from: utcTime.describe('of the period, with it'),
  to: utcTime.describe('of the period, without it'),
  sessions: count.describe('of the period'),
  ledgers: count.describe('that are in the pack, each as a whole'),
  pack: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of SHA256SUMS of the pack, hexadecimal'),
  reason: text,
  operator,
});
