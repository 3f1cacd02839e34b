/** What documentation promises, held against the tree. Every finding is one line: file, line where there is one, what is wrong. */
import { codeProblems } from './error-codes.mjs';
import { sizeProblems } from './file-sizes.mjs';
import { linkProblems } from './links.mjs';

/** @param {string} root @returns {Promise<readonly string[]>} no entry: all is well */
export async function checkDocs(root) {
  const problems = await Promise.all([linkProblems(root), codeProblems(root), sizeProblems(root)]);
  return problems.flat();
}
