import { createDecipheriv, type KeyObject } from 'node:crypto';
import { fromBase64Url } from '@countersign/core/base64.ts';
import type { PayloadUse } from '@countersign/core/payload/place.ts';
import type { SealedBox } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { KeyFile } from './key-file.ts';
import { decapsulate, publicPayloadKey } from './payload-key.ts';
import { boxAlgorithm, nonceBytes, tagBytes } from './payload-sealer.ts';

/** UNKNOWN_KEY: the private half is not here. NOT_AUTHENTIC: the box was altered, moved, or is not of this key. */
export type OpenError = 'ERR_UNKNOWN_KEY' | 'ERR_NOT_AUTHENTIC';

export interface PayloadOpener {
  has(keyId: string): boolean;
  open(box: SealedBox, use: PayloadUse, ledger: string, aad: Uint8Array): Promise<Result<Uint8Array, OpenError>>;
}

/** Opens what was sealed to these keys: the one place that can, and it is not part of a service. */
export function createPayloadOpener(keys: readonly KeyFile[]): PayloadOpener {
  const byId = new Map(keys.map((key) => [publicPayloadKey(key).id, key]));
  /** A ledger has one encapsulation for each key and start. */
  const dataKeys = new Map<string, KeyObject>();
  const dataKey = async (key: KeyFile, enc: Uint8Array, use: PayloadUse, ledger: string): Promise<KeyObject> => {
    const name = `${Buffer.from(enc).toString('hex')}|${use}|${ledger}`;
    const found = dataKeys.get(name) ?? (await decapsulate(key, enc, { use, ledger }));
    dataKeys.set(name, found);
    return found;
  };
  return {
    has: (keyId) => byId.has(keyId),
    async open({ key: id, enc, box }, use, ledger, aad) {
      const key = byId.get(id);
      if (key === undefined) return err('ERR_UNKNOWN_KEY');
      const [encBytes, bytes] = [fromBase64Url(enc), fromBase64Url(box)];
      if (encBytes === undefined || bytes === undefined) return err('ERR_NOT_AUTHENTIC');
      try {
        return ok(decrypt(await dataKey(key, encBytes, use, ledger), bytes, aad));
      } catch {
        return err('ERR_NOT_AUTHENTIC');
      }
    },
  };
}

/** @throws when it is not authentic */
function decrypt(key: KeyObject, box: Uint8Array, aad: Uint8Array): Uint8Array {
  if (box.length < nonceBytes + tagBytes) throw new RangeError('shorter than an empty box');
  const decipher = createDecipheriv(boxAlgorithm, key, box.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(aad)
    .setAuthTag(box.subarray(-tagBytes));
  return Buffer.concat([decipher.update(box.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
