/** Anchors checkpoints as files, each written once (folder-layout.ts): on a write-once mount, or where another host takes them from. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { Anchor, AnchorError } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import { anchoredLedgerFolder, certificateName, checkpointName } from './folder-layout.ts';

/** Auditors read them as other users; what they say is no secret, and nobody is to change it. */
const folderMode = 0o755;
const fileMode = 0o444;

export function createFolderAnchor(directory: string): Anchor {
  return {
    name: directory,
    async keep({ ledger, size, certificate, checkpoint }: Publication): Promise<Result<void, AnchorError>> {
      const folder = anchoredLedgerFolder(directory, ledger);
      try {
        await mkdir(folder, { recursive: true, mode: folderMode });
        const kept = await writeOnce(path.join(folder, certificateName), certificate);
        return kept.ok ? await writeOnce(path.join(folder, checkpointName(size)), checkpoint) : kept;
      } catch (error) {
        return err({ code: 'ERR_ANCHOR_AWAY', reason: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

/** Whole or not at all, also when this process or the host dies meanwhile: a cut note would look like a forged one. */
export async function writeOnce(file: string, content: string | Uint8Array): Promise<Result<void, AnchorError>> {
  const there = await readIfThere(file);
  if (there !== undefined) {
    if (there.equals(Buffer.from(content))) return ok(undefined);
    return err({ code: 'ERR_ANCHOR_CONFLICT', reason: `${file} is there already, and is another one` });
  }
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.partial`);
  try {
    await writeAndSync(partial, content);
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
  await syncFolder(path.dirname(file));
  return ok(undefined);
}

async function writeAndSync(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(content);
    await handle.chmod(fileMode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
