/** A real Envoy with both services in front of a model, in a folder of its own; everything on free loopback ports. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFirstKeys } from '@countersign/adapters/keys/first-keys.ts';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { serviceNodeOptions } from '@countersign/adapters/process/node-options.ts';
import { envoyPath } from '../../../setup/paths.mjs';
import { envoyConfig, type Upstream } from '../../config.ts';
import type { ServiceTls } from '../../service-clusters.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { readyLine, type Started, start, until } from './processes.ts';
import { auditTrail } from './trail.ts';
import { type Model, startModel } from './upstream.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Gateway {
  readonly directory: string;
  readonly ledger: string;
  readonly port: number;
  readonly admin: string;
  readonly issuer: Issuer;
  readonly model: Model;
  readonly envoy: Started;
  readonly authz: Started;
  readonly authzs: readonly Started[];
  readonly procs: readonly Started[];
  /** Another Envoy in the place of one that ended, same ports; resolves when it takes calls. */
  restartEnvoy(): Promise<void>;
  /** A second one in front of the same services; the test ends it. */
  startAnotherEnvoy(): Promise<RunningEnvoy>;
  /** Starts another one in the place of one that ended, same port, same replica; resolves when Envoy sends it calls. */
  restartAuthz(index: number): Promise<void>;
  restartProc(index: number): Promise<void>;
  /** One counter of Envoy, e.g. `http.countersign.downstream_rq_completed`. */
  stat(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Policy file; see `policyOf` in policies.ts. */
  readonly policy: string;
  /** One that the test has prepared; a new one that is well when absent. */
  readonly issuer?: Issuer;
  /** `jwks_max_stale` of the issuer. */
  readonly jwksMaxStale?: string;
  /** True: refusals of strangers are counted as they are by default. Else each has a record, for tests that ask about each. */
  readonly countsRefusals?: boolean;
  /** More lines of countersign.yaml. */
  readonly configuration?: string;
  readonly procs?: number;
  readonly authzs?: number;
  /** How both services stop, in seconds: at once and within 20 s when absent, as most tests stop with nobody in front. */
  readonly drainDelaySeconds?: number;
  readonly drainSeconds?: number;
  /** Worker threads of Envoy; 2 when absent. One is for tests that need to know what its only worker did. */
  readonly envoyWorkers?: number;
  /** Routes before the one that leads everything to `model`. */
  readonly upstreams?: readonly Upstream[];
  /** Last change to Envoy's configuration: for settings that a mesh may have and ours does not. */
  readonly alterEnvoy?: (config: object) => object;
  /** Module preloaded into every proc-service. */
  readonly procImport?: string;
  /** Where the services listen; a free port of 127.0.0.1 when absent. */
  readonly listen?: (service: string, replica: string, directory: string) => string;
  /** `listeners.tls` of countersign.yaml, as a flow mapping, and Envoy's side of it. */
  readonly listenersTls?: string;
  readonly serviceTls?: ServiceTls;
  /** False: an Envoy that does not find the services healthy is started all the same. */
  readonly awaitHealthy?: boolean;
  /** More arguments of every service. */
  readonly serviceArguments?: readonly string[];
  /** More of the environment of every proc-service. */
  readonly procEnv?: Readonly<Record<string, string>>;
  /** Module preloaded into every authz-service. */
  readonly authzImport?: string;
  /** Gives proc-service a ledger folder of its own: a tmpfs of this size, in a mount namespace (`unshare`). */
  readonly procLedgerBytes?: number;
  /** The same for the folder of spilled requests. */
  readonly procSpillBytes?: number;
}

