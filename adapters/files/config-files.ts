import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@countersign/core/result.ts';

export interface TextFile {
  readonly name: string;
  readonly text: string;
}

export interface ConfigFiles {
  readonly configuration: TextFile;
  /** By name, so that the order does not depend on the file system. */
  readonly policy: readonly TextFile[];
}

export interface UnreadableFile {
  readonly file: string;
  readonly reason: string;
}

const maxBytes = 4 * 1024 * 1024;
const attempts = 5;

/**
 * `countersign.yaml` and `policy/*.yaml`. Read until two passes agree: a ConfigMap swaps its link between two of our reads,
 * and a mixture of old and new files could load and lack a deny.
 */
export async function readConfigFiles(directory: string): Promise<Result<ConfigFiles, UnreadableFile>> {
  let previous = await readOnce(directory);
  for (let attempt = 1; attempt < attempts; attempt++) {
    const current = await readOnce(directory);
    if (JSON.stringify(current) === JSON.stringify(previous)) return current;
    previous = current;
  }
  return err({ file: directory, reason: 'the files keep changing while they are read' });
}

async function readOnce(directory: string): Promise<Result<ConfigFiles, UnreadableFile>> {
  const configuration = await readTextFile(join(directory, 'countersign.yaml'));
  if (!configuration.ok) return configuration;
  const policy = await readPolicyFiles(join(directory, 'policy'));
  return policy.ok ? ok({ configuration: configuration.value, policy: policy.value }) : policy;
}

/** Every `*.yaml` and `*.yml` of a folder; names that start with a dot (`..data` of a ConfigMap) are not policy. */
export async function readPolicyFiles(directory: string): Promise<Result<readonly TextFile[], UnreadableFile>> {
  const names = await readdir(directory).catch((error: unknown) => error);
  if (!Array.isArray(names)) return err({ file: directory, reason: reasonOf(names) });
  const wanted = names.filter((name: string) => /^[^.].*\.ya?ml$/.test(name) && name !== 'countersign.yaml').sort();
  if (wanted.length === 0) return err({ file: directory, reason: 'no policy file (*.yaml) in here' });
  const files: TextFile[] = [];
  for (const name of wanted) {
    const file = await readTextFile(join(directory, name));
    if (!file.ok) return file;
    files.push(file.value);
  }
  return ok(files);
}

export async function readTextFile(name: string): Promise<Result<TextFile, UnreadableFile>> {
  try {
    const { size } = await stat(name);
    if (size > maxBytes) return err({ file: name, reason: 'larger than 4 MiB' });
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(name));
    return ok({ name, text });
  } catch (error) {
    return err({ file: name, reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be read';
  if (!('code' in error)) return error.message;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read by this user',
    ENOTDIR: 'is not a directory',
    EISDIR: 'is a directory',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
  };
  return known[String(error.code)] ?? `cannot be read: ${String(error.code)}`;
}
