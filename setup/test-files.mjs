/** Which test files there are: all of the project, or those that the caller names. */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { filesBelow } from './files.mjs';

/** Of the tests that `npm test` runs, and of those with clients and servers of others, which want 300 MB of Python first. */
export const endings = /** @type {const} */ ({ test: '.test.ts', clients: '.client.ts' });

/**
 * @param {string} root
 * @param {readonly string[]} selections files or folders, relative to `root`; none means all
 * @param {string} ending
 * @returns {{ readonly files: readonly string[], readonly empty: readonly string[] }} sorted paths relative to `root`, and the
 *   selections that hold no test
 */
export function selectTests(root, selections, ending = endings.test) {
  const wanted = selections.length > 0 ? selections : ['.'];
  const found = wanted.map((selection) => testsAt(resolve(root, selection), ending));
  const files = new Set(found.flat().map((path) => relative(root, path)));
  return { files: [...files].sort(), empty: wanted.filter((_, index) => found[index]?.length === 0) };
}

/** @param {string} path @param {string} ending @returns {readonly string[]} */
function testsAt(path, ending) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) return path.endsWith(ending) ? [path] : [];
  return stat?.isDirectory() ? filesBelow(path, [ending]) : [];
}
