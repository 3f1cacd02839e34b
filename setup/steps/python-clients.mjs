/** (f) For the clients tier only: clients and model servers of others, from PyPI, each checked against clients/python/requirements.txt. */
import { join } from 'node:path';
import { fillOnce } from '../cache.mjs';
import { SetupFailure } from '../failure.mjs';
import { pythonClientsDirectory, pythonClientsPath, pythonClientsRequirements, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf } from '../subprocess.mjs';
import { installRequirements } from './virtual-environment.mjs';

/** mlserver takes nothing newer, and the libraries of mlserver-sklearn take nothing older. */
const minors = [12, 11];

/** @satisfies {import('./step.d.mts').Step} */
export const pythonClients = {
  name: 'Python clients and model servers',
  target: pythonClientsDirectory,
  ready: () => pythonClientsPath() !== undefined,
  obstacle() {
    if (interpreter() !== undefined) return undefined;
    const versions = minors.map((minor) => `3.${minor}`).join(' or ');
    return `the tests with clients and servers of others need Python ${versions} with pip: apt-get install -y python3 python3-pip`;
  },
  async install() {
    const python = interpreter();
    if (python === undefined) throw new SetupFailure('no Python that fits', { advice: pythonClients.obstacle() ?? '' });
    await announced('installing Python clients and model servers', '300 MB, 1 to 3 minutes, once per machine', () =>
      fillOnce(pythonClients.target(), (partial) =>
        installRequirements(python, partial, {
          requirements: pythonClientsRequirements,
          what: 'the Python clients and model servers',
          advice:
            'check the network, or point pip at a mirror (PIP_INDEX_URL); the wheels need glibc 2.35 on x86_64, and pip 22.3 or newer',
          log: join(root, '.build', 'setup', 'python-clients.log'),
        }),
      ),
    );
  },
};

/** @returns {string | undefined} */
function interpreter() {
  const names = ['python3', ...minors.map((minor) => `python3.${minor}`)];
  return names.find((name) => {
    const [, minor] = /from .*\(python 3\.(\d+)\)$/.exec(answerOf([name, '-m', 'pip', '--version']) ?? '') ?? [];
    return minors.includes(Number(minor));
  });
}
