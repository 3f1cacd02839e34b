import { authorizationService } from '@countersign/adapters/grpc/codec.ts';
import { grpcStatus, startGrpcServer } from '@countersign/adapters/grpc/server.ts';
import type { WireCheckRequest, WireCheckResponse } from '@countersign/adapters/grpc/wire.ts';
import { createHandOffSigner } from '@countersign/adapters/keys/hand-off.ts';
import { createTokenVerifier } from '@countersign/adapters/oidc/token-verifier.ts';
import { openEssentials } from '@countersign/adapters/process/essentials.ts';
import type { ServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import type { RunningService } from '@countersign/adapters/process/service-process.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { type AuthorizePorts, authorize } from '@countersign/core/exchange/authorize.ts';
import { createMaskingEngine } from '@countersign/core/masking/engine.ts';
import { bankProfile } from '@countersign/core/masking/profile.ts';
import type { Logger } from 'pino';
import { fromEnvoy } from './from-envoy.ts';
import { toEnvoy } from './to-envoy.ts';

/** Enough for a large header map; Envoy sends no body to ext_authz. */
const maxCheckBytes = 1 << 20;
const drainMs = 10_000;

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
  const server = await startGrpcServer({
    listen: options.listen ?? configuration.listeners.authz,
    name: 'envoy.service.auth.v3.Authorization',
    service: authorizationService,
    implementation: { Check: checkHandler(ports, signer.sign, log) },
    maxMessageBytes: maxCheckBytes,
  });
  server.setServing(true);
  return {
    listen: server.listen,
    async stop(reason) {
      server.setServing(false);
      await server.drain(drainMs);
      tokens.close();
      await essentials.close(reason);
    },
  };
}

type Reply = (error: { readonly code: number; readonly details: string } | null, response?: WireCheckResponse) => void;

function checkHandler(ports: AuthorizePorts, sign: (text: string) => string, log: Logger) {
  return (call: { readonly request: WireCheckRequest }, reply: Reply): void => {
    const input = fromEnvoy(call.request);
    if (input === undefined) {
      reply({ code: grpcStatus.INVALID_ARGUMENT, details: 'not an HTTP request' });
      return;
    }
    authorize(input, ports).then(
      (output) => reply(null, toEnvoy(output, sign)),
      (error: unknown) => {
        // Envoy answers an error with status_on_error and never with a pass (failure_mode_allow is false).
        log.error({ err: error }, 'check failed');
        reply({ code: grpcStatus.INTERNAL, details: 'check failed' });
      },
    );
  };
}
