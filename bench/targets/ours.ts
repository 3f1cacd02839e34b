/** Envoy with authz-service and proc-service, everything on. */
import { join } from 'node:path';
import { startTestGateway } from '@countersign/envoy/test/harness/gateway.ts';
import { envoyWorkers, modelAt } from './baselines.ts';
import { callerGroups } from './policy.ts';
import type { Target } from './target.ts';

/** Longer than any bench: the token is verified once and then found in the cache, as in a day's traffic. */
const tokenLifeSeconds = 12 * 3600;

export interface Ours extends Target {
  /** Folder with the ledgers of both services. */
  readonly ledger: string;
  /** Envoy's, one JSON object a line. */
  readonly accessLog: string;
  /** One counter of Envoy. */
  stat(name: string): Promise<number>;
}

export async function startOurs(modelPort: number, name: string, policy: string): Promise<Ours> {
  const gateway = await startTestGateway({ policy, envoyWorkers, upstreams: [modelAt(modelPort)] });
  const [proc] = gateway.procs;
  return {
    name,
    port: gateway.port,
    token: await gateway.issuer.token('ana', callerGroups, { lifeSeconds: tokenLifeSeconds }),
    masks: true,
    pids: {
      envoy: gateway.envoy.child.pid ?? 0,
      authz: gateway.authz.child.pid ?? 0,
      proc: proc?.child.pid ?? 0,
    },
    ledger: gateway.ledger,
    accessLog: join(gateway.directory, 'access.log'),
    stat: (counter) => gateway.stat(counter),
    stop: () => gateway.stop(),
  };
}
