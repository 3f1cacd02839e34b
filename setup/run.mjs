/** The tasks behind `npm test`, `npm run test:long`, `npm run test:clients`, `npm run bench`, `npm run check` …; on any Node >= 20. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check } from './check.mjs';
import { endWithParent } from './lifeline.mjs';
import { nodePath, root } from './paths.mjs';
import { say } from './progress.mjs';
import { relay } from './relay.mjs';
import { setUpOrExit } from './set-up.mjs';
import { endings, selectTests } from './test-files.mjs';

/** Two cores are what CI has; each file is a process, and some start an Envoy or a Kafka of their own. */
const concurrentFiles = 2;
/** For one whole file. Only a hang should meet it. */
const testTimeoutMs = 10 * 60_000;
const longTestTimeoutMs = 2 * 60 * 60_000;
/** What `npm run test:long` runs: tests that `npm test` runs in short. envoy/test/harness/tier.ts reads which it is. */
const longTests = [
  'adapters/kafka/cluster.test.ts',
  'adapters/kafka/sink.test.ts',
  'adapters/sqlite/dead-spools.property.test.ts',
  'core/masking/actions.test.ts',
  'core/masking/base64-values.test.ts',
  'core/masking/disguises.test.ts',
  'core/masking/events/streams.test.ts',
  'core/masking/folded.test.ts',
  'core/masking/formats/splits.test.ts',
  'core/masking/protobuf/grpc-splits.test.ts',
  'core/masking/query.test.ts',
  'core/masking/splits.test.ts',
  'core/masking/tensors/binary-tensors.test.ts',
  'envoy/test/kill-under-load.e2e.test.ts',
  'tools/clean.test.ts',
  'tools/mutations.test.ts',
];

/** What `npm test` runs, with what, and for how long; the other tiers differ in some of it. */
const everyday = {
  ending: endings.test,
  needed: { envoy: true, kafka: true, ocsf: true, pythonVerifier: true },
  timeoutMs: testTimeoutMs,
  env: /** @type {NodeJS.ProcessEnv} */ ({}),
};

/** @type {Record<string, (args: readonly string[]) => Promise<number>>} */
const tasks = {
  async setup() {
    await setUpOrExit({ envoy: true, kafka: true, ocsf: true, pythonVerifier: true });
    return 0;
  },

  /** Files and folders narrow the run, flags go to node: `npm test -- core/masking --test-only`. */
  test: (args) => runTests(args, everyday),

  /** The same tests at full length: 100 kills where `npm test` makes a few. Many minutes. */
  'test:long': (args) =>
    runTests(args.length > 0 ? args : longTests, {
      ...everyday,
      timeoutMs: longTestTimeoutMs,
      env: { COUNTERSIGN_TEST_LONG: '1' },
    }),

  /** docs/clients.md. */
  'test:clients': (args) =>
    runTests(args, {
      ...everyday,
      ending: endings.clients,
      needed: { envoy: true, kafka: true, pythonClients: true, pythonConsumer: true },
    }),

  /** bench/README.md. */
  async bench(args) {
    await setUpOrExit({ envoy: true });
    return relay(nodePath(), [join(root, 'bench', 'main.ts'), ...args], { cwd: root });
  },

  async check() {
    await setUpOrExit({});
    return check();
  },

  /** Schemas and the AsyncAPI document, made of the types of the records; a test asks whether they are current. */
  async generate() {
    await setUpOrExit({});
    return relay(nodePath(), [join(root, 'schemas', 'generate.ts')], { cwd: root });
  },

  async format() {
    await setUpOrExit({});
    const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    return relay(nodePath(), [biome, 'check', '--write', '.'], { cwd: root });
  },
};

/**
 * @param {readonly string[]} args
 * @param {Omit<typeof everyday, 'ending' | 'needed'> & { readonly ending: string, readonly needed: Parameters<typeof setUpOrExit>[0] }} tier
 */
async function runTests(args, { ending, needed, timeoutMs, env }) {
  const { files, empty } = selectTests(
    root,
    args.filter((arg) => !arg.startsWith('-')),
    ending,
  );
  if (empty.length > 0) {
    say(`no *${ending} in ${empty.join(', ')}`);
    return 2;
  }
  await setUpOrExit(needed);
  const options = [
    '--test',
    `--test-concurrency=${concurrentFiles}`,
    `--test-timeout=${timeoutMs}`,
    `--test-reporter=${pathToFileURL(join(root, 'setup', 'reporter.mjs'))}`,
    '--test-reporter-destination=stdout',
  ];
  const flags = args.filter((arg) => arg.startsWith('-'));
  return relay(nodePath(), [...options, ...flags, ...files], { cwd: root, env: { ...process.env, ...env } });
}

endWithParent();
const [name = '', ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
if (task) {
  process.exitCode = await task(args);
} else {
  say(`usage: node setup/run.mjs ${Object.keys(tasks).join('|')} [ARGUMENTS]`);
  process.exitCode = 2;
}
