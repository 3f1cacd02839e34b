import { authorizationService } from '@countersign/adapters/grpc/codec.ts';
import { grpcStatus, startGrpcServer } from '@countersign/adapters/grpc/server.ts';
import type { WireCheckRequest, WireCheckResponse } from '@countersign/adapters/grpc/wire.ts';
import { createHandOffSigner } from '@countersign/adapters/keys/hand-off.ts';
import { createTokenVerifier } from '@countersign/adapters/oidc/token-verifier.ts';
import { openEnvoyAccess } from '@countersign/adapters/process/envoy-access.ts';
import { openEssentials } from '@countersign/adapters/process/essentials.ts';
import { InFlight } from '@countersign/adapters/process/in-flight.ts';
import type { ServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import type { RunningService } from '@countersign/adapters/process/service-process.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { version } from '@countersign/adapters/process/version.ts';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { createTelemetry, serveMetrics } from '@countersign/adapters/telemetry/exchange-metrics.ts';
import { type AuthorizePorts, authorize } from '@countersign/core/exchange/authorize.ts';
import { createMaskingEngine } from '@countersign/core/masking/engine.ts';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import type { Logger } from 'pino';
import { fromEnvoy } from './from-envoy.ts';
import { toEnvoy } from './to-envoy.ts';

/** Enough for a large header map; Envoy sends no body to ext_authz. */
const maxCheckBytes = 1 << 20;
/** A check that was cut may still have its refusal to record. */
const recordWithinMs = 5_000;

/** credential → principal → rules that need no body → signed hand-off. */
export async function startAuthzService(options: ServiceArguments, log: Logger): Promise<RunningService> {
  const essentials = await openEssentials('authz-service', options, log);
  const { source, ledger, keys } = essentials;
  const { configuration } = source;
  const tokens = createTokenVerifier(configuration.issuers, {
    clock: systemClock,
    log,
    tokenBytes: configuration.limits.tokenBytes,
  });
  const signer = createHandOffSigner(keys.handOff);
  const masking = createMaskingEngine(createPatternEngine());
  const ports: AuthorizePorts = {
    clock: systemClock,
    ids: createIds(),
    tokens,
    policy: () => source.current(),
    ledger,
    identityHeaders: configuration.identityHeaders,
    redact: (text) => masking.maskText(text, bankProfile).text,
  };
  await tokens.start();
  const telemetry = createTelemetry(version);
  const metrics = options.metrics === undefined ? undefined : await serveMetrics(telemetry.registry, options.metrics);
  const checks = new InFlight();
  const access = openEnvoyAccess(
    options.listen ?? configuration.listeners.authz,
    configuration.listeners,
    log,
    telemetry.tls,
  );
  const server = await startGrpcServer({
    ...access.listener,
    name: 'envoy.service.auth.v3.Authorization',
    service: authorizationService,
    implementation: { Check: checkHandler(ports, signer.sign, checks, log) },
    maxMessageBytes: maxCheckBytes,
  });
  server.serve();
  const { drainDelayMs, drainMs } = options;
  return {
    listen: server.listen,
    drainWithinMs: drainDelayMs + drainMs,
    async stop(reason) {
      await server.withdraw(drainDelayMs);
      await server.drain(drainMs);
      access.close();
      const left = await checks.settled(recordWithinMs);
      if (left > 0) log.error({ checks: left }, 'checks did not end');
      tokens.close();
      metrics?.close();
      await essentials.close(reason);
    },
  };
}

type Reply = (error: { readonly code: number; readonly details: string } | null, response?: WireCheckResponse) => void;

function checkHandler(ports: AuthorizePorts, sign: (text: string) => string, checks: InFlight, log: Logger) {
  return (call: { readonly request: WireCheckRequest }, reply: Reply): void => {
    const input = fromEnvoy(call.request);
    if (input === undefined) {
      reply({ code: grpcStatus.INVALID_ARGUMENT, details: 'not an HTTP request' });
      return;
    }
    const check = authorize(input, ports).then((output) => toEnvoy(output, sign));
    checks.track(check);
    check.then(
      (response) => reply(null, response),
      (error: unknown) => {
        // Envoy answers an error with status_on_error and never with a pass (failure_mode_allow is false).
        log.error({ err: error }, 'check failed');
        reply({ code: grpcStatus.INTERNAL, details: 'check failed' });
      },
    );
  };
}
