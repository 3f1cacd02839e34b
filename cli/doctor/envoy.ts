import { readFile } from 'node:fs/promises';
import { err, type Result } from '@countersign/core/result.ts';
import type { Finding } from '@countersign/envoy/audit/finding.ts';
import { auditEnvoyConfig } from '@countersign/envoy/audit-config.ts';

const answerTimeoutMs = 10_000;

/** `source`: the URL of an admin interface, or a file with its `/config_dump` or with a bootstrap in JSON. */
export async function auditEnvoy(source: string): Promise<Result<readonly Finding[], string>> {
  try {
    const live = /^https?:\/\//.test(source);
    const config = live ? await fetchJson(source, '/config_dump') : parse(await readFile(source, 'utf8'));
    // What Envoy runs with can differ from its bootstrap. Without an answer the bootstrap counts.
    const runtime = live ? await fetchJson(source, '/runtime').catch(() => undefined) : undefined;
    const findings = auditEnvoyConfig(config, runtime);
    if (findings.ok) return findings;
    return err(`${source} holds no Envoy configuration: give an admin URL, a /config_dump or a bootstrap in JSON`);
  } catch (error) {
    return err(`${source} cannot be read: ${reasonOf(error)}`);
  }
}

async function fetchJson(admin: string, path: string): Promise<unknown> {
  const response = await fetch(new URL(path, admin), { signal: AbortSignal.timeout(answerTimeoutMs) });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return parse(await response.text());
}

const parse = (text: string): unknown => JSON.parse(text);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides the reason one level down.
  return error.cause instanceof Error ? error.cause.message : error.message;
}
