/** Certificate, key and authorities of a listener, read from their files and checked against each other before they are used. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ListenerTlsConfig } from '@countersign/core/policy/config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { readPrivateFile } from '../keys/private-file.ts';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /** When our own certificate ends, in milliseconds since the epoch. */
  readonly notAfterMs: number;
  /** When the first of the authorities ends. */
  readonly authoritiesNotAfterMs: number;
}

/** More than any chain or key; a wrong path must not be read whole. */
const maxKeyBytes = 64 * 1024;
const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The error is a sentence for people; never a part of the key. */
export function readTlsFiles(config: ListenerTlsConfig, nowMs: number): Result<TlsFiles, string> {
  const own = readIdentity(config, nowMs);
  if (!own.ok) return own;
  const authorities = readCertificates(config.clientCa);
  if (!authorities.ok) return authorities;
  return ok({ ...own.value, ca: authorities.value.pem, authoritiesNotAfterMs: authorities.value.notAfterMs });
}

/** What we present to the other side: a certificate and the key that fits it. */
export function readIdentity(
  files: { readonly certificate: string; readonly key: string },
  nowMs: number,
): Result<Pick<TlsFiles, 'cert' | 'key' | 'notAfterMs'>, string> {
  const chain = readCertificates(files.certificate);
  if (!chain.ok) return chain;
  const key = readPrivateFile(files.key, maxKeyBytes);
  if (!key.ok) return err(`${files.key}: ${key.error}`);
  const own = chain.value.first;
  if (!fits(own, key.value)) return err(`${files.key} is not the PEM key of ${files.certificate}`);
  const notAfterMs = own.validToDate.getTime();
  if (notAfterMs <= nowMs) return err(`${files.certificate} has expired (${own.validToDate.toISOString()})`);
  return ok({ cert: chain.value.pem, key: key.value, notAfterMs });
}

export interface Certificates {
  readonly pem: Buffer;
  readonly first: X509Certificate;
  /** When the first of them ends. */
  readonly notAfterMs: number;
}

/** Every certificate in the file must be readable: OpenSSL would take those before a broken one, and say nothing. */
export function readCertificates(file: string): Result<Certificates, string> {
  try {
    const pem = readFileSync(file);
    const all = (pem.toString('latin1').match(pemBlock) ?? []).map((block) => new X509Certificate(block));
    const [first] = all;
    if (first === undefined) return err(`${file} holds no PEM certificate`);
    return ok({ pem, first, notAfterMs: Math.min(...all.map(({ validToDate }) => validToDate.getTime())) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return err(`${file}: cannot be read (${code})`);
  }
}

function fits(certificate: X509Certificate, key: Buffer): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
