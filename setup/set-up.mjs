/** Brings this clone and this machine to where a command can run. Asked before every command; says nothing when all is there. */
import { exclusively } from './exclusive.mjs';
import { SetupFailure } from './failure.mjs';
import { say } from './progress.mjs';
import { envoy } from './steps/envoy.mjs';
import { kafka } from './steps/kafka.mjs';
import { ocsf } from './steps/ocsf.mjs';
import { packages } from './steps/packages.mjs';
import { pythonClients } from './steps/python-clients.mjs';
import { pythonConsumer } from './steps/python-consumer.mjs';
import { pythonVerifier } from './steps/python-verifier.mjs';
import { re2 } from './steps/re2.mjs';
import { abandonAll } from './subprocess.mjs';

/** @typedef {import('./steps/step.d.mts').Step} Step */

/**
 * @param {{ readonly envoy?: boolean, readonly kafka?: boolean, readonly ocsf?: boolean, readonly pythonClients?: boolean, readonly pythonConsumer?: boolean, readonly pythonVerifier?: boolean }} also beyond what every command needs
 * @returns {Promise<void>} rejects with SetupFailure
 */
export async function setUp(also) {
  const slow = [
    ...(also.envoy ? [envoy] : []),
    ...(also.kafka ? [kafka] : []),
    ...(also.ocsf ? [ocsf] : []),
    ...(also.pythonClients ? [pythonClients] : []),
    ...(also.pythonConsumer ? [pythonConsumer] : []),
    ...(also.pythonVerifier ? [pythonVerifier] : []),
  ];
  try {
    // re2 lies among the packages, so it follows them; the rest downloads meanwhile.
    await Promise.all([complete(packages).then(() => complete(re2)), ...slow.map(complete)]);
  } catch (error) {
    abandonAll();
    throw error;
  }
}

/** `setUp`, or a report on stderr and the end of this process. @param {Parameters<typeof setUp>[0]} also */
export async function setUpOrExit(also) {
  try {
    await setUp(also);
  } catch (error) {
    say(
      error instanceof SetupFailure ? error.report() : `set-up failed: ${error instanceof Error ? error.stack : error}`,
    );
    process.exit(1);
  }
}

/** @param {Step} step */
async function complete(step) {
  if (step.ready()) return;
  const obstacle = step.obstacle?.();
  if (obstacle) return say(`SKIPPED ${step.name}: ${obstacle}`);
  try {
    await exclusively(step.target(), `installing ${step.name}`, async () => {
      if (!step.ready()) await step.install();
    });
  } catch (error) {
    // A tool for tests only: its tests will say SKIPPED, and in CI that is a failure.
    if (!step.obstacle || !(error instanceof SetupFailure)) throw error;
    say(error.report());
  }
}
