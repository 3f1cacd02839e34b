import { readFileSync } from 'node:fs';
import { rememberFile } from '@countersign/adapters/files/file-identity.ts';
import { MemoryShares } from '@countersign/adapters/grpc/memory-shares.ts';
import { processPath } from '@countersign/adapters/grpc/methods.ts';
import { type ProcessCall, ProcessStream } from '@countersign/adapters/grpc/process-stream.ts';
import { startGrpcServer } from '@countersign/adapters/grpc/server.ts';
import { createHandOffSigner } from '@countersign/adapters/keys/hand-off.ts';
import { createKeyedDigest } from '@countersign/adapters/keys/keyed-digest.ts';
import { openPayloadSealers } from '@countersign/adapters/keys/payload-sealers.ts';
import { openEnvoyAccess } from '@countersign/adapters/process/envoy-access.ts';
import { type Essentials, openEssentials } from '@countersign/adapters/process/essentials.ts';
import { InFlight } from '@countersign/adapters/process/in-flight.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { openProbes } from '@countersign/adapters/process/probes.ts';
import { Readiness } from '@countersign/adapters/process/readiness.ts';
import { serveWhen } from '@countersign/adapters/process/serve-when.ts';
import type { ServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import type { RunningService } from '@countersign/adapters/process/service-process.ts';
import { createIds, systemClock, systemTimers } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { createReplacements } from '@countersign/adapters/replacements/replacements.ts';
import { openSpill } from '@countersign/adapters/spill/spill.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { exchangeMetrics } from '@countersign/adapters/telemetry/exchange-metrics.ts';
import { Metrics } from '@countersign/adapters/telemetry/metrics.ts';
import { tlsMetrics } from '@countersign/adapters/telemetry/process-metrics.ts';
import { createCodec } from '@countersign/adapters/zlib/codec.ts';
import { patchCodec } from '@countersign/adapters/zlib/patch-codec.ts';
import { ByteBudget } from '@countersign/core/exchange/byte-budget.ts';
import { HoldSlots } from '@countersign/core/exchange/hold-slots.ts';
import type { ExchangePorts } from '@countersign/core/exchange/ports.ts';
import { RefusalCounts } from '@countersign/core/exchange/refusal-counts.ts';
import { serveExchange } from '@countersign/core/exchange/serve-exchange.ts';
import { bankOf, copyProfileOf } from '@countersign/core/masking/copy-profile.ts';
import type { Configuration, CredentialConfig } from '@countersign/core/policy/config.ts';
import type { Logger } from 'pino';
import { keepApprovals } from './approval-housekeeping.ts';
import { fromEnvoy } from './from-envoy.ts';
import { toEnvoy } from './to-envoy.ts';

/** Body chunks of Envoy are far smaller; header maps can be large. */
const maxMessageBytes = 16 << 20;
/** Requests of all exchanges in memory, held ones too; beyond it new ones are answered 503. */
const maxCollectedBytes = 256 << 20;
const uploadIdleMs = 30_000;
/** An exchange that was cut still has its end to record. */
const recordWithinMs = 5_000;

/** hand-off → body → facts → decision → mask → hold → record → forward, and the same way back. */
export async function startProcService(options: ServiceArguments, log: Logger): Promise<RunningService> {
  const metrics = new Metrics(version);
  const essentials = await openEssentials('proc-service', options, log, metrics);
  const { configuration } = essentials.source;
  const sealers = await openPayloadSealers({
    file: configuration.keys.payload,
    ledger: essentials.ledger,
    clock: systemClock,
    log,
  }).catch(async (error: unknown) => {
    await essentials.close('payload keys missing');
    throw error;
  });
  const approvals = openApprovalStore({
    file: configuration.approvals.store,
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: configuration.limits.holdsPerSubject,
  });
  const housekeeping = keepApprovals({
    store: approvals,
    ledger: essentials.ledger,
    clock: systemClock,
    log,
    abandonedMs: configuration.approvals.abandonedMs,
  });
  const storeInPlace = rememberFile(configuration.approvals.store);
  const readiness = new Readiness(
    { ledger_writing: () => essentials.ledgerState() === 'writing' },
    { approval_store_open: () => housekeeping.works() && storeInPlace() },
    metrics,
  );
  const probes = await openProbes(options.metrics, configuration.listeners.socketAccess, { metrics, readiness });
  const draining = new AbortController();
  const budget = new ByteBudget(Math.max(maxCollectedBytes, configuration.limits.requestBytes));
  const spill = openSpill(configuration.limits.spill.directory, configuration.limits.spill.bytes);
  const counts = exchangeMetrics(metrics, { requestBytes: () => budget.usedBytes, spilledBytes: spill.usedBytes });
  const ports = exchangePorts(essentials, log, {
    approvals,
    draining: draining.signal,
    budget,
    spill,
    metrics: counts,
    sealers,
  });
  const exchanges = new InFlight();
  const access = openEnvoyAccess(
    options.listen ?? configuration.listeners.proc[0] ?? '127.0.0.1:0',
    configuration.listeners,
    log,
    tlsMetrics(metrics),
  );
  const server = await startGrpcServer({
    ...access.listener,
    name: 'envoy.service.ext_proc.v3.ExternalProcessor',
    method: { kind: 'stream', path: processPath, serve: processHandler(ports, exchanges, counts.paused, log) },
    maxMessageBytes,
  });
  const serving = serveWhen(() => true, server, readiness, log);
  const { drainDelayMs, drainMs } = options;
  return {
    listen: server.listen,
    metrics: probes.listen,
    drainWithinMs: drainDelayMs + drainMs,
    async stop(reason) {
      readiness.draining();
      serving.stop();
      await server.withdraw(drainDelayMs);
      // Not sooner: what is held is now answered at once, and the caller's retry must find another process.
      draining.abort();
      await server.drain(drainMs);
      access.close();
      const left = await exchanges.settled(recordWithinMs);
      if (left > 0) log.error({ exchanges: left }, 'exchanges did not end: their last record is missing');
      housekeeping.stop();
      sealers.close();
      approvals.close();
      await ports.refusals.flush();
      await essentials.close(reason);
      await probes.close();
    },
  };
}

type Wired = Pick<ExchangePorts, 'approvals' | 'draining' | 'budget' | 'spill' | 'metrics' | 'sealers'>;

function exchangePorts({ source, ledger, replication, keys }: Essentials, log: Logger, wired: Wired): ExchangePorts {
  const { configuration } = source;
  const {
    requestBytes,
    payloadBytes,
    responseEventBytes,
    responseMessageBytes,
    decodedBytes,
    expansionRatio,
    holdsPerSubject,
  } = configuration.limits;
  const credentials = readCredentials(configuration);
  return {
    ...wired,
    clock: systemClock,
    ids: createIds(),
    timers: systemTimers,
    codec: createCodec(),
    digest: createKeyedDigest(keys.digest),
    patches: patchCodec,
    ledger,
    replication,
    refusals: new RefusalCounts('proc-service', configuration.anonymousRefusals, {
      clock: systemClock,
      timers: systemTimers,
      ledger,
    }),
    masking: createMasking(createReplacements(keys.masking)),
    copyProfile: (traffic) => copyProfileOf(bankOf(source.current()), traffic),
    policy: () => source.current(),
    verifyMac: createHandOffSigner(keys.handOff).verify,
    credential: (name) => credentials.get(name),
    approvalUrl: (approval) => `${configuration.approvals.url}/approvals/${approval.id}`,
    holds: new HoldSlots(holdsPerSubject),
    limits: {
      requestBytes,
      payloadBytes,
      uploadIdleMs,
      responseEventBytes,
      responseMessageBytes,
      decodedBytes,
      expansionRatio,
    },
    failure: (error, session) => log.error({ err: error, session }, 'exchange failed'),
  };
}

/** Read once at start: a key that is missing then is a start that fails, not a call that does. */
function readCredentials({
  credentials,
}: Configuration): ReadonlyMap<string, { readonly header: string; readonly value: string }> {
  return new Map(credentials.map((credential) => [credential.name, readCredential(credential)]));
}

function readCredential({ header, prefix, file, name }: CredentialConfig): {
  readonly header: string;
  readonly value: string;
} {
  const value = readFileSync(file, 'utf8').trim();
  if (value === '' || /[^\x21-\x7e]/.test(value))
    throw new Error(`${file}: credential ${name} is empty or has odd characters`);
  return { header, value: `${prefix}${value}` };
}

function processHandler(ports: ExchangePorts, exchanges: InFlight, paused: () => void, log: Logger) {
  const shares = new MemoryShares();
  return (call: ProcessCall): ProcessStream => {
    const stream = new ProcessStream(call, { fromEnvoy, toEnvoy }, shares, paused);
    shares.opened();
    const exchange = serveExchange(stream, ports)
      .catch((error: unknown) => {
        // Even the room that ends exchanges failed: nothing may go on, so the stream is cut.
        log.error({ err: error }, 'exchange could not be concluded');
        stream.reset('internal error');
      })
      .finally(() => shares.closed());
    exchanges.track(exchange);
    return stream;
  };
}
