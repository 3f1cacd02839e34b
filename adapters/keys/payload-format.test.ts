/** A box opened by docs/ledger-format.md and RFC 9180 alone: HKDF and X25519 of node:crypto, nothing of the library and nothing of ours. */
import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyRing, rotated } from '@countersign/core/payload/key-ring.ts';
import { payloadAad } from '@countersign/core/payload/place.ts';
import { createSealers } from './payload-sealer.ts';
import { createPayloadKeys } from './private-keys.ts';

const text = (value: string): Buffer => Buffer.from(value);
const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest();

/** RFC 9180 §4: LabeledExtract and LabeledExpand, the latter to 32 bytes, which is one block of HKDF. */
const labeled = (suite: Buffer) => ({
  extract: (salt: Uint8Array, label: string, input: Uint8Array) =>
    hmac(salt, text('HPKE-v1'), suite, text(label), input),
  expand: (key: Uint8Array, label: string, info: Uint8Array) =>
    hmac(key, Buffer.of(0, 32), text('HPKE-v1'), suite, text(label), info, Buffer.of(1)),
});
const none = Buffer.alloc(0);

function x25519(privateBytes: Uint8Array): { readonly key: KeyObject; readonly publicBytes: Buffer } {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateBytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { key, publicBytes: createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32) };
}

function exported(privateBytes: Uint8Array, enc: Buffer, info: string, context: string): Buffer {
  const { key, publicBytes } = x25519(privateBytes);
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), enc]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const kem = labeled(Buffer.concat([text('KEM'), Buffer.of(0x00, 0x20)]));
  const shared = kem.expand(
    kem.extract(none, 'eae_prk', diffieHellman({ privateKey: key, publicKey })),
    'shared_secret',
    Buffer.concat([enc, publicBytes]),
  );
  const hpke = labeled(Buffer.concat([text('HPKE'), Buffer.of(0x00, 0x20, 0x00, 0x01, 0xff, 0xff)]));
  const schedule = Buffer.concat([
    Buffer.of(0),
    hpke.extract(none, 'psk_id_hash', none),
    hpke.extract(none, 'info_hash', text(info)),
  ]);
  return hpke.expand(hpke.expand(hpke.extract(shared, 'secret', none), 'exp', schedule), 'sec', text(context));
}

test('a box opens by what the format says and RFC 9180 says', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-format-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const { ring } = rotated(emptyRing, createPayloadKeys(directory, ['any']), '2026-01-02T03:04:05.678Z');
  const ledger = 'proc-service/p1/01M83J0W0H30MWCECSPZBBG566';
  const place = { session: '01M83J0V1F0000000000000001', direction: 'request', part: 0 } as const;
  const sealer = (await createSealers(ring, ledger))('25 months');
  const { key, enc, box } = sealer.seal('copy', text('masked copy'), payloadAad(place, 'copy'));

  const file = readdirSync(directory).find((name) => name.startsWith('copy-')) ?? '';
  const secret = Buffer.from(readFileSync(join(directory, file), 'utf8').trim(), 'base64url');
  const privateBytes = Buffer.from(hkdfSync('sha256', secret, '', 'countersign/v1/payload', 32));
  const { publicBytes } = x25519(privateBytes);
  const id = createHash('sha256').update('countersign/v1/payload-key').update(publicBytes).digest('hex').slice(0, 16);
  assert.equal(key, id);
  const dataKey = exported(privateBytes, Buffer.from(enc, 'base64url'), 'countersign/v1/payload', `copy|${ledger}`);
  const bytes = Buffer.from(box, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(0, 12))
    .setAAD(text('01M83J0V1F0000000000000001|request|0|copy'))
    .setAuthTag(bytes.subarray(-16));
  assert.equal(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString(), 'masked copy');
});
