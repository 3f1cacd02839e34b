import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files of the project below a folder, sorted: nothing that npm installed, nothing hidden.
 * @param {string} directory
 * @param {readonly string[]} endings for example [".md"]
 * @returns {string[]} paths that begin with `directory`
 */
export function filesBelow(directory, endings) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return filesBelow(path, endings);
      return entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
    })
    .sort();
}
