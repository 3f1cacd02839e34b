/** Folders in the cache appear whole or not at all, however many set-ups run at once and whichever of them is interrupted. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const abandonedAfterMs = 24 * 60 * 60 * 1000;
const temporary = '.tmp-';

/**
 * Makes `directory` by filling a folder beside it and renaming that. When another process was first, its folder stays.
 * @param {string} directory
 * @param {(partial: string) => Promise<void>} fill
 * @returns {Promise<void>}
 */
export async function fillOnce(directory, fill) {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  removeAbandoned(parent);
  const partial = mkdtempSync(join(parent, `${temporary}${basename(directory)}-`));
  // A set-up that is told to end exits without unwinding.
  const remove = () => rmSync(partial, { recursive: true, force: true, maxRetries: 3 });
  process.on('exit', remove);
  try {
    await fill(partial);
    renameSync(partial, directory);
  } catch (error) {
    if (!isOccupied(error)) throw error;
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Moves a folder that turned out to be broken out of the way at once, then deletes it. @param {string} directory */
export function discard(directory) {
  const aside = join(dirname(directory), `${temporary}${basename(directory)}-${randomBytes(4).toString('hex')}`);
  if (existsSync(directory)) renameSync(directory, aside);
  rmSync(aside, { recursive: true, force: true });
}

/** Interrupted set-ups leave partial folders; a day later nobody is filling them any more. @param {string} parent */
function removeAbandoned(parent) {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(temporary)) continue;
    const path = join(parent, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedAfterMs) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {unknown} error */
function isOccupied(error) {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
