import { join } from 'node:path';
import { run } from '../subprocess.mjs';

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
