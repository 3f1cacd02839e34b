/** A file of more than 300 lines holds two things that want two rooms. Generated ones say `@generated` at their top. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { filesBelow } from '../files.mjs';

const maxLines = 300;
const sources = ['.ts', '.mjs', '.js', '.py', '.sh', '.css', '.html', '.proto'];

/** @param {string} root @returns {Promise<readonly string[]>} */
export async function sizeProblems(root) {
  const problems = await Promise.all(
    filesBelow(root, sources).map(async (path) => {
      const text = await readFile(path, 'utf8');
      const lines = text.trimEnd().split('\n').length;
      if (lines <= maxLines || text.slice(0, 500).includes('@generated')) return [];
      return [`${relative(root, path)}: ${lines} lines, more than ${maxLines}; split it`];
    }),
  );
  return problems.flat();
}
