import { dirname, join, resolve } from 'node:path';
import { readTextFile, type TextFile, type UnreadableFile } from '@countersign/adapters/files/config-files.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import type { Diagnostic } from '@countersign/core/policy/config.ts';
import { byPlace, formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import { ok, type Result } from '@countersign/core/result.ts';
import type { Command } from 'commander';
import { type PolicyInput, readPolicyInput } from '../policy/input.ts';

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('check policy files');
  policy
    .command('check')
    .description(
      'everything that is wrong with a configuration directory or with policy files; exit 0, 1, or 2 when unreadable',
    )
    .argument('<path...>', 'a directory with countersign.yaml and policy/, a directory of policy files, or files')
    .option('--json', 'one JSON document on stdout')
    .action(async (paths: readonly string[], options: { readonly json?: boolean }) => {
      const input = await gather(paths);
      const report = input.ok ? check(input.value) : { ok: false, unreadable: input.error };
      process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : render(report));
      process.exitCode = 'unreadable' in report ? 2 : report.ok ? 0 : 1;
    });
}

interface Input extends PolicyInput {
  /** countersign.yaml beside the policy, looked at for its names only: it was not asked about. */
  readonly neighbour: TextFile | undefined;
}

type Report =
  | { readonly ok: boolean; readonly unreadable: UnreadableFile }
  | {
      readonly ok: boolean;
      readonly files: number;
      readonly endpoints: number;
      readonly rules: number;
      readonly revision?: string;
      readonly credentialsChecked: boolean;
      readonly diagnostics: readonly Diagnostic[];
    };

async function gather(paths: readonly string[]): Promise<Result<Input, UnreadableFile>> {
  const configurations: TextFile[] = [];
  const policy: TextFile[] = [];
  for (const path of paths) {
    const part = await readPolicyInput(path);
    if (!part.ok) return part;
    configurations.push(...part.value.configurations);
    policy.push(...part.value.policy);
  }
  return ok({ configurations, policy, neighbour: configurations.length > 0 ? undefined : await findNeighbour(policy) });
}

async function findNeighbour(policy: readonly TextFile[]): Promise<TextFile | undefined> {
  const folder = dirname(policy[0]?.name ?? '');
  for (const candidate of [join(folder, 'countersign.yaml'), join(folder, '..', 'countersign.yaml')]) {
    const file = await readTextFile(candidate);
    if (file.ok) return file.value;
  }
  return undefined;
}

function check({ configurations, policy, neighbour }: Input): Report {
  const diagnostics: Diagnostic[] = [];
  let credentials: string[] | undefined;
  for (const file of neighbour ? [neighbour] : configurations) {
    const loaded = loadConfiguration(file, dirname(resolve(file.name)));
    if (loaded.ok) credentials = [...(credentials ?? []), ...loaded.value.credentials.map(({ name }) => name)];
    else if (!neighbour) diagnostics.push(...loaded.error);
  }
  const loaded = loadPolicy(policy, { credentials }, createPolicyPorts());
  if (!loaded.ok) diagnostics.push(...loaded.error);
  return {
    ok: diagnostics.length === 0,
    files: configurations.length + policy.length,
    endpoints: loaded.ok ? loaded.value.endpoints.length : 0,
    rules: loaded.ok ? loaded.value.rules.length : 0,
    ...(loaded.ok && { revision: loaded.value.revision }),
    credentialsChecked: credentials !== undefined,
    diagnostics: diagnostics.sort(byPlace),
  };
}

function render(report: Report): string {
  if ('unreadable' in report) return `${report.unreadable.file}: ${report.unreadable.reason}\n`;
  const lines = report.diagnostics.map(formatDiagnostic);
  const { endpoints, rules, revision } = report;
  const errors = report.diagnostics.length;
  if (errors > 0) lines.push('', `${count(errors, 'error')} in ${count(report.files, 'file')}`);
  else lines.push(`ok: ${count(endpoints, 'endpoint')}, ${count(rules, 'rule')}, revision ${revision ?? ''}`);
  if (!report.credentialsChecked) lines.push('names of credentials were not checked: no readable countersign.yaml');
  return `${lines.join('\n')}\n`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
