/**
 * Keys that payloads are sealed to. HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, used for its exporter
 * alone: one encapsulation makes one data key, for one ledger. The boxes are AES-256-GCM under it (payload-sealer.ts), as the
 * library's own are asynchronous, one call to a thread pool for each.
 */
import { createPrivateKey, createPublicKey, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { PayloadUse } from '@countersign/core/payload/place.ts';
import { CipherSuite, DhkemX25519HkdfSha256, ExportOnly, HkdfSha256 } from '@hpke/core';
import { deriveBytes } from './derive.ts';
import type { KeyFile } from './key-file.ts';

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new ExportOnly(),
});
const info = Buffer.from('countersign/v1/payload');
const keyBytes = 32;
const idBytes = 8;
/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** What a data key is for: one use in one ledger. Another one does not come out of the same encapsulation. */
export interface DataKeyPlace {
  readonly use: PayloadUse;
  readonly ledger: string;
}

export interface PublicPayloadKey {
  readonly id: string;
  /** X25519, base64url. */
  readonly public: string;
}

/** Of the private half in a key file. */
export function publicPayloadKey({ secret }: KeyFile): PublicPayloadKey {
  const pkcs8 = Buffer.concat([privatePrefix, deriveBytes(secret, 'payload', keyBytes)]);
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  const bytes = key.export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
  return { id: payloadKeyId(bytes), public: bytes.toString('base64url') };
}

/** Names a public key in records and in the ring. */
export function payloadKeyId(publicKey: Uint8Array): string {
  const digest = hash('sha256', Buffer.concat([Buffer.from('countersign/v1/payload-key'), publicKey]), 'buffer');
  return digest.subarray(0, idBytes).toString('hex');
}

/** A new data key that only whoever has the private half can make again from `enc`. */
export async function encapsulate(
  publicKey: Uint8Array,
  place: DataKeyPlace,
): Promise<{ readonly enc: string; readonly key: KeyObject }> {
  const recipientPublicKey = await suite.kem.importKey('raw', exactBuffer(publicKey), true);
  const context = await suite.createSenderContext({ recipientPublicKey, info });
  const key = await context.export(exporterContext(place), keyBytes);
  return { enc: Buffer.from(context.enc).toString('base64url'), key: createSecretKey(Buffer.from(key)) };
}

/** @throws when `enc` is no X25519 public key */
export async function decapsulate({ secret }: KeyFile, enc: Uint8Array, place: DataKeyPlace): Promise<KeyObject> {
  const recipientKey = await suite.kem.importKey('raw', exactBuffer(deriveBytes(secret, 'payload', keyBytes)), false);
  const context = await suite.createRecipientContext({ recipientKey, enc: exactBuffer(enc), info });
  return createSecretKey(Buffer.from(await context.export(exporterContext(place), keyBytes)));
}

const exporterContext = ({ use, ledger }: DataKeyPlace): Buffer => Buffer.from(`${use}|${ledger}`);

/** The library takes whole buffers; ours may be views of a pool. */
const exactBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
