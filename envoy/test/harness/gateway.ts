/** A real Envoy with both services in front of a model, in a folder of its own; everything on free loopback ports. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { envoyPath } from '../../../setup/paths.mjs';
import { envoyConfig } from '../../config.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { readyLine, type Started, start, until } from './processes.ts';
import { type Model, startModel } from './upstream.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Gateway {
  readonly directory: string;
  readonly ledger: string;
  readonly port: number;
  readonly admin: string;
  readonly issuer: Issuer;
  readonly model: Model;
  readonly authz: Started;
  readonly procs: readonly Started[];
  /** Starts another proc-service in the place of one that ended: same port, same replica. */
  restartProc(index: number): Promise<void>;
  /** One counter of Envoy, e.g. `http.countersign.downstream_rq_completed`. */
  stat(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Policy file; see `policyOf` in policies.ts. */
  readonly policy: string;
  /** More lines of countersign.yaml. */
  readonly configuration?: string;
  readonly procs?: number;
  /** Module preloaded into every proc-service. */
  readonly procImport?: string;
  /** Gives proc-service a ledger folder of its own: a tmpfs of this size, in a mount namespace (`unshare`). */
  readonly procLedgerBytes?: number;
}

export async function startTestGateway(options: GatewayOptions): Promise<Gateway> {
  const envoyBinary = envoyPath();
  if (envoyBinary === undefined) throw new Error('Envoy is not installed: `npm test` installs it');
  const directory = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  const [issuer, model] = await Promise.all([startIssuer(), startModel()]);
  writeConfiguration(directory, issuer, options);
  const launch = async (command: string, args: readonly string[]): Promise<[Started, string]> => {
    const started = start(command, args);
    return [started, (await readyLine(started)).listen];
  };
  const serve = (service: string, replica: string, listen: string): Promise<[Started, string]> => {
    const arguments_ = [
      join(root, service, 'main.ts'),
      '--config',
      directory,
      '--listen',
      listen,
      '--replica',
      replica,
    ];
    if (service !== 'proc-service') return launch(process.execPath, arguments_);
    const preload = options.procImport === undefined ? [] : ['--import', options.procImport];
    if (options.procLedgerBytes === undefined) return launch(process.execPath, [...preload, ...arguments_]);
    const mounted = `mount -t tmpfs -o size=${options.procLedgerBytes} tmpfs "$1" && shift && exec "$@"`;
    const ledger = join(directory, 'ledger');
    return launch('unshare', ['-Urm', 'sh', '-c', mounted, 'sh', ledger, process.execPath, ...preload, ...arguments_]);
  };
  const names = Array.from({ length: options.procs ?? 1 }, (_, index) => String(index));
  const [[authz, authzListen], ...processed] = await Promise.all([
    serve('authz-service', '0', '127.0.0.1:0'),
    ...names.map((name) => serve('proc-service', name, '127.0.0.1:0')),
  ]);
  const procs = processed.map(([started]) => started);
  const listens = processed.map(([, listen]) => listen);
  const envoy = await startEnvoy(envoyBinary, directory, authzListen, listens, model.port);
  return {
    directory,
    ledger: join(directory, 'ledger'),
    ...envoy.addresses,
    issuer,
    model,
    authz,
    procs,
    async restartProc(index) {
      const [started] = await serve('proc-service', String(index), listens[index] ?? '');
      procs[index] = started;
      await until('Envoy sees the new process', () => healthy(envoy.addresses.admin, listens.length));
    },
    async stat(name) {
      const text = await (await fetch(`${envoy.addresses.admin}/stats?filter=^${name}$`)).text();
      return Number(/: (\d+)/.exec(text)?.[1] ?? Number.NaN);
    },
    async stop() {
      await envoy.started.end('SIGTERM');
      await Promise.all([authz, ...procs].map((started) => started.end('SIGTERM')));
      issuer.close();
      model.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeConfiguration(directory: string, issuer: Issuer, options: GatewayOptions): void {
  mkdirSync(join(directory, 'keys'), { mode: 0o700 });
  mkdirSync(join(directory, 'policy'));
  mkdirSync(join(directory, 'ledger'), { mode: 0o700 });
  for (const name of ['hand-off', 'digest', 'payload']) createKey(join(directory, 'keys', `${name}.key`));
  writeFileSync(join(directory, 'keys', 'upstream'), 'upstream-own-key\n', { mode: 0o600 });
  writeFileSync(join(directory, 'policy', 'policy.yaml'), options.policy);
  writeFileSync(
    join(directory, 'countersign.yaml'),
    `version: 1
issuers:
  - issuer: ${issuer.issuer}
    audience: ${issuer.audience}
    algorithms: [ES256]
listeners: { authz: "127.0.0.1:0", proc: "127.0.0.1:0", console: "127.0.0.1:0" }
ledger: { directory: ./ledger }
keys: { hand_off: ./keys/hand-off.key, digest: ./keys/digest.key, payload: ./keys/payload.key }
credentials: [{ name: model-key, header: authorization, prefix: "Bearer ", file: ./keys/upstream }]
approvals: { store: ./approvals.db, url: "http://127.0.0.1:9" }
${options.configuration ?? ''}
`,
  );
}

interface RunningEnvoy {
  readonly started: Started;
  readonly addresses: { readonly port: number; readonly admin: string };
}

async function startEnvoy(
  binary: string,
  directory: string,
  authz: string,
  procs: readonly string[],
  modelPort: number,
): Promise<RunningEnvoy> {
  const config = envoyConfig({
    listenPort: 0,
    adminPort: 0,
    authz,
    procs,
    upstreams: [{ name: 'model', domain: '*', prefix: '/', host: '127.0.0.1', port: modelPort, tls: false }],
    accessLog: join(directory, 'access.log'),
  });
  const file = join(directory, 'envoy.json');
  const adminFile = join(directory, 'admin-address');
  writeFileSync(file, JSON.stringify(config));
  const started = start(binary, [
    '-c',
    file,
    '--admin-address-path',
    adminFile,
    '--disable-hot-restart',
    '--concurrency',
    '2',
    '-l',
    'warning',
  ]);
  await until('Envoy says where its admin interface is', () => {
    if (started.child.exitCode !== null) throw new Error(`Envoy ended:\n${started.log()}`);
    return existsSync(adminFile) && readFileSync(adminFile, 'utf8').trim() !== '';
  });
  const admin = `http://${readFileSync(adminFile, 'utf8').trim()}`;
  await until(
    'Envoy is live and both services are healthy',
    async () => (await isLive(admin)) && (await healthy(admin, procs.length)),
  );
  const listeners = await (await fetch(`${admin}/listeners?format=json`)).text();
  const port = Number(/"port_value":\s*(\d+)/.exec(listeners)?.[1]);
  return { started, addresses: { port, admin } };
}

const isLive = async (admin: string): Promise<boolean> => (await fetch(`${admin}/ready`)).ok;

async function healthy(admin: string, procs: number): Promise<boolean> {
  const clusters = await (await fetch(`${admin}/clusters`)).text();
  const count = (cluster: string): number =>
    [...clusters.matchAll(new RegExp(`^${cluster}::[^:]+:\\d+::health_flags::healthy$`, 'gm'))].length;
  return count('countersign-authz') === 1 && count('countersign-proc') === procs;
}