export async function startTestGateway(options: GatewayOptions): Promise<Gateway> {
  const envoyBinary = envoyPath();
  if (envoyBinary === undefined) throw new Error('Envoy is not installed: `npm test` installs it');
  const directory = mkdtempSync(join(tmpdir(), 'countersign-e2e-'));
  const [issuer, model] = await Promise.all([options.issuer ?? startIssuer(), startModel()]);
  writeConfiguration(directory, issuer, options);
  const launch = async (command: string, args: readonly string[], env: object = {}): Promise<[Started, string]> => {
    const started = start(command, args, { ...process.env, ...env });
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
      '--drain-delay',
      String(options.drainDelaySeconds ?? 0),
      '--drain',
      String(options.drainSeconds ?? 20),
      ...(options.serviceArguments ?? []),
    ];
    const module = service === 'proc-service' ? options.procImport : options.authzImport;
    const preload = [...serviceNodeOptions, ...(module === undefined ? [] : ['--import', module])];
    const ownBytes = options.procLedgerBytes ?? options.procSpillBytes;
    if (service !== 'proc-service' || ownBytes === undefined)
      return launch(process.execPath, [...preload, ...arguments_], service === 'proc-service' ? options.procEnv : {});
    const mounted = `mount -t tmpfs -o size=${ownBytes} tmpfs "$1" && shift && exec "$@"`;
    const own = join(directory, options.procLedgerBytes === undefined ? 'spill' : 'ledger');
    return launch('unshare', ['-Urm', 'sh', '-c', mounted, 'sh', own, process.execPath, ...preload, ...arguments_]);
  };
  const serveAll = (service: string, count: number): Promise<[Started, string][]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) => {
        const replica = String(index);
        return serve(service, replica, options.listen?.(service, replica, directory) ?? '127.0.0.1:0');
      }),
    );
  const [authorizing, processing] = await Promise.all([
    serveAll('authz-service', options.authzs ?? 1),
    serveAll('proc-service', options.procs ?? 1),
  ]);
  const authzs = authorizing.map(([started]) => started);
  const procs = processing.map(([started]) => started);
  const listens = { authzs: authorizing.map(([, listen]) => listen), procs: processing.map(([, listen]) => listen) };
  const [authz] = authzs;
  if (authz === undefined) throw new Error('at least one authz-service is needed');
  const setting: EnvoyChoices = {
    workers: options.envoyWorkers ?? 2,
    awaitHealthy: options.awaitHealthy ?? true,
    upstreams: [...(options.upstreams ?? []), { ...modelUpstream, port: model.port }],
    ...(options.serviceTls === undefined ? {} : { serviceTls: options.serviceTls }),
    ...(options.alterEnvoy === undefined ? {} : { alter: options.alterEnvoy }),
  };
  let envoy = await startEnvoy(envoyBinary, directory, listens, setting);
  return {
    directory,
    ledger: join(directory, 'ledger'),
    ...envoy.addresses,
    issuer,
    model,
    get envoy() {
      return envoy.started;
    },
    authz,
    authzs,
    procs,
    async restartEnvoy() {
      envoy = await startEnvoy(envoyBinary, directory, listens, setting, envoy.addresses);
    },
    startAnotherEnvoy: () => startEnvoy(envoyBinary, mkdtempSync(join(directory, 'envoy-')), listens, setting),
    async restartAuthz(index) {
      const [started] = await serve('authz-service', String(index), listens.authzs[index] ?? '');
      authzs[index] = started;
      await until('Envoy sees the new process', () => healthy(envoy.addresses.admin, listens));
    },
    async restartProc(index) {
      const [started] = await serve('proc-service', String(index), listens.procs[index] ?? '');
      procs[index] = started;
      await until('Envoy sees the new process', () => healthy(envoy.addresses.admin, listens));
    },
    async stat(name) {
      const text = await (await fetch(`${envoy.addresses.admin}/stats?filter=^${name}$`)).text();
      return Number(/: (\d+)/.exec(text)?.[1] ?? Number.NaN);
    },
    async stop() {
      await envoy.started.end('SIGTERM');
      await Promise.all([...authzs, ...procs].map((started) => started.end('SIGTERM')));
      issuer.close();
      model.close();
      auditTrail(join(directory, 'ledger'));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeConfiguration(directory: string, issuer: Issuer, options: GatewayOptions): void {
  mkdirSync(join(directory, 'keys'), { mode: 0o700 });
  mkdirSync(join(directory, 'policy'));
  for (const name of ['ledger', 'spill']) mkdirSync(join(directory, name), { mode: 0o700 });
  for (const name of ['hand-off', 'digest', 'ledger']) createKey(join(directory, 'keys', `${name}.key`));
  makeFirstKeys({ payload: join(directory, 'keys', 'payload.json'), private: join(directory, 'keys', 'private') });
  writeFileSync(join(directory, 'keys', 'upstream'), 'upstream-own-key\n', { mode: 0o600 });
  writeFileSync(join(directory, 'policy', 'policy.yaml'), options.policy);
  writeFileSync(
    join(directory, 'countersign.yaml'),
    `version: 1
issuers:
  - issuer: ${issuer.issuer}
    audience: ${issuer.audience}
    algorithms: [ES256]
    jwks_max_stale: ${options.jwksMaxStale ?? '24h'}
listeners: { authz: "127.0.0.1:0", proc: "127.0.0.1:0", console: "127.0.0.1:0"${options.listenersTls === undefined ? '' : `, tls: ${options.listenersTls}`} }
ledger: { directory: ./ledger }
keys: { hand_off: ./keys/hand-off.key, digest: ./keys/digest.key, payload: ./keys/payload.json }
credentials: [{ name: model-key, header: authorization, prefix: "Bearer ", file: ./keys/upstream }]
approvals: { store: ./approvals.db, url: "http://127.0.0.1:9" }
${options.configuration ?? ''}
${options.countsRefusals === true ? '' : 'anonymous_refusals: { per_source: 100000, total: 100000 }'}
`,
  );
}

/** Address of each process. */
interface Listens {
  readonly authzs: readonly string[];
  readonly procs: readonly string[];
}

const modelUpstream = { name: 'model', domain: '*', prefix: '/', host: '127.0.0.1', tls: false } as const;

interface RunningEnvoy {
  readonly started: Started;
  readonly addresses: { readonly port: number; readonly admin: string };
}

export interface EnvoyChoices {
  readonly workers: number;
  /** True when absent. */
  readonly awaitHealthy?: boolean;
  readonly upstreams: readonly Upstream[];
  readonly serviceTls?: ServiceTls;
  /** Makes another configuration of the product's own. */
  readonly alter?: (config: object) => object;
}

/** `at`: where the one before was; absent, free ports. */
export async function startEnvoy(
  binary: string,
  directory: string,
  listens: Listens,
  { workers, awaitHealthy = true, alter = (same) => same, ...more }: EnvoyChoices,
  at?: RunningEnvoy['addresses'],
): Promise<RunningEnvoy> {
  const config = envoyConfig({
    listenPort: at?.port ?? 0,
    adminPort: at === undefined ? 0 : Number(new URL(at.admin).port),
    authzs: listens.authzs,
    procs: listens.procs,
    ...more,
    accessLog: join(directory, 'access.log'),
  });
  const file = join(directory, 'envoy.json');
  const adminFile = join(directory, 'admin-address');
  writeFileSync(file, JSON.stringify(alter(config)));
  rmSync(adminFile, { force: true });
  const started = start(binary, [
    '-c',
    file,
    '--admin-address-path',
    adminFile,
    '--disable-hot-restart',
    // A drain that is asked for says `connection: close` with the very next answer, not with one in ten at first.
    '--drain-strategy',
    'immediate',
    '--drain-time-s',
    '1',
    '--concurrency',
    String(workers),
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
    async () => (await isLive(admin)) && (!awaitHealthy || (await healthy(admin, listens))),
  );
  const listeners = await (await fetch(`${admin}/listeners?format=json`)).text();
  const port = Number(/"port_value":\s*(\d+)/.exec(listeners)?.[1]);
  return { started, addresses: { port, admin } };
}

const isLive = async (admin: string): Promise<boolean> => (await fetch(`${admin}/ready`)).ok;

async function healthy(admin: string, listens: Listens): Promise<boolean> {
  const clusters = await (await fetch(`${admin}/clusters`)).text();
  const count = (cluster: string): number =>
    [...clusters.matchAll(new RegExp(`^${cluster}::.+::health_flags::healthy$`, 'gm'))].length;
  return count('countersign-authz') === listens.authzs.length && count('countersign-proc') === listens.procs.length;
}
