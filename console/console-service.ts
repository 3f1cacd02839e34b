import type { AddressInfo } from 'node:net';
import { createTokenVerifier } from '@countersign/adapters/oidc/token-verifier.ts';
import { openEssentials } from '@countersign/adapters/process/essentials.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { openProbes } from '@countersign/adapters/process/probes.ts';
import { Readiness } from '@countersign/adapters/process/readiness.ts';
import type { ServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import type { RunningService } from '@countersign/adapters/process/service-process.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { Metrics } from '@countersign/adapters/telemetry/metrics.ts';
import { bankOf } from '@countersign/core/masking/copy-profile.ts';
import { isLoopback, parseListener } from '@countersign/core/policy/authority.ts';
import type { Logger } from 'pino';
import { createServer } from './server.ts';

/** Requests under way may finish; they are short, so whatever lasts longer is not coming to an end. */
const drainMs = 5_000;

/** Token → what this person may see → verdict recorded → verdict counted. */
export async function startConsole(options: ServiceArguments, log: Logger): Promise<RunningService> {
  const metrics = new Metrics(version);
  const essentials = await openEssentials('console', options, log, metrics);
  const { configuration } = essentials.source;
  const listen = loopbackListener(options.listen ?? configuration.listeners.console);
  const approvals = openApprovalStore({
    file: configuration.approvals.store,
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: configuration.limits.holdsPerSubject,
  });
  const { tokenBytes } = configuration.limits;
  const tokens = createTokenVerifier(configuration.issuers, { clock: systemClock, log, tokenBytes });
  await tokens.start();
  const masking = createMasking();
  let draining = false;
  const server = createServer({
    approvals,
    tokens,
    ledger: essentials.ledger,
    clock: systemClock,
    ids: createIds(),
    redact: (text) => masking.maskText(text, bankOf(essentials.source.current())).text,
    ready: () => !draining && tokens.ready(),
    tokenBytes,
    log,
  });
  const readiness = new Readiness(
    { ledger_writing: () => essentials.ledgerState() === 'writing', issuer_keys_fresh: () => tokens.ready() },
    {},
    metrics,
  );
  const probes = await openProbes(options.metrics, configuration.listeners.socketAccess, { metrics, readiness });
  await server.listen(listen);
  readiness.serving();
  return {
    listen: boundTo(server.server.address()),
    metrics: probes.listen,
    async stop(reason) {
      draining = true;
      readiness.draining();
      const cut = setTimeout(() => server.server.closeAllConnections(), drainMs);
      await server.close();
      clearTimeout(cut);
      tokens.close();
      approvals.close();
      await essentials.close(reason);
      await probes.close();
    },
  };
}

/** Bearer tokens travel in clear on this port: it must not leave the machine. A TLS proxy may stand in front of it. */
function loopbackListener(text: string): { readonly host: string; readonly port: number } {
  const listener = parseListener(text);
  if (listener === undefined) throw new Error(`--listen ${text}: HOST:PORT is needed`);
  if (!isLoopback(listener.host)) throw new Error(`--listen ${text}: the console listens on loopback only`);
  return { host: listener.host.replace(/^\[(.*)\]$/, '$1'), port: listener.port };
}

function boundTo(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the console is bound to no port');
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
