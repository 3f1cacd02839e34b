import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfigFiles } from '@countersign/adapters/files/config-files.ts';
import { loadKey } from '@countersign/adapters/keys/key-file.ts';
import { readKeyRing } from '@countersign/adapters/keys/key-ring-file.ts';
import { readPrivateKeys } from '@countersign/adapters/keys/private-keys.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { ringFault } from '@countersign/core/payload/key-ring.ts';
import type { Configuration, Diagnostic } from '@countersign/core/policy/config.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import type { Check } from './check.ts';
import { checkKafka } from './kafka.ts';
import { checkListeners } from './listeners.ts';
import { checkReach } from './reach.ts';

/**
 * A configuration as the services would read it: does it load, are its key files there and private, who answers at its addresses.
 * The error is a sentence for people: the folder could not be read at all.
 */
export async function checkConfiguration(folder: string): Promise<Result<readonly Check[], string>> {
  const directory = resolve(folder);
  const files = await readConfigFiles(directory);
  if (!files.ok) return err(`${files.error.file} ${files.error.reason}`);
  const { configuration: file, policy } = files.value;
  const configuration = loadConfiguration(file, directory);
  const known = configuration.ok
    ? {
        credentials: configuration.value.credentials.map((entry) => entry.name),
        maskingKey: loadKey(configuration.value.keys.masking).ok,
      }
    : { credentials: undefined };
  const loaded = loadPolicy(policy, known, createPolicyPorts());
  return ok([
    ...(configuration.ok
      ? [{ about: 'configuration', state: 'ok', detail: file.name } as const]
      : faults('configuration', configuration.error)),
    ...(loaded.ok
      ? [
          {
            about: 'policy',
            state: 'ok',
            detail: `${loaded.value.rules.length} rules, revision ${loaded.value.revision}`,
          } as const,
        ]
      : faults('policy', loaded.error)),
    ...(configuration.ok
      ? [
          ...checkKeys(configuration.value),
          checkAnchor(configuration.value),
          ...(await checkListeners(configuration.value)),
          ...(await checkReach(configuration.value)),
          ...(await checkKafka(configuration.value)),
        ]
      : []),
  ]);
}

function checkAnchor({ ledger: { anchor } }: Configuration): Check {
  const about = 'ledger anchor';
  if (anchor === undefined) {
    const detail = "none: the ledgers are not resistant to this host's administrator";
    return {
      about,
      state: 'absent',
      detail,
      remedy: 'name a folder out of their reach in ledger.anchor (docs/configuration.md)',
    };
  }
  if (statSync(anchor.directory, { throwIfNoEntry: false })?.isDirectory()) {
    return { about, state: 'ok', detail: anchor.directory };
  }
  return {
    about,
    state: 'warning',
    detail: `${anchor.directory} is not there yet`,
    remedy: 'mount it, or let the services make it',
  };
}

function faults(about: string, diagnostics: readonly Diagnostic[]): readonly Check[] {
  return diagnostics.map(({ file, line, column, message, hint }) => ({
    about,
    state: 'wrong',
    detail: `${file}:${line}:${column}: ${message}`,
    ...(hint === undefined ? {} : { remedy: hint }),
  }));
}

function checkKeys({ keys: { payload, private: privateKeys, ...keys }, credentials }: Configuration): readonly Check[] {
  return [
    ...Object.entries(keys)
      .filter(isExpected)
      .map(([name, file]): Check => {
        const about = `key ${name}`;
        const key = loadKey(file);
        if (key.ok) return { about, state: 'ok', detail: file };
        return {
          about,
          state: 'wrong',
          detail: `${file}: ${key.error.reason}`,
          remedy: 'countersign up makes missing keys',
        };
      }),
    checkRing(payload),
    ...checkPrivateKeys(privateKeys),
    ...credentials.map((entry) => checkSecret(`credential ${entry.name}`, entry.file)),
  ];
}

function checkRing(file: string): Check {
  const about = 'key payload';
  const ring = readKeyRing(file);
  const fault = ring.ok ? ringFault(ring.value) : ring.error;
  if (fault === undefined) return { about, state: 'ok', detail: file };
  return { about, state: 'wrong', detail: `${file}: ${fault}`, remedy: 'countersign key rotate makes them' };
}

/** What may be so, and is better elsewhere. */
function checkPrivateKeys(directory: string): readonly Check[] {
  const { keys } = readPrivateKeys(directory);
  if (keys.length === 0) return [];
  return [
    {
      about: 'key private',
      state: 'warning',
      detail: `${directory}: the private halves of payload keys are on this host: whoever owns it can read what was sealed`,
      remedy: 'keep them where the auditors are, and name that folder to countersign payload reveal --keys',
    },
  ];
}

/** The masking key may be missing: a policy that needs it says so. */
const isExpected = ([name, file]: readonly [name: string, file: string]): boolean =>
  name !== 'masking' || existsSync(file);

function checkSecret(about: string, file: string): Check {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile())
    return { about, state: 'wrong', detail: `${file} is not there`, remedy: 'put the key of the upstream into it' };
  const mode = (stat.mode & 0o777).toString(8);
  if ((stat.mode & 0o077) === 0) return { about, state: 'ok', detail: file };
  return { about, state: 'wrong', detail: `${file} has mode 0${mode}`, remedy: `chmod 600 ${file}` };
}
