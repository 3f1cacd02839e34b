import { createCipheriv, type KeyObject } from 'node:crypto';
import { type KeyRing, keyInUse, type RingKey, ringFault } from '@countersign/core/payload/key-ring.ts';
import type { PayloadUse } from '@countersign/core/payload/place.ts';
import type { PayloadSealer, SealedBox } from '@countersign/core/ports.ts';
import { encapsulate, payloadKeyId } from './payload-key.ts';

export const boxAlgorithm = 'aes-256-gcm';
export const nonceBytes = 12;
export const tagBytes = 16;

/** Sealers by retention, of one ring and one ledger. @throws on a ring that is not fit for use, saying why */
export async function createSealers(ring: KeyRing, ledger: string): Promise<(retention: string) => PayloadSealer> {
  const fault = ringFault(ring);
  if (fault !== undefined) throw new Error(fault);
  const dataKeys = new Map<string, DataKey>();
  for (const key of ring.keys) {
    if (key.retired === undefined && key.shredded === undefined) dataKeys.set(key.id, await DataKey.make(key, ledger));
  }
  const dataKeyOf = (use: PayloadUse, retention: string): DataKey => {
    const found = dataKeys.get(keyInUse(ring, use, retention)?.id ?? '');
    if (found === undefined) throw new Error(`no ${use} key for ${retention}`);
    return found;
  };
  const sealers = new Map<string, PayloadSealer>();
  return (retention) => {
    const known = sealers.get(retention);
    if (known !== undefined) return known;
    const of = { copy: dataKeyOf('copy', retention), patch: dataKeyOf('patch', retention) };
    const sealer: PayloadSealer = { seal: (use, plaintext, aad) => of[use].seal(plaintext, aad) };
    sealers.set(retention, sealer);
    return sealer;
  };
}

/**
 * A key and its counter. The key is made here, is never written anywhere and cannot be handed in, so no other counter has ever run
 * under it; the counter only goes up. So no nonce is used twice, whatever becomes of the boxes: a batch that the disk refused,
 * a restart, a ledger copied back from a backup. (By `seq` it would be: one that was refused is given out again.)
 */
class DataKey {
  readonly #id: string;
  readonly #enc: string;
  readonly #key: KeyObject;
  #boxes = 0n;

  private constructor(id: string, enc: string, key: KeyObject) {
    this.#id = id;
    this.#enc = enc;
    this.#key = key;
  }

  static async make({ id, use, public: publicKey }: RingKey, ledger: string): Promise<DataKey> {
    const bytes = Buffer.from(publicKey, 'base64url');
    if (payloadKeyId(bytes) !== id) throw new Error(`key ${id} in the ring has another public half than its id says`);
    const { enc, key } = await encapsulate(bytes, { use, ledger });
    return new DataKey(id, enc, key);
  }

  seal(plaintext: Uint8Array, aad: Uint8Array): SealedBox {
    const box = Buffer.allocUnsafe(nonceBytes + plaintext.length + tagBytes);
    box.writeUInt32BE(0, 0);
    box.writeBigUInt64BE(this.#boxes++, nonceBytes - 8);
    const cipher = createCipheriv(boxAlgorithm, this.#key, box.subarray(0, nonceBytes), { authTagLength: tagBytes });
    cipher.setAAD(aad);
    // GCM is a stream: `update` gives all of it, `final` nothing more.
    box.set(cipher.update(plaintext), nonceBytes);
    cipher.final();
    box.set(cipher.getAuthTag(), nonceBytes + plaintext.length);
    // In the order of a record, in which it is written fastest.
    return { box: box.toString('base64url'), enc: this.#enc, key: this.#id };
  }
}
