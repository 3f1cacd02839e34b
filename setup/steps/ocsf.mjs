/** (g) For tests only: the published schema of OCSF's API Activity, from the wheel that setup/ocsf/requirements.txt pins. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { discard, fillOnce } from '../cache.mjs';
import { ocsfDirectory, ocsfSchemaPath, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf, run } from '../subprocess.mjs';

const minimumMinor = 10;

/** @satisfies {import('./step.d.mts').Step} */
export const ocsf = {
  name: 'the schema of OCSF',
  target: ocsfDirectory,
  ready: () => ocsfSchemaPath() !== undefined,
  obstacle() {
    const [, minor] = /from .*\(python 3\.(\d+)\)$/.exec(answerOf(['python3', '-m', 'pip', '--version']) ?? '') ?? [];
    if (Number(minor) >= minimumMinor) return undefined;
    return `the tests of OCSF events need Python 3.${minimumMinor} with pip: apt-get install -y python3 python3-pip`;
  },
  async install() {
    await announced('downloading the schema of OCSF for the tests', '2 MB, once per machine', () =>
      fillOnce(ocsf.target(), exportInto),
    );
  },
};

/** @param {string} partial */
async function exportInto(partial) {
  const log = join(root, '.build', 'setup', 'ocsf.log');
  const folder = join(root, 'setup', 'ocsf');
  const wheels = join(partial, 'wheels');
  const content = join(partial, 'content');
  mkdirSync(wheels);
  const pip = ['download', '--no-deps', '--require-hashes', '--only-binary', ':all:', '--no-input', '--dest', wheels];
  await run(['python3', '-m', 'pip', ...pip, '-r', join(folder, 'requirements.txt')], {
    what: 'pip could not download the schema of OCSF',
    advice: 'check the network, or point pip at a mirror (PIP_INDEX_URL)',
    log,
  });
  const [wheel] = readdirSync(wheels);
  await run(['python3', '-m', 'zipfile', '-e', join(wheels, wheel ?? ''), content], {
    what: 'the wheel could not be unpacked',
    advice: 'check that the disk is not full, then run the command again',
    log,
  });
  const file = join(partial, 'api_activity.json');
  await run(['env', `PYTHONPATH=${content}`, 'python3', join(folder, 'export.py'), file], {
    what: 'the schema of OCSF could not be exported',
    advice: 'read the log, then run the command again',
    log,
  });
  discard(wheels);
  discard(content);
}
