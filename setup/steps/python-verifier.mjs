/** (g) For tests of tools/verify.py: the package `cryptography`, where the machine's own Python has none. */
import { pythonVerifierDirectory, pythonVerifierRequirements, verifierPythonPath } from '../paths.mjs';
import { smallEnvironment } from './virtual-environment.mjs';

export const pythonVerifier = smallEnvironment({
  name: 'Python verifier',
  target: pythonVerifierDirectory,
  ready: () => verifierPythonPath() !== undefined,
  requirements: pythonVerifierRequirements,
  what: 'what tools/verify.py needs',
  size: '5 MB',
  log: 'python-verifier.log',
});
