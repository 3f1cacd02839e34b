/** What masks, from the options: the profile, the engine with its key, and how the body is read. */
import { dirname, resolve } from 'node:path';
import { type KeyFile, loadKey } from '@countersign/adapters/keys/key-file.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { createReplacements } from '@countersign/adapters/replacements/replacements.ts';
import type { MaskingEngine } from '@countersign/core/masking/engine.ts';
import { builtInProfiles } from '@countersign/core/masking/profile.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import type { MaskProfile } from '@countersign/core/policy/policy.ts';
import { didYouMean } from '@countersign/core/policy/suggest.ts';
import { readPolicyInput } from '../policy/input.ts';
import { UsageError } from '../up/configuration.ts';

export interface MaskOptions {
  readonly policy?: string;
  readonly profile: string;
  readonly key?: string;
}

export interface MaskSetting {
  readonly engine: MaskingEngine;
  readonly profile: MaskProfile;
}

/** The policy is wrong: exit 1, with its faults. */
export class PolicyFaults extends Error {}

export async function openSetting({ policy, profile: name, key }: MaskOptions): Promise<MaskSetting> {
  const read = policy === undefined ? { profiles: builtInProfiles, keyFile: undefined } : await readPolicy(policy);
  const profile = read.profiles.find((one) => one.name === name);
  if (profile === undefined) throw new UsageError(unknownProfile(name, read.profiles));
  const file = key ?? read.keyFile;
  const masking = needsKey(profile) ? requireKey(profile.name, file) : undefined;
  return { engine: createMasking(createReplacements(masking)), profile };
}

async function readPolicy(
  path: string,
): Promise<{ readonly profiles: readonly MaskProfile[]; readonly keyFile: string | undefined }> {
  const input = await readPolicyInput(path);
  if (!input.ok) throw new UsageError(`${input.error.file} ${input.error.reason}`);
  const { configurations, policy } = input.value;
  if (policy.length === 0) throw new UsageError(`${path} holds no policy`);
  const loaded = loadPolicy(policy, { credentials: undefined }, createPolicyPorts());
  if (!loaded.ok) throw new PolicyFaults(loaded.error.map(formatDiagnostic).join('\n'));
  const [file] = configurations;
  const configuration = file && loadConfiguration(file, dirname(resolve(file.name)));
  return {
    profiles: loaded.value.profiles,
    keyFile: configuration?.ok ? configuration.value.keys.masking : undefined,
  };
}

function unknownProfile(name: string, profiles: readonly MaskProfile[]): string {
  const names = profiles.map((profile) => profile.name);
  return `unknown mask profile "${name}": ${didYouMean(name, names) ?? `known: ${names.join(', ')}`}`;
}

const needsKey = ({ actions }: MaskProfile): boolean =>
  [actions.default, ...Object.values(actions.of)].some(({ kind }) => kind === 'tokenize' || kind === 'pseudonym');

function requireKey(profile: string, file: string | undefined): KeyFile {
  if (file === undefined) throw new UsageError(`profile "${profile}" makes tokens or pseudonyms: say --key FILE`);
  const key = loadKey(file);
  if (!key.ok) throw new UsageError(`${file}: ${key.error.reason}`);
  return key.value;
}
