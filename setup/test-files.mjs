/** Which test files there are: all of the project, or those that the caller names. */
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { filesBelow } from './files.mjs';

const ending = '.test.ts';

/**
 * @param {string} root
 * @param {readonly string[]} selections files or folders, relative to `root`; none means all
 * @returns {{ readonly files: readonly string[], readonly empty: readonly string[] }} sorted paths relative to `root`, and the
 *   selections that hold no test
 */
export function selectTests(root, selections) {
  const wanted = selections.length > 0 ? selections : ['.'];
  const found = wanted.map((selection) => testsAt(resolve(root, selection)));
  const files = new Set(found.flat().map((path) => relative(root, path)));
  return { files: [...files].sort(), empty: wanted.filter((_, index) => found[index]?.length === 0) };
}

/** @param {string} path @returns {readonly string[]} */
function testsAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) return path.endsWith(ending) ? [path] : [];
  return stat?.isDirectory() ? filesBelow(path, [ending]) : [];
}
