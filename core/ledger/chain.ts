/** The arithmetic of the chain. Pure: the worker that writes and the verifier that reads share it. */

import { toBase64Url } from '../base64.ts';
import type { Hash } from '../ports.ts';

/** RFC 6962 §2.1: a leaf is hashed with a prefix of its own, so that it can never pass for an inner node of the tree. */
const leafPrefix = new Uint8Array([0x00]);

/** `prev` of record 0, which has no record before it. */
export const firstPrev = toBase64Url(new Uint8Array(32));

/** A record's place: where it stands in its ledger, and after which record. */
export interface Place {
  /** `<service>/<replica>/<ULID>` */
  readonly ledger: string;
  /** Base64url of the leaf of the record before. */
  readonly prev: string;
  /** Contiguous per (ledger, topic, partition), from 0. */
  readonly pseq: number;
  /** Contiguous per ledger, from 0. */
  readonly seq: number;
}

/** SHA-256(0x00 ‖ value), 32 bytes. */
export function leafOf(hash: Hash, value: Uint8Array): Uint8Array {
  return hash.sha256(leafPrefix, value);
}

/**
 * The first bytes of a stored value. `chain` sorts before every other member of a record, so that its place can be put in
 * front of the already serialised rest. A ledger id and base64url never need escaping.
 *
 * @param place its ledger must come from ledgerId()
 */
export function chainHead({ ledger, prev, pseq, seq }: Place): string {
  return `{"chain":{"ledger":"${ledger}","prev":"${prev}","pseq":${pseq},"seq":${seq}},`;
}
