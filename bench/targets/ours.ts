/** Envoy with authz-service and proc-service, everything on. */
import { startTestGateway } from '@countersign/envoy/test/harness/gateway.ts';
import { envoyWorkers, modelAt } from './baselines.ts';
import { callerGroups, policyOf } from './policy.ts';
import type { Target } from './target.ts';

/** Longer than any bench: the token is verified once and then found in the cache, as in a day's traffic. */
const tokenLifeSeconds = 12 * 3600;

export async function startOurs(modelPort: number, rules: number): Promise<Target> {
  const gateway = await startTestGateway({
    policy: policyOf(rules),
    envoyWorkers,
    upstreams: [modelAt(modelPort)],
  });
  const [proc] = gateway.procs;
  return {
    name: `ours, ${rules} rules`,
    port: gateway.port,
    token: await gateway.issuer.token('ana', callerGroups, { lifeSeconds: tokenLifeSeconds }),
    pids: {
      envoy: gateway.envoy.child.pid ?? 0,
      authz: gateway.authz.child.pid ?? 0,
      proc: proc?.child.pid ?? 0,
    },
    stop: () => gateway.stop(),
  };
}
