/**
 * Writes an evidence pack as a folder, whole or not at all: beside its place under another name, everything on disk, and renamed
 * when that which seals it has been done. docs/ledger-format.md, "Evidence pack".
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isPackFileName, noteName, type PackFile, sumsName } from '@countersign/core/evidence/pack-file.ts';

/** Why there is no pack. Its message is all that a person needs. */
export class PackFolderError extends Error {}

export interface WrittenPack {
  /** SHA-256 of SHA256SUMS. */
  readonly sums: Uint8Array;
  /** All of them. */
  readonly files: number;
  readonly bytes: number;
}

export interface PackFolderOptions {
  /** Must not exist. */
  readonly out: string;
  readonly files: Iterable<PackFile>;
  /** The text of pack.note. */
  readonly sign: (sums: Uint8Array) => Promise<string>;
  /** Before the folder gets its name; when it fails there is no pack. */
  readonly release: (pack: WrittenPack) => Promise<void>;
  readonly onProgress: (bytes: number) => void;
}

/** Written together: a line at a time would be a system call for each record. */
const flushAtLength = 1024 * 1024;

/** @throws PackFolderError, and whatever the files, `sign` and `release` throw; nothing is left then, or the message says what */
export async function writePackFolder(options: PackFolderOptions): Promise<WrittenPack> {
  const { sign, release } = options;
  const out = path.resolve(options.out);
  assertNewFolder(out);
  const partial = `${out}.partial-${randomBytes(6).toString('hex')}`;
  onDisk(out, () => fs.mkdirSync(partial, { mode: 0o700 }));
  try {
    const writer = new Writer(out, partial, options.onProgress);
    for (const file of options.files) writer.write(checked(file));
    const listed = [...writer.hashes].sort(([a], [b]) => (a < b ? -1 : 1));
    const sumsHash = writer.write({
      name: sumsName,
      content: () => listed.map(([name, hash]) => `${hash}  ${name}\n`),
    });
    const sums = Uint8Array.from(Buffer.from(sumsHash, 'hex'));
    const note = await sign(sums);
    writer.write({ name: noteName, content: () => [note] });
    writer.syncFolders();
    const pack = { sums, files: writer.hashes.size, bytes: writer.bytes };
    await release(pack);
    assertNewFolder(out);
    onDisk(out, () => fs.renameSync(partial, out));
    syncParent(out);
    return pack;
  } catch (error) {
    throw discarded(partial, error);
  }
}

/** An empty folder would be replaced by `rename`, so it is asked for by name. @throws PackFolderError */
export function assertNewFolder(out: string): void {
  const parent = path.dirname(path.resolve(out));
  if (onDisk(out, () => fs.statSync(parent, { throwIfNoEntry: false }))?.isDirectory() !== true)
    throw new PackFolderError(`${out} cannot be written: ${parent} is no folder`);
  const there = onDisk(out, () => fs.lstatSync(out, { throwIfNoEntry: false }));
  if (there !== undefined) throw new PackFolderError(`${out} exists already: a pack is never written over something`);
}

function checked(file: PackFile): PackFile {
  if (!isPackFileName(file.name) || file.name === sumsName || file.name === noteName)
    throw new PackFolderError(`${JSON.stringify(file.name)} is no name for a file of a pack`);
  return file;
}

class Writer {
  /** Of each file by name, hexadecimal. */
  readonly hashes = new Map<string, string>();
  readonly #out: string;
  readonly #root: string;
  readonly #folders = new Set<string>();
  readonly #onProgress: (bytes: number) => void;
  bytes = 0;

  constructor(out: string, root: string, onProgress: (bytes: number) => void) {
    this.#out = out;
    this.#root = root;
    this.#folders.add(root);
    this.#onProgress = onProgress;
  }

  /** @returns its SHA-256, hexadecimal */
  write({ name, content }: PackFile): string {
    // A name that is a folder already is refused by the file system.
    if (this.hashes.has(name)) throw new PackFolderError(`${name} would be in the pack twice`);
    const file = path.join(this.#root, name);
    this.#makeFolders(path.dirname(file));
    const descriptor = onDisk(this.#out, () => fs.openSync(file, 'wx', 0o600));
    try {
      const hash = createHash('sha256');
      for (const piece of pieces(content())) {
        hash.update(piece);
        onDisk(this.#out, () => fs.writeFileSync(descriptor, piece));
        this.bytes += piece.length;
        this.#onProgress(this.bytes);
      }
      onDisk(this.#out, () => fs.fsyncSync(descriptor));
      const hex = hash.digest('hex');
      this.hashes.set(name, hex);
      return hex;
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** The names in them have to survive as well. */
  syncFolders(): void {
    onDisk(this.#out, () => {
      for (const folder of this.#folders) syncFolder(folder);
    });
  }

  #makeFolders(folder: string): void {
    if (this.#folders.has(folder)) return;
    this.#makeFolders(path.dirname(folder));
    onDisk(this.#out, () => fs.mkdirSync(folder, { mode: 0o700 }));
    this.#folders.add(folder);
  }
}

function* pieces(content: Iterable<string | Uint8Array>): Generator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for (const part of content) {
    const bytes = Buffer.from(part);
    waiting.push(bytes);
    length += bytes.length;
    if (length < flushAtLength) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  yield Buffer.concat(waiting);
}

function syncParent(out: string): void {
  try {
    syncFolder(path.dirname(out));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PackFolderError(`${out} is there, but a crash of this host could take it away: ${why}`);
  }
}

function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What the file system refuses, in words. What the content of a file throws is somebody else's. */
function onDisk<T>(out: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new PackFolderError(`${out}: there is no room left for the pack`);
    throw new PackFolderError(`${out} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function discarded(partial: string, error: unknown): unknown {
  try {
    fs.rmSync(partial, { recursive: true, force: true });
    return error;
  } catch (left) {
    const [why, what] = [error, left].map((each) => (each instanceof Error ? each.message : String(each)));
    return new PackFolderError(`${why}; ${partial} is left, as it cannot be removed: ${what}`, { cause: error });
  }
}
