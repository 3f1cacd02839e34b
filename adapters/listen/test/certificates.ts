/**
 * A certificate authority for tests: X.509 v3 with P-256 keys, written as DER by hand (RFC 5280 §4.1), because the odd ones are what
 * the tests are about and no tool makes them willingly.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateOptions {
  readonly name?: string;
  /** `URI:spiffe://a/b`, `DNS:a.test`, `IP:127.0.0.1`; none when empty. */
  readonly alternativeNames?: readonly string[];
  readonly use?: 'client' | 'server' | 'both';
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** PEM, and the files they were written to when there is a folder. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly certificate: string;
  issue(options?: CertificateOptions): Issued;
}

const dayMs = 86_400_000;

export function makeAuthority(name: string, notAfter = new Date(Date.now() + dayMs)): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = certify({ subject: name, publicKey, issuer: name, by: privateKey, isAuthority: true, notAfter });
  return {
    certificate,
    issue(options = {}) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const subject = options.name ?? 'leaf';
      return {
        certificate: certify({ ...options, subject, publicKey: pair.publicKey, issuer: name, by: privateKey }),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

/** Writes `<name>.pem` and `<name>.key` (0600); gives their paths. */
export function writeIssued(folder: string, name: string, { certificate, key }: Issued) {
  const paths = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key, { mode: 0o600 });
  return paths;
}

interface Draft extends CertificateOptions {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly by: KeyObject;
  readonly isAuthority?: boolean;
}

function certify(draft: Draft): string {
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = draft;
  const ecdsaWithSha256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(draft.issuer),
    sequence(time(notBefore), time(notAfter)),
    nameOf(draft.subject),
    draft.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(draft))),
  );
  const signature = sign('sha256', body, draft.by);
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function extensions({ isAuthority, alternativeNames = [], use = 'both' }: Draft): Buffer[] {
  if (isAuthority === true) return [extension(19, sequence(tagged(0x01, Buffer.from([0xff]))))];
  const purposes = { server: 1, client: 2 } as const;
  const purposeOids = (use === 'both' ? (['server', 'client'] as const) : [use]).map((name) =>
    oid(1, 3, 6, 1, 5, 5, 7, 3, purposes[name]),
  );
  const names = alternativeNames.length === 0 ? [] : [extension(17, sequence(...alternativeNames.map(generalName)))];
  return [extension(37, sequence(...purposeOids)), ...names];
}

const extension = (id: number, value: Buffer): Buffer => sequence(oid(2, 5, 29, id), tagged(0x04, value));

function generalName(text: string): Buffer {
  const [, kind, value = ''] = /^([A-Z]+):(.*)$/s.exec(text) ?? [];
  if (kind === 'DNS') return tagged(0x82, Buffer.from(value));
  if (kind === 'URI') return tagged(0x86, Buffer.from(value));
  if (kind === 'IP') return tagged(0x87, Buffer.from(value.split('.').map(Number)));
  throw new Error(`no such alternative name: ${text}`);
}

const nameOf = (commonName: string): Buffer =>
  sequence(tagged(0x31, sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from(commonName)))));

/** UTCTime, as RFC 5280 wants until 2049. */
const time = (date: Date): Buffer =>
  tagged(
    0x17,
    Buffer.from(
      date
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+/g, ''),
    ),
  );

const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, ...parts);
const integer = (bytes: Uint8Array): Buffer => tagged(0x02, bytes);

function oid(first: number, second: number, ...rest: number[]): Buffer {
  const base128 = (value: number): number[] => {
    const digits = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  };
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function tagged(tag: number, ...parts: Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
