/**
 * The public halves of the keys that payloads are sealed to, and what may not be destroyed. One file (adapters/keys/key-ring-file.ts),
 * changed as a whole; every change of it is a record, so the file is what services go by and the ledger what happened.
 */
import { z } from 'zod';
import { retentionPattern } from '../policy/units.ts';
import { err, ok, type Result } from '../result.ts';
import { type PayloadUse, payloadUses } from './place.ts';

/** Of keys that seal what has no key of its own retention. */
export const anyRetention = 'any';
export const keyIdPattern = /^[0-9a-f]{16}$/;

const time = z.iso.datetime({ precision: 3 });
const keyId = z.string().regex(keyIdPattern);

const ringKey = z.strictObject({
  id: keyId,
  use: z.enum(payloadUses),
  retention: z.union([z.literal(anyRetention), z.string().regex(retentionPattern)]),
  public: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  since: time,
  retired: time.optional(),
  shredded: time.optional(),
});
const hold = z.strictObject({
  id: z.string().min(1).max(64),
  keys: z.array(keyId).min(1).readonly(),
  session: z.string().optional(),
  reason: z.string(),
  since: time,
});
const ring = z.strictObject({ v: z.literal(1), keys: z.array(ringKey).readonly(), holds: z.array(hold).readonly() });

export type RingKey = z.output<typeof ringKey>;
export type Hold = z.output<typeof hold>;
export type KeyRing = z.output<typeof ring>;
export type NewKey = Pick<RingKey, 'id' | 'use' | 'retention' | 'public'>;

export const emptyRing: KeyRing = { v: 1, keys: [], holds: [] };

/** The error is what is wrong, for a person. */
export function parseKeyRing(text: string): Result<KeyRing, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('not JSON');
  }
  const parsed = ring.safeParse(value);
  if (!parsed.success) return err(`not a ring of payload keys: ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
  const ids = parsed.data.keys.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return err('one key is in it twice');
  return ok(parsed.data);
}

export const formatKeyRing = (value: KeyRing): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** What sealing begins with: the key of that retention, else the one for any. undefined: there is none. */
export function keyInUse({ keys }: KeyRing, use: PayloadUse, retention: string): RingKey | undefined {
  const open = keys.filter((key) => key.use === use && isInUse(key));
  return open.findLast((key) => key.retention === retention) ?? open.findLast((key) => key.retention === anyRetention);
}

/** Of a ring that services can work with nothing: there is a key of either use for any retention. */
export function ringFault(value: KeyRing): string | undefined {
  const missing = payloadUses.filter((use) => keyInUse(value, use, anyRetention) === undefined);
  return missing.length === 0 ? undefined : `no ${missing.join(' and no ')} key is in use for any retention`;
}

export const isInUse = ({ retired, shredded }: RingKey): boolean => retired === undefined && shredded === undefined;

/** The new keys seal from now on; those before them, of the same use and retention, only open. */
export function rotated(
  { keys, ...rest }: KeyRing,
  made: readonly NewKey[],
  now: string,
): { readonly ring: KeyRing; readonly retired: readonly string[] } {
  const replaced = (key: RingKey): boolean =>
    isInUse(key) && made.some(({ use, retention }) => use === key.use && retention === key.retention);
  const before = keys.map((key) => (replaced(key) ? { ...key, retired: now } : key));
  return {
    ring: { ...rest, keys: [...before, ...made.map((key) => ({ ...key, since: now }))] },
    retired: keys.filter(replaced).map(({ id }) => id),
  };
}

export type ShredRefusal =
  | { readonly why: 'unknown' | 'in_use' | 'shredded_before' }
  | { readonly why: 'legal_hold'; readonly holds: readonly Hold[] };

/** undefined: it may be destroyed. What is sealed with it is unreadable from then on, and every ledger still verifies. */
export function refuseShred({ keys, holds }: KeyRing, id: string): ShredRefusal | undefined {
  const key = keys.find((one) => one.id === id);
  if (key === undefined) return { why: 'unknown' };
  const holding = holds.filter((one) => one.keys.includes(id));
  if (holding.length > 0) return { why: 'legal_hold', holds: holding };
  if (key.shredded !== undefined) return { why: 'shredded_before' };
  return isInUse(key) ? { why: 'in_use' } : undefined;
}

export function shredded({ keys, ...rest }: KeyRing, id: string, now: string): KeyRing {
  return { ...rest, keys: keys.map((key) => (key.id === id ? { ...key, shredded: now } : key)) };
}

export const held = (value: KeyRing, one: Hold): KeyRing => ({ ...value, holds: [...value.holds, one] });

export const released = (value: KeyRing, id: string): KeyRing => ({
  ...value,
  holds: value.holds.filter((one) => one.id !== id),
});
