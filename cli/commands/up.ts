import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Configuration } from '@countersign/core/policy/config.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { envoyPath } from '../../setup/paths.mjs';
import {
  assertPolicyLoads,
  configurationFile,
  createMissingKeys,
  freePort,
  readConfiguration,
  UsageError,
} from '../up/configuration.ts';
import { type Gateway, startGateway } from '../up/gateway.ts';
import { listenForShutdown } from '../up/shutdown.ts';
import { discoverChatModel, writeStarter } from '../up/starter.ts';
import { parseUpstreams } from '../up/upstreams.ts';

export interface UpOptions {
  readonly config: string;
  readonly port: number;
  readonly upstream: readonly string[];
  readonly upstreamCa?: string;
  readonly processes: number;
  readonly json: boolean;
  readonly state?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly group: string;
  readonly model?: string;
}

const maxProcesses = 64;
/** Calls under way get this long to end when the gateway is asked to. */
export const drainMs = 10_000;

export function registerUp(program: Command): void {
  const command = program
    .command('up')
    .description('everything on one machine: a real Envoy, both services, the console, an embedded store')
    .option('--config <dir>', 'folder with countersign.yaml and policy/', 'countersign')
    .option(
      '--upstream <[prefix=]url>',
      'the model server behind the gateway (http, https; h2c, h2 for gRPC); may be repeated',
      collect,
      [],
    )
    .option('--upstream-ca <file>', 'PEM file with the authorities of https upstreams (default: those of this system)')
    .option('--state <dir>', 'folder for logs and generated files (default: state/ in the configuration)')
    .option('--issuer <url>', 'write a starter configuration for this OpenID provider, when there is none yet')
    .option('--audience <name>', 'audience of its access tokens; with --issuer')
    .option('--group <name>', 'group that the starter configuration allows', 'countersign-users')
    .option('--model <name>', 'chat model that the starter configuration names (default: the first of /v1/models)');
  withGatewayOptions(command).action((options: UpOptions) => reportUsage(up(options)));
}

/** The options that `up` and `demo` share. */
export function withGatewayOptions(command: Command): Command {
  return command
    .option('--port <n>', 'port for callers on 127.0.0.1 (default: a free one)', portNumber, 0)
    .addOption(
      new Option('--processes <n>', 'proc-services; each uses one core')
        .argParser(count)
        .default(Math.min(maxProcesses, availableParallelism()), 'one for each core'),
    )
    .option('--json', 'print one JSON line when ready', false);
}

async function up(options: UpOptions): Promise<void> {
  const shutdown = listenForShutdown();
  const directory = resolve(options.config);
  if (options.upstream.length === 0) throw new UsageError('--upstream URL is missing: where is the model server?');
  const upstreams = parseUpstreams(options.upstream, { caFile: options.upstreamCa });
  await prepareConfiguration(directory, options);
  const configuration = readConfiguration(directory);
  const gateway = await launchGateway(directory, configuration, { ...options, upstreams });
  const { proxy, console: consoleUrl, admin, logs, metrics } = gateway;
  const ledger = configuration.ledger.directory;
  if (options.json) {
    console.log(JSON.stringify({ ready: true, proxy, console: consoleUrl, ledger, logs, admin, metrics }));
  } else {
    console.log(
      `ready: ${proxy} → ${options.upstream.join(', ')}\nconsole ${consoleUrl}\nledger ${ledger}\nlogs ${logs}\nmetrics ${metrics}`,
    );
  }
  await shutdown.requested;
  tell('ending: calls under way are finished first');
  await gateway.stop(drainMs);
}

/** A folder that is configured already is left as it is; an empty one gets a starter when an issuer is named. */
async function prepareConfiguration(directory: string, options: UpOptions): Promise<void> {
  const { issuer, audience } = options;
  const exists = existsSync(configurationFile(directory));
  if (issuer === undefined) {
    if (exists) return;
    throw new UsageError(
      `${configurationFile(directory)} does not exist; --issuer URL --audience NAME writes one to begin with`,
    );
  }
  if (exists)
    throw new UsageError(`${configurationFile(directory)} names its issuers already: edit it, or leave --issuer out`);
  if (audience === undefined)
    throw new UsageError('--audience is missing: whom are the access tokens of --issuer for?');
  const [first = ''] = options.upstream.map((text) => text.replace(/^\/[^=]*=/, ''));
  const model = options.model ?? (await discoverChatModel(first));
  writeStarter(directory, { issuer, audience, group: options.group, model, console: `127.0.0.1:${await freePort()}` });
  tell(`wrote ${directory}: allowed are callers of group ${options.group}, nobody else; see policy/first.yaml`);
}

export interface LaunchOptions {
  readonly port: number;
  readonly processes: number;
  readonly upstreams: ReturnType<typeof parseUpstreams>;
  readonly state?: string | undefined;
}

/** Checks the policy, makes missing keys and starts the gateway of a configuration. */
export async function launchGateway(
  directory: string,
  configuration: Configuration,
  options: LaunchOptions,
): Promise<Gateway> {
  const envoy = envoyPath();
  if (envoy === undefined)
    throw new UsageError('Envoy is not installed: run this through "npx countersign", it sets it up');
  await assertPolicyLoads(directory, configuration);
  for (const path of createMissingKeys(configuration)) tell(`made ${path}`);
  return startGateway({
    config: directory,
    state: options.state === undefined ? join(directory, 'state') : resolve(options.state),
    envoy,
    port: options.port,
    processes: options.processes,
    console: configuration.listeners.console,
    upstreams: options.upstreams,
    tell,
  });
}

/** Progress is for people, and stdout may be a machine's. */
export const tell = (line: string): void => console.error(line);

/** Wrong usage exits 2, a gateway that does not start exits 1; both with the reason only, no stack. */
export async function reportUsage(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return port;
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > maxProcesses)
    throw new InvalidArgumentError(`a number from 1 to ${maxProcesses}`);
  return value;
}
