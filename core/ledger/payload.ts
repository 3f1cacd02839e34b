import { fromBase64Url } from '../base64.ts';
import type { Json, StoredRecord } from './record.ts';

export type PayloadDirection = 'request' | 'response';

/**
 * What a sealed part is bound to: `session|direction|part` in UTF-8. A part that was moved to another session, turned around or
 * renumbered does not open.
 */
export function payloadAad(session: string, direction: PayloadDirection, part: number): Uint8Array {
  return new TextEncoder().encode(`${session}|${direction}|${part}`);
}

/** `data` of a `payload.part`, read back. */
export interface PayloadPart {
  readonly direction: PayloadDirection;
  readonly part: number;
  /** Nonce ‖ ciphertext ‖ tag. */
  readonly box: Uint8Array;
  readonly keyId: string;
}

/** @returns undefined when the record is none or does not have the members of one */
export function parsePayloadPart({ type, data }: Pick<StoredRecord, 'type' | 'data'>): PayloadPart | undefined {
  const { direction, part, sealed, key } = data;
  if (type !== 'payload.part' || (direction !== 'request' && direction !== 'response')) return undefined;
  if (typeof part !== 'number' || typeof key !== 'string') return undefined;
  const box = boxOf(sealed);
  return box && { direction, part, box, keyId: key };
}

function boxOf(sealed: Json | undefined): Uint8Array | undefined {
  return typeof sealed === 'string' ? fromBase64Url(sealed) : undefined;
}
