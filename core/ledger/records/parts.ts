/** What several kinds of records are made of. A strict object: a member that is not described here is a bug of the writer. */
import { z } from 'zod';

export const text = z.string();
export const texts = z.array(text).readonly();
export const count = z.int().nonnegative();
export const ulid = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
export const ledgerName = z.string().regex(/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/);

export const utcTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .describe('RFC 3339, UTC, milliseconds');
export const epochMs = z.int().describe('milliseconds since 1970, UTC');

export const leaf = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .describe('SHA-256(0x00 ‖ value) of a record, base64url');
export const root = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .describe('of the RFC 6962 tree over the leaves, base64url');
export const keyedDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('HMAC-SHA-256 under the digest key of the gateway, hexadecimal');
export const binding = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('what the approval is good for: an HMAC over the call, its caller, endpoint, model, rule and masks');
export const revision = z.string().describe('SHA-256 of the canonical form of a policy, hexadecimal');

/** One person or service, without what it is a member of. */
export const requester = z.strictObject({ subject: text, issuer: text, client: text.optional() });

export const facts = z
  .record(z.string(), z.string())
  .readonly()
  .describe('what rules saw of the body, as text: bytes, rows, model, stream, max_tokens, n');

export const effect = z.enum(['allow', 'hold', 'deny']);
export const verdict = z.enum(['approve', 'deny']);
