/** (a) The npm packages of package-lock.json, and with them Node 24 itself (b): it is one of them. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SetupFailure } from '../failure.mjs';
import { nodePackageDirectory, root } from '../paths.mjs';
import { announced } from '../progress.mjs';
import { run } from '../subprocess.mjs';

/**
 * @typedef {string | readonly string[]} OneOrMore
 * @typedef {{ readonly version?: string, readonly integrity?: string, readonly link?: boolean, readonly optional?: boolean,
 *   readonly os?: OneOrMore, readonly cpu?: OneOrMore, readonly libc?: OneOrMore }} LockedPackage
 * @typedef {{ readonly os: string, readonly cpu: string, readonly libc: string }} Platform
 */

const log = join(root, '.build', 'setup', 'npm.log');

/**
 * Not `npm ci`: it also demands lock entries for the optional packages of foreign platforms, which a mirror may lack. Comparing
 * every installed package with the lock afterwards is as strict. No scripts: npm may run the build of re2 under the wrong Node;
 * steps/re2.mjs builds it. Development and optional packages always, whatever NODE_ENV or the user's npmrc say: Node 24 and
 * TypeScript are among them.
 */
const installArguments = [
  ...['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional'],
  ...['--no-audit', '--no-fund'],
];

/** @satisfies {import('./step.d.mts').Step} */
export const packages = {
  name: 'npm packages',
  target: () => join(root, 'node_modules'),
  ready: () => installedMatchesLock(root),
  async install() {
    if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
      throw new SetupFailure(`there is no Node 24 and no Envoy for ${process.platform} ${process.arch} here`, {
        advice: 'use Linux (glibc) on x86_64 or aarch64; a container will do',
      });
    }
    await announced('installing npm packages and Node 24', 'about 20 s, once per clone', async () => {
      // What an interrupted install left behind looks complete to npm: start afresh then, and whenever the lock is not met after all.
      if (!readPackages(installedList(root))) empty();
      await npmInstall();
      if (packages.ready()) return;
      empty();
      await npmInstall();
    });
    if (!packages.ready()) {
      throw new SetupFailure('npm reported success, but packages are missing or have another version', {
        advice: `look into node_modules (Node 24 should be in ${nodePackageDirectory()}), remove the folder and try again`,
        log,
      });
    }
  },
};

function empty() {
  rmSync(packages.target(), { recursive: true, force: true });
}

function npmInstall() {
  return run([...npm(), ...installArguments], {
    what: 'npm could not install the packages of package-lock.json',
    advice: 'check the network or the registry in your npm configuration, then run the command again',
    log,
    cwd: root,
  });
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted install has none. What it lists is compared with
 * package-lock.json, so that a pull that changes the lock installs again and an `npm install` by hand does not.
 * @param {string} clone
 */
export function installedMatchesLock(clone) {
  const wanted = readPackages(join(clone, 'package-lock.json'));
  const installed = readPackages(installedList(clone));
  if (!wanted || !installed) return false;
  if (Object.keys(installed).some((path) => !(path in wanted))) return false;
  const here = { os: process.platform, cpu: process.arch, libc: 'glibc' };
  return Object.entries(wanted).every(([path, locked]) => {
    if (path === '') return true;
    const found = installed[path];
    if (!found) return locked.optional === true && !isFor(locked, here);
    return found.version === locked.version && found.integrity === locked.integrity && existsSync(join(clone, path));
  });
}

/** Whether npm would install this optional package here. @param {LockedPackage} locked @param {Platform} platform */
export function isFor(locked, platform) {
  const admits = (/** @type {OneOrMore} */ list, /** @type {string} */ value) => {
    const entries = [list].flat();
    return (
      entries.includes(value) || (entries.every((entry) => entry.startsWith('!')) && !entries.includes(`!${value}`))
    );
  };
  const { os = [], cpu = [], libc = [] } = locked;
  return admits(os, platform.os) && admits(cpu, platform.cpu) && admits(libc, platform.libc);
}

/** @param {string} clone */
function installedList(clone) {
  return join(clone, 'node_modules', '.package-lock.json');
}

/** @param {string} path @returns {Record<string, LockedPackage> | undefined} undefined: absent or cut short */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that belongs to the running Node, so that an older one on the PATH does not write another lock format. @returns {[string, ...string[]]} */
function npm() {
  const { npm_execpath: caller } = process.env;
  const candidates = [
    caller && /^np[mx]-cli\.js$/.test(basename(caller)) ? join(dirname(caller), 'npm-cli.js') : undefined,
    join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = candidates.find((path) => path !== undefined && existsSync(path));
  return script ? [process.execPath, script] : ['npm'];
}
