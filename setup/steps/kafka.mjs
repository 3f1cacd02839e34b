/** (e) For tests only: the jars of a Kafka broker, from Maven Central, each checked against setup/kafka/jars.sha256. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillOnce } from '../cache.mjs';
import { SetupFailure } from '../failure.mjs';
import { kafkaDirectory, kafkaLibDirectory, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf, run } from '../subprocess.mjs';

const minimumJava = 17;

/** @satisfies {import('./step.d.mts').Step} */
export const kafka = {
  name: 'Kafka',
  target: kafkaDirectory,
  ready: () => kafkaLibDirectory() !== undefined,
  obstacle() {
    const version = Number(/version "(\d+)/.exec(answerOf(['java', '-version']) ?? '')?.[1] ?? 0);
    const missing = [
      ...(version < minimumJava ? [`Java ${minimumJava}`] : []),
      ...(answerOf(['mvn', '--version']) === undefined ? ['Maven'] : []),
    ];
    if (missing.length === 0) return undefined;
    return `the tests with a real broker need ${missing.join(' and ')}: apt-get install -y openjdk-17-jre-headless maven`;
  },
  async install() {
    await announced('downloading Kafka 4.4 for the tests', '45 MB, about 20 s, once per machine', () =>
      fillOnce(kafkaDirectory(), async (partial) => {
        const lib = join(partial, 'lib');
        mkdirSync(lib);
        const pom = join(root, 'setup', 'kafka', 'pom.xml');
        await run(['mvn', '-B', '-C', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], {
          what: 'Maven could not download Kafka',
          advice: 'check the network, or a mirror in ~/.m2/settings.xml, then run the command again',
          log: join(root, '.build', 'setup', 'kafka.log'),
        });
        verifyJars(lib, readFileSync(join(root, 'setup', 'kafka', 'jars.sha256'), 'utf8'));
      }),
    );
  },
};

/**
 * Maven has no lock file; this is ours. Exactly these jars with exactly these bytes.
 * @param {string} lib @param {string} pins lines of `sha256sum`
 */
export function verifyJars(lib, pins) {
  const found = readdirSync(lib)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(lib, name)))
          .digest('hex')}  ${name}`,
    );
  const pinned = pins.trim().split('\n').sort(byName);
  const odd = [...pinned.filter((line) => !found.includes(line)), ...found.filter((line) => !pinned.includes(line))];
  if (odd.length > 0) {
    throw new SetupFailure('the jars of Kafka are not those that setup/kafka/jars.sha256 pins', {
      advice:
        'if the mirror is to be trusted, find out who changed the jars; after a change of pom.xml, pin the new ones',
      tail: odd.join('\n'),
    });
  }
}

/** @param {string} a @param {string} b */
function byName(a, b) {
  return a.slice(66) < b.slice(66) ? -1 : 1;
}
