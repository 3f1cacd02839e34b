import type { PayloadDirection } from '../payload/place.ts';
import type { SealedBox } from '../ports.ts';
import type { Json, StoredRecord } from './record.ts';
import { isObject } from './stored-record.ts';

/** `data` of a `payload.part`, read back. */
export interface PayloadPart {
  readonly direction: PayloadDirection;
  readonly part: number;
  readonly bytes: number;
  readonly copy: SealedBox;
  /** Absent: there is nothing to restore. */
  readonly patch: SealedBox | undefined;
}

/** @returns undefined when the record is none or does not have the members of one */
export function parsePayloadPart({ type, data }: Pick<StoredRecord, 'type' | 'data'>): PayloadPart | undefined {
  const { bytes, direction, part } = data;
  if (type !== 'payload.part' || (direction !== 'request' && direction !== 'response')) return undefined;
  const copy = boxOf(data['copy']);
  const patch = boxOf(data['patch']);
  if (typeof part !== 'number' || typeof bytes !== 'number' || copy === undefined) return undefined;
  return patch === undefined && data['patch'] !== undefined ? undefined : { direction, part, bytes, copy, patch };
}

function boxOf(value: Json | undefined): SealedBox | undefined {
  if (!isObject(value)) return undefined;
  const { box, enc, key } = value;
  return typeof box === 'string' && typeof enc === 'string' && typeof key === 'string' ? { box, enc, key } : undefined;
}
