import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Upstream } from '@countersign/envoy/config.ts';
import { UsageError } from './configuration.ts';

const form = /^(?:(\/[^=]*)=)?(https?|h2c?)(:\/\/.+)$/;

/** How an upstream is spoken to. HTTP/2 has to be named: gRPC needs it, and servers of HTTP/1.1 alone do not answer it. */
const schemes: ReadonlyMap<string, { readonly secure: boolean; readonly http2: boolean }> = new Map([
  ['http', { secure: false, http2: false }],
  ['https', { secure: true, http2: false }],
  ['h2c', { secure: false, http2: true }],
  ['h2', { secure: true, http2: true }],
]);

/** Where systems keep the authorities they trust: Debian and Alpine, Fedora and RHEL (old and new), openSUSE, BSD and macOS. */
const systemBundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export interface TrustOptions {
  /** PEM file given with `--upstream-ca`; the system's bundle when absent. */
  readonly caFile?: string | undefined;
  /** Where to look for the system's bundle, in this order. */
  readonly systemBundles?: readonly string[];
}

/** The bundle for `https` upstreams. Throws UsageError when there is none: unverified TLS is not an option. */
function trustedBundle(upstream: string, trust: TrustOptions): string {
  if (trust.caFile === undefined) {
    const found = (trust.systemBundles ?? systemBundles).find((path) => existsSync(path));
    if (found !== undefined) return found;
    throw new UsageError(
      `--upstream ${upstream}: this system has no bundle of certificate authorities to check the server with; ` +
        'name the PEM file of its authority with --upstream-ca FILE, or install ca-certificates',
    );
  }
  try {
    // Reads the first certificate only; Envoy reads them all, but says less about what is wrong.
    new X509Certificate(readFileSync(trust.caFile));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--upstream-ca ${trust.caFile}: expected PEM certificates (${reason})`);
  }
  return resolve(trust.caFile);
}

/**
 * `[PREFIX=]URL`, e.g. `http://127.0.0.1:8000` or `/v2=https://scoring.internal:8443`; all paths when there is no prefix. `h2c` and
 * `h2` are HTTP/2 without and with TLS, as a gRPC server wants it: `/inference.GRPCInferenceService/=h2c://127.0.0.1:8001`.
 */
export function parseUpstream(text: string, index: number, trust: TrustOptions = {}): Upstream {
  const [, prefix = '/', name = '', rest = ''] = form.exec(text) ?? [];
  const scheme = schemes.get(name);
  // Read as http and https are: the URL parser takes more for a host of a scheme it does not know.
  const address = `${scheme?.secure === true ? 'https' : 'http'}${rest}`;
  const url = scheme !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || scheme === undefined)
    throw new UsageError(`--upstream ${text}: expected [PREFIX=]URL, e.g. http://127.0.0.1:8000`);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError(
      `--upstream ${text}: paths are passed on as callers send them, so the URL ends after its port`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--upstream: no credentials in the URL; name them in countersign.yaml (credentials:)');
  }
  const { secure, http2 } = scheme;
  return {
    name: `upstream-${index + 1}`,
    domain: '*',
    prefix,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 443 : 80),
    tls: secure && { caFile: trustedBundle(text, trust) },
    ...(http2 ? { http2 } : {}),
  };
}

/** Longest prefix first: Envoy takes the first route that matches. */
export function parseUpstreams(texts: readonly string[], trust: TrustOptions = {}): readonly Upstream[] {
  const upstreams = texts
    .map((text, index) => parseUpstream(text, index, trust))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const prefixes = new Set(upstreams.map(({ prefix }) => prefix));
  if (prefixes.size < upstreams.length) throw new UsageError('--upstream: two of them have the same prefix');
  return upstreams;
}
