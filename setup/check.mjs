/** `npm run check`: everything that can be said about the source without running it, at once, each with a verdict of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkDocs } from './docs/check-docs.mjs';
import { nodePath, root } from './paths.mjs';
import { formatElapsed } from './progress.mjs';

/** @typedef {{ readonly ok: boolean, readonly output: string }} Verdict */

const biome = ['@biomejs', 'biome', 'bin', 'biome'];
const tsc = ['typescript', 'bin', 'tsc'];

/** @type {Record<string, () => Promise<Verdict>>} */
const checks = {
  'format, lint, direction of imports': () => tool(biome, ['ci', '--error-on-warnings', '--colors=off', '.']),
  types: () => tool(tsc, ['-p', 'tsconfig.json', '--pretty', 'false']),
  'types of the pure core': () => tool(tsc, ['-p', 'core/tsconfig.json', '--pretty', 'false']),
  'docs, error codes, file sizes': async () => {
    const problems = await checkDocs(root);
    return { ok: problems.length === 0, output: problems.join('\n') };
  },
};

/** @returns {Promise<number>} exit code */
export async function check() {
  const verdicts = await Promise.all(
    Object.entries(checks).map(async ([name, run]) => {
      const startedMs = performance.now();
      const { ok, output } = await run();
      const elapsed = formatElapsed(performance.now() - startedMs);
      process.stdout.write(`${ok ? '✔' : '✖'} ${name} (${elapsed})\n`);
      if (!ok) process.stdout.write(`${output.trimEnd().replace(/^/gm, '    ')}\n`);
      return ok;
    }),
  );
  return verdicts.every(Boolean) ? 0 : 1;
}

/** @param {readonly string[]} path below node_modules @param {readonly string[]} args @returns {Promise<Verdict>} */
async function tool(path, args) {
  const child = spawn(nodePath(), [join(root, 'node_modules', ...path), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ok: code === 0, output: `${stdout}${stderr}` };
}
