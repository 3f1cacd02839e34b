/** `data` of `ledger.witnessed`: what a replica saw of the others. Truncating one ledger then means rewriting all that saw it. */
import { fromBase64Url } from '../base64.ts';
import type { Json, JsonObject, StoredRecord } from './record.ts';
import { isObject } from './stored-record.ts';

export interface WitnessedHead {
  readonly ledger: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: string;
}

const rootBytes = 32;

/** @param heads `root` as base64url */
export function witnessedData(heads: readonly WitnessedHead[]): JsonObject {
  const sorted = heads.toSorted((a, b) => (a.ledger < b.ledger ? -1 : 1));
  return { peers: sorted.map(({ ledger, size, root }) => ({ ledger, root, size })) };
}

/** Those that can be read; none when the record is of another type. */
export function parseWitnessed({ type, data }: Pick<StoredRecord, 'type' | 'data'>): readonly WitnessedHead[] {
  const { peers } = data;
  return type === 'ledger.witnessed' && Array.isArray(peers) ? peers.flatMap((peer) => parsePeer(peer) ?? []) : [];
}

function parsePeer(peer: Json): WitnessedHead | undefined {
  if (!isObject(peer)) return undefined;
  const { ledger, root, size } = peer;
  if (typeof ledger !== 'string' || typeof root !== 'string' || typeof size !== 'number') return undefined;
  if (size < 1 || fromBase64Url(root)?.length !== rootBytes) return undefined;
  return { ledger, root, size };
}
