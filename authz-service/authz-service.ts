import { checkPath } from '@countersign/adapters/grpc/methods.ts';
import { startGrpcServer } from '@countersign/adapters/grpc/server.ts';
import { createHandOffSigner } from '@countersign/adapters/keys/hand-off.ts';
import { createTokenVerifier, type OidcTokenVerifier } from '@countersign/adapters/oidc/token-verifier.ts';
import { openEnvoyAccess } from '@countersign/adapters/process/envoy-access.ts';
import { openEssentials } from '@countersign/adapters/process/essentials.ts';
import { InFlight } from '@countersign/adapters/process/in-flight.ts';
import { createMasking } from '@countersign/adapters/process/masking.ts';
import { openProbes } from '@countersign/adapters/process/probes.ts';
import { Readiness } from '@countersign/adapters/process/readiness.ts';
import { serveWhen } from '@countersign/adapters/process/serve-when.ts';
import type { ServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import type { RunningService } from '@countersign/adapters/process/service-process.ts';
import { createIds, systemClock, systemTimers } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { type CheckMetrics, checkMetrics } from '@countersign/adapters/telemetry/check-metrics.ts';
import { Metrics } from '@countersign/adapters/telemetry/metrics.ts';
import { tlsMetrics } from '@countersign/adapters/telemetry/process-metrics.ts';
import { type AuthorizePorts, authorize } from '@countersign/core/exchange/authorize.ts';
import { RefusalCounts } from '@countersign/core/exchange/refusal-counts.ts';
import { bankOf } from '@countersign/core/masking/copy-profile.ts';
import type { Logger } from 'pino';
import { fromEnvoy } from './from-envoy.ts';
import { toEnvoy } from './to-envoy.ts';

/** Enough for a large header map; Envoy sends no body to ext_authz. */
const maxCheckBytes = 1 << 20;
/** A check that was cut may still have its refusal to record. */
const recordWithinMs = 5_000;

/** credential → principal → rules that need no body → signed hand-off. */
export async function startAuthzService(options: ServiceArguments, log: Logger): Promise<RunningService> {
  const metrics = new Metrics(version);
  const essentials = await openEssentials('authz-service', options, log, metrics);
  const { source, ledger, keys } = essentials;
  const { configuration } = source;
  const tokens = createTokenVerifier(configuration.issuers, {
    clock: systemClock,
    log,
    tokenBytes: configuration.limits.tokenBytes,
    onLookup: (found) => counts.looked(found),
  });
  const counts = checkMetrics(metrics, { jwksAgeSeconds: () => tokens.jwksAgeSeconds() });
  const readiness = new Readiness(
    { ledger_writing: () => essentials.ledgerState() === 'writing', issuer_keys_loaded: () => keysLoaded(tokens) },
    { issuer_keys_fresh: () => tokens.ready() },
    metrics,
  );
  const signer = createHandOffSigner(keys.handOff);
  const masking = createMasking();
  const refusals = new RefusalCounts('authz-service', configuration.anonymousRefusals, {
    clock: systemClock,
    timers: systemTimers,
    ledger,
  });
  const ports: AuthorizePorts = {
    clock: systemClock,
    ids: createIds(),
    tokens,
    policy: () => source.current(),
    ledger,
    refusals,
    identityHeaders: configuration.identityHeaders,
    redact: (text) => masking.maskText(text, bankOf(source.current())).text,
  };
  await tokens.start();
  const probes = await openProbes(options.metrics, configuration.listeners.socketAccess, { metrics, readiness });
  const checks = new InFlight();
  const access = openEnvoyAccess(
    options.listen ?? configuration.listeners.authz,
    configuration.listeners,
    log,
    tlsMetrics(metrics),
  );
  const server = await startGrpcServer({
    ...access.listener,
    name: 'envoy.service.auth.v3.Authorization',
    method: { kind: 'unary', path: checkPath, serve: checkHandler(ports, signer.sign, checks, counts, log) },
    maxMessageBytes: maxCheckBytes,
  });
  // Without one issuer's keys it would refuse everybody; keys that have become old still verify.
  const serving = serveWhen(() => keysLoaded(tokens), server, readiness, log);
  const { drainDelayMs, drainMs } = options;
  return {
    listen: server.listen,
    metrics: probes.listen,
    drainWithinMs: drainDelayMs + drainMs,
    async stop(reason) {
      readiness.draining();
      serving.stop();
      await server.withdraw(drainDelayMs);
      await server.drain(drainMs);
      access.close();
      const left = await checks.settled(recordWithinMs);
      if (left > 0) log.error({ checks: left }, 'checks did not end');
      tokens.close();
      await refusals.flush();
      await essentials.close(reason);
      await probes.close();
    },
  };
}

/** At least one issuer's, at least once: one partner's outage must not take the gateway out of service. */
const keysLoaded = (tokens: OidcTokenVerifier): boolean =>
  [...tokens.jwksAgeSeconds().values()].some((age) => age !== undefined);

function checkHandler(
  ports: AuthorizePorts,
  sign: (text: string) => string,
  checks: InFlight,
  counts: CheckMetrics,
  log: Logger,
) {
  return async (bytes: Buffer): Promise<Buffer> => {
    const since = ports.clock.monotonic();
    try {
      const input = fromEnvoy(bytes);
      if (input === undefined) throw new TypeError('not a check of an HTTP request');
      const check = authorize(input, ports);
      checks.track(check);
      const output = await check;
      const answer = toEnvoy(output, sign);
      counts.checked(output.refusal?.why.code, secondsSince(since, ports));
      return answer;
    } catch (error) {
      // Envoy answers an error with status_on_error and never with a pass (failure_mode_allow is false).
      log.error({ err: error }, 'check failed');
      counts.failed(secondsSince(since, ports));
      throw error;
    }
  };
}

const secondsSince = (sinceMs: number, { clock }: AuthorizePorts): number => (clock.monotonic() - sinceMs) / 1000;
