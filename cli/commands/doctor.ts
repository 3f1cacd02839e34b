import type { Result } from '@countersign/core/result.ts';
import type { Finding } from '@countersign/envoy/audit/finding.ts';
import type { Command } from 'commander';
import { renderChecks } from '../doctor/check.ts';
import { checkConfiguration } from '../doctor/configuration.ts';
import { auditEnvoy } from '../doctor/envoy.ts';
import { checkInstallation } from '../doctor/installation.ts';

interface DoctorOptions {
  readonly envoy?: string;
  readonly config?: string;
  readonly json: boolean;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what is installed, configured and reachable; ways around the gateway in an Envoy configuration')
    .option('--envoy <url|file>', 'audit an Envoy: its admin URL, a /config_dump, or a bootstrap in JSON')
    .option('--config <dir>', 'check a configuration: loads, keys, addresses')
    .option('--json', 'print one JSON document', false)
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const installation = await checkInstallation();
  const configuration = options.config === undefined ? undefined : await checkConfiguration(options.config);
  const envoy = options.envoy === undefined ? undefined : await auditEnvoy(options.envoy);
  const checks = [...installation, ...found(configuration)];
  const findings = found(envoy);
  const unreadable = [configuration, envoy].flatMap((result) => (result && !result.ok ? [result.error] : []));
  const fine = findings.length === 0 && checks.every((check) => check.state !== 'wrong');
  process.exitCode = unreadable.length > 0 ? 2 : fine ? 0 : 1;
  if (options.json) {
    console.log(JSON.stringify({ ok: process.exitCode === 0, checks, findings, unreadable }));
    return;
  }
  console.log(renderChecks(checks));
  if (envoy?.ok) console.log(renderFindings(envoy.value));
  for (const reason of unreadable) console.error(`✖ ${reason}`);
}

function found<T>(result: Result<readonly T[], string> | undefined): readonly T[] {
  return result?.ok ? result.value : [];
}

function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return '✔ Envoy: no way around the gateway found in this configuration';
  return findings
    .map(({ where, what, remedy, reason }) => `✖ Envoy, ${where}: ${what} [${reason}]\n  → ${remedy}`)
    .join('\n');
}
