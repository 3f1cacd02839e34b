import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  readConfigFiles,
  readPolicyFiles,
  readTextFile,
  type TextFile,
  type UnreadableFile,
} from '@countersign/adapters/files/config-files.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';

export interface PolicyInput {
  readonly configurations: readonly TextFile[];
  /** Concatenated into one policy. */
  readonly policy: readonly TextFile[];
}

/** A configuration directory, a directory of policy files, or one file. */
export async function readPolicyInput(path: string): Promise<Result<PolicyInput, UnreadableFile>> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return err({ file: path, reason: 'does not exist' });
  if (!found.isDirectory()) {
    const file = await readTextFile(path);
    if (!file.ok) return file;
    const isConfiguration = basename(path) === 'countersign.yaml';
    return ok({ configurations: isConfiguration ? [file.value] : [], policy: isConfiguration ? [] : [file.value] });
  }
  if (!(await exists(join(path, 'countersign.yaml'))) && !(await exists(join(path, 'policy')))) {
    const files = await readPolicyFiles(path);
    return files.ok ? ok({ configurations: [], policy: files.value }) : files;
  }
  const files = await readConfigFiles(path);
  return files.ok ? ok({ configurations: [files.value.configuration], policy: files.value.policy }) : files;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
