import { join } from 'node:path';
import { fillOnce } from '../cache.mjs';
import { root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf, run } from '../subprocess.mjs';

/**
 * A virtual environment with exactly the pinned packages. The folder is renamed when it is whole, so nothing that names it may be
 * used: `bin/python` finds its packages by where it lies, the scripts beside it do not. Without pip of its own: Debian's venv has none
 * to put in.
 * @param {string} python
 * @param {string} folder
 * @param {{ readonly requirements: string, readonly what: string, readonly advice: string, readonly log: string }} options
 */
export async function installRequirements(python, folder, { requirements, what, advice, log }) {
  await run([python, '-m', 'venv', '--without-pip', folder], {
    what: `${python} could not make a virtual environment`,
    advice: 'read the log, then run the command again',
    log,
  });
  const own = join(folder, 'bin', 'python');
  const pip = ['--python', own, 'install', '--require-hashes', '--only-binary', ':all:', '--no-input', '--no-compile'];
  await run([python, '-m', 'pip', ...pip, '-r', requirements], { what: `pip could not install ${what}`, advice, log });
}

/**
 * A step that gives some packages to whatever Python 3 the machine has.
 * @param {{ readonly name: string, readonly target: () => string, readonly ready: () => boolean, readonly requirements: string, readonly what: string, readonly size: string, readonly log: string }} options
 * @returns {import('./step.d.mts').Step}
 */
export function smallEnvironment({ name, target, ready, requirements, what, size, log }) {
  return {
    name,
    target,
    ready,
    obstacle: () =>
      answerOf(['python3', '-m', 'pip', '--version']) === undefined
        ? `the tests of ${what.replace(/^what | needs$/g, '')} need Python 3 with pip: apt-get install -y python3 python3-pip python3-venv`
        : undefined,
    async install() {
      await announced(`installing ${what}`, `${size}, some seconds, once per machine`, () =>
        fillOnce(target(), (partial) =>
          installRequirements('python3', partial, {
            requirements,
            what,
            advice: 'check the network, or point pip at a mirror (PIP_INDEX_URL)',
            log: join(root, '.build', 'setup', log),
          }),
        ),
      );
    },
  };
}
