/** Reading parsed JSON with tagged errors: a wrong shape is an error, never a guess. */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

export const wrongShape = (reason: string): { readonly ok: false; readonly error: BodyError } =>
  err({ code: 'ERR_BODY_SHAPE', reason });

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own members only: `__proto__` in a body is a member like any other, and an inherited one is none. */
export const member = (record: JsonRecord, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Absent and null are the same to these APIs. */
export function optionalBoolean(record: JsonRecord, key: string): Result<boolean, BodyError> {
  const value = member(record, key) ?? false;
  return typeof value === 'boolean' ? ok(value) : wrongShape(`${key}_not_boolean`);
}

/** An integer from 0 that a double holds exactly; `absent` when it is not there. */
export function optionalCount(record: JsonRecord, key: string, absent: bigint): Result<bigint, BodyError> {
  const value = member(record, key) ?? undefined;
  if (value === undefined) return ok(absent);
  return isCount(value) ? ok(BigInt(value)) : wrongShape(`${key}_not_a_count`);
}

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
