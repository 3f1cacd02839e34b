import { z } from 'zod';
import { text, texts, utcTime } from './parts.ts';
import { operator } from './payload.ts';

const use = z.enum(['copy', 'patch']).describe('masked copies, or the patches that restore originals');
const retention = text.describe('what is kept so long is sealed to it; `any`: what has no key of its own');
const key = { id: text, retention, use };

export const keyLoaded = z.strictObject({ keys: z.array(z.strictObject(key)).readonly() });

export const keyRejected = z.strictObject({
  in_force: texts.describe('ids of the keys that seal on, for 24 hours; none: nothing can be sealed'),
  reason: text,
});

export const keyRotated = z.strictObject({
  made: z.array(z.strictObject({ ...key, public: text.describe('X25519, base64url') })).readonly(),
  retired: texts.describe('ids of those that seal no more and still open'),
  reason: text,
  operator,
});

export const keyShredded = z.strictObject({
  ...key,
  since: utcTime.describe('sealed from then'),
  retired: utcTime.describe('until then'),
  reason: text,
  operator,
});

export const keyHeld = z.strictObject({
  hold: text,
  keys: texts.describe('what is sealed with them must stay readable'),
  session: text.optional().describe('that the hold is for'),
  reason: text,
  operator,
});

export const keyReleased = z.strictObject({ hold: text, keys: texts, reason: text, operator });
