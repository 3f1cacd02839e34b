import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guide } from '@countersign/demo/guide.ts';
import { login } from '@countersign/demo/login.ts';
import { findRunning } from '@countersign/demo/running.ts';
import { createOperator } from '@countersign/demo/story/operator.ts';
import { playStory } from '@countersign/demo/story/play.ts';
import { heading, row } from '@countersign/demo/story/table.ts';
import { sessionExcerpt } from '@countersign/demo/story/trail.ts';
import type { Command } from 'commander';
import { type Stand, startStand } from '../demo/stand.ts';
import { UsageError } from '../up/configuration.ts';
import { listenForShutdown } from '../up/shutdown.ts';
import { reportUsage, tell, withGatewayOptions } from './up.ts';

interface DemoOptions {
  readonly once: boolean;
  readonly port: number;
  readonly processes: number;
  readonly json: boolean;
  readonly keep?: string;
}

export function registerDemo(program: Command): void {
  const demo = program
    .command('demo')
    .description('the gateway with a model server, an identity provider and a story')
    .option('--once', 'play the story, check every step, end', false)
    .option('--keep <dir>', 'use this folder, and leave it behind');
  withGatewayOptions(demo).action((options: DemoOptions) => reportUsage(runDemo(options)));
  demo
    .command('token')
    .description("an access token of one of the demo's people, by a real login")
    .argument('<name>', 'ana, rex, mia or tom')
    .option('--issuer <url>', 'the provider (default: that of the running demo)')
    .action((name: string, options: { readonly issuer?: string }) => reportUsage(printToken(name, options.issuer)));
}

async function runDemo(options: DemoOptions): Promise<void> {
  const shutdown = listenForShutdown();
  const { port, processes, keep } = options;
  // A person watches a stream; the story only checks it.
  const stand = await startStand({ port, processes, keep, eventPauseMs: options.once ? 0 : 15 });
  try {
    if (!options.once) await announceStand(stand, options.json);
    const over = options.once ? playOnce(stand, options.json) : shutdown.requested;
    await Promise.race([over, shutdown.requested]);
    if (!options.once) tell('ending: calls under way are finished first');
  } finally {
    await stand.stop();
  }
  // A story that was interrupted would go on against a gateway that is gone.
  if (options.once && shutdown.wasRequested()) process.exit(130);
}

async function announceStand(stand: Stand, json: boolean): Promise<void> {
  const { gateway, directory, ledger, provider } = stand;
  if (!json) return console.log(guide(gateway.proxy, directory));
  const { proxy, console: consoleUrl, admin, logs } = gateway;
  const tokens = await signEverybodyIn(provider.issuer);
  const line = {
    ready: true,
    proxy,
    console: consoleUrl,
    ledger,
    logs,
    admin,
    config: directory,
    issuer: provider.issuer,
  };
  console.log(JSON.stringify({ ...line, tokens }));
}

async function signEverybodyIn(issuer: string): Promise<Record<'ana' | 'rex' | 'mia' | 'tom', string>> {
  const [ana, rex, mia, tom] = await Promise.all([
    login(issuer, 'ana'),
    login(issuer, 'rex'),
    login(issuer, 'mia'),
    login(issuer, 'tom'),
  ]);
  return { ana, rex, mia, tom };
}

async function playOnce(stand: Stand, json: boolean): Promise<void> {
  const { gateway, model, ledger, directory } = stand;
  const scratch = join(directory, 'scratch');
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const operator = createOperator({
    command: [process.execPath, main],
    config: directory,
    scratch,
  });
  const tokens = await signEverybodyIn(stand.provider.issuer);
  if (!json) console.log(heading);
  const { proxy } = gateway;
  const stage = { proxy, model, operator, ledger, scratch, tokens, endGateway: () => stand.endGateway() };
  const { steps, session } = await playStory(stage, (step) => {
    if (!json) console.log(row(step));
  });
  const failed = steps.filter((step) => !step.ok).length;
  if (json) console.log(JSON.stringify({ ok: failed === 0, steps }));
  else {
    const verdict = failed === 0 ? `all ${steps.length} steps ok` : `${failed} of ${steps.length} steps failed`;
    console.log(`\n${await sessionExcerpt(stage, session)}\n\n${verdict}`);
  }
  if (failed > 0) {
    tell('the logs are kept with --keep DIR, in DIR/state/log');
    process.exitCode = 1;
  }
}

async function printToken(name: string, issuer: string | undefined): Promise<void> {
  const at = issuer ?? findRunning()?.issuer;
  if (at === undefined)
    throw new UsageError('no demo is running: start one with "npx countersign demo", or name --issuer URL');
  console.log(await login(at, name));
}
