/**
 * (c) The native addon of re2, compiled for Node 24. It is built in the cache, outside the clone, so that an interrupted build can
 * never be taken for a finished one; clones on this machine then copy it.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { discard, fillOnce } from '../cache.mjs';
import { installAdvice, SetupFailure } from '../failure.mjs';
import { cacheDirectory, nodePackageDirectory, nodePath, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { answerOf, run } from '../subprocess.mjs';

const packageDirectory = join(root, 'node_modules', 're2');
const addon = join(packageDirectory, 'build', 'Release', 're2.node');
const stamp = `${addon}.countersign`;

/** @satisfies {import('./step.d.mts').Step} */
export const re2 = {
  name: 're2',
  target: () => join(cacheDirectory(), re2Key()),
  ready: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === stampText(),
  async install() {
    const cached = re2.target();
    await fillOnce(cached, build);
    const sound = place(cached);
    if (!sound) {
      discard(cached);
      await fillOnce(cached, build);
      if (!place(cached)) throw broken(addon);
    }
    writeFileSync(stamp, stampText());
  },
};

/** Version, Node's binary interface, processor and C library: what decides whether a built addon loads. */
export function re2Key() {
  const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8'));
  return `re2-${version}-node24-${process.arch}-${libc()}`;
}

/** Names the build and the very file, so that an `npm rebuild` under another Node is noticed. */
function stampText() {
  const file = statSync(addon, { throwIfNoEntry: false });
  return `${re2Key()} ${file?.size} ${file?.mtimeMs}\n`;
}

/** @returns {string} */
function libc() {
  if (!process.report) return 'libc-unknown';
  // Without this the report looks up host names, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime ? `glibc${report.header.glibcVersionRuntime}` : 'musl';
}

/** @param {string} partial */
async function build(partial) {
  const missing = [
    ...(answerOf(['c++', '--version']) === undefined ? ['g++'] : []),
    ...(answerOf(['make', '--version']) === undefined ? ['make'] : []),
    ...(answerOf(['python3', '--version']) === undefined ? ['python3'] : []),
  ];
  if (missing.length > 0) {
    throw new SetupFailure(`building re2 needs ${missing.join(', ')}`, { advice: installAdvice(missing) });
  }
  const source = join(partial, 'source');
  cpSync(packageDirectory, source, {
    recursive: true,
    filter: (path) => path !== join(packageDirectory, 'build'),
  });
  const log = join(root, '.build', 'setup', 're2.log');
  await announced('building re2 for Node 24', 'about 2 minutes on two cores, once per machine', () =>
    run([nodePath(), join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'), 'rebuild'], {
      what: 're2 could not be built',
      advice: `read the log; a C++20 compiler, make and Python 3 are needed (${installAdvice(['build-essential', 'python3'])})`,
      log,
      cwd: source,
      env: {
        // The headers come with the package of Node 24: nothing is downloaded. They are of the same binary interface as any Node 24.
        npm_config_nodedir: nodePackageDirectory(),
        JOBS: 'max',
        // binding.gyp asks Node where "nan" is; outside node_modules it needs a hint, and the right Node to ask.
        NODE_PATH: join(root, 'node_modules'),
        PATH: [dirname(nodePath()), process.env['PATH']].join(delimiter),
      },
    }),
  );
  renameSync(join(source, 'build', 'Release', 're2.node'), join(partial, 're2.node'));
  discard(source);
  if (!loads(join(partial, 're2.node'))) throw broken(log);
}

/** Copies the cached addon into the clone and tries it there. @param {string} cached */
function place(cached) {
  const partial = `${addon}.${process.pid}`;
  mkdirSync(dirname(addon), { recursive: true });
  if (!existsSync(join(cached, 're2.node'))) return false;
  copyFileSync(join(cached, 're2.node'), partial);
  renameSync(partial, addon);
  return loads(addon);
}

/** Loads the addon in a Node 24 of its own and matches with it. @param {string} path */
export function loads(path) {
  const attempt =
    'const RE2 = require(process.argv[1]); if (new RE2("a(b+)c").exec("xabbc")[1] === "bb") console.log("works")';
  return answerOf([nodePath(), '--eval', attempt, path]) === 'works';
}

/** @param {string} log */
function broken(log) {
  return new SetupFailure('the re2 addon that was built does not load in Node 24', {
    advice: 'read the log, and check that compiler and C library belong together',
    log,
  });
}
