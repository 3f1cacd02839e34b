/** A record as a pack tells it. Tolerant where the verifier is strict: what is wrong with it is a finding of integrity, and it still shows. */
import type { JsonObject } from '../../ledger/record.ts';
import { isObject } from '../../ledger/stored-record.ts';
import { isRecordTime } from '../../ledger/time.ts';

export interface EvidenceRecord {
  /** By the place it was found in. */
  readonly ledger: string;
  /** As it says itself. */
  readonly seq: number;
  /** Any: a later version may have more of them. */
  readonly type: string;
  readonly time: string;
  readonly session: string | undefined;
  readonly data: JsonObject;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns undefined when it cannot be told: the verifier says why */
export function readEvidenceRecord(ledger: string, value: unknown): EvidenceRecord | undefined {
  const parsed = value instanceof Uint8Array ? parsedJson(value) : undefined;
  if (!isObject(parsed)) return undefined;
  const { chain, data, session, time, type } = parsed;
  const seq = isObject(chain) ? chain['seq'] : undefined;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || !isObject(data)) return undefined;
  if (typeof type !== 'string' || typeof time !== 'string' || !isRecordTime(time)) return undefined;
  return { ledger, seq, type, time, session: typeof session === 'string' ? session : undefined, data };
}

function parsedJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch {
    return undefined;
  }
}

/** `[from, to)`, both as records write times: those sort as text. */
export interface EvidencePeriod {
  readonly from: string;
  readonly to: string;
}

export const isWithin = ({ from, to }: EvidencePeriod, time: string): boolean => time >= from && time < to;
