import type { Upstream } from '@countersign/envoy/config.ts';
import { UsageError } from './configuration.ts';

const form = /^(?:(\/[^=]*)=)?(https?:\/\/.+)$/;

/** `[PREFIX=]URL`, e.g. `http://127.0.0.1:8000` or `/v2=https://scoring.internal:8443`; all paths when there is no prefix. */
export function parseUpstream(text: string, index: number): Upstream {
  const [, prefix = '/', address = ''] = form.exec(text) ?? [];
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new UsageError(`--upstream ${text}: expected [PREFIX=]URL, e.g. http://127.0.0.1:8000`);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError(
      `--upstream ${text}: paths are passed on as callers send them, so the URL ends after its port`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--upstream: no credentials in the URL; name them in countersign.yaml (credentials:)');
  }
  const tls = url.protocol === 'https:';
  return {
    name: `upstream-${index + 1}`,
    domain: '*',
    prefix,
    host: url.hostname,
    port: Number(url.port) || (tls ? 443 : 80),
    tls,
  };
}

/** Longest prefix first: Envoy takes the first route that matches. */
export function parseUpstreams(texts: readonly string[]): readonly Upstream[] {
  const upstreams = texts.map(parseUpstream).sort((a, b) => b.prefix.length - a.prefix.length);
  const prefixes = new Set(upstreams.map(({ prefix }) => prefix));
  if (prefixes.size < upstreams.length) throw new UsageError('--upstream: two of them have the same prefix');
  return upstreams;
}
