/** (g) For tests of tools/verify.py: the package `cryptography`, where the machine's own Python has none. */
import { join } from 'node:path';
import { fillOnce } from '../cache.mjs';
import { pythonVerifierDirectory, pythonVerifierRequirements, root, verifierPythonPath } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf } from '../subprocess.mjs';
import { installRequirements } from './virtual-environment.mjs';

/** @satisfies {import('./step.d.mts').Step} */
export const pythonVerifier = {
  name: 'Python verifier',
  target: pythonVerifierDirectory,
  ready: () => verifierPythonPath() !== undefined,
  obstacle: () =>
    answerOf(['python3', '-m', 'pip', '--version']) === undefined
      ? 'the tests of tools/verify.py need Python 3 with pip: apt-get install -y python3 python3-pip python3-venv'
      : undefined,
  async install() {
    await announced('installing what tools/verify.py needs', '5 MB, some seconds, once per machine', () =>
      fillOnce(pythonVerifierDirectory(), (partial) =>
        installRequirements('python3', partial, {
          requirements: pythonVerifierRequirements,
          what: 'what tools/verify.py needs',
          advice:
            'check the network, or point pip at a mirror (PIP_INDEX_URL), or apt-get install -y python3-cryptography',
          log: join(root, '.build', 'setup', 'python-verifier.log'),
        }),
      ),
    );
  },
};
