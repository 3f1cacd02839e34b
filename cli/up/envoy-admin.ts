import { arrayAt, isObject, objectAt } from './json.ts';

/** Envoy's admin interface, as far as a supervisor needs it. `base` is `http://host:port`. */
async function get(base: string, path: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${base}${path}`, { signal });
  const body = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body.slice(0, 100).trim()}`);
  return body;
}

/** Live: all clusters had their first health checks and the listener is open. Rejects otherwise. */
export async function assertLive(base: string, signal: AbortSignal): Promise<void> {
  await get(base, '/ready', signal);
}

/** `host:port` of the listener with this name. */
export async function listenerAddress(base: string, name: string, signal: AbortSignal): Promise<string> {
  const answer: unknown = JSON.parse(await get(base, '/listeners?format=json', signal));
  const found = arrayAt(answer, 'listener_statuses').find((status) => isObject(status) && status['name'] === name);
  const { address, port_value: port } = objectAt(found, 'local_address', 'socket_address');
  if (typeof address !== 'string' || typeof port !== 'number') throw new Error(`no listener ${name} yet`);
  return `${address}:${port}`;
}

/** Rejects until Envoy's own health checks have found every host of our services serving. */
export async function assertServicesHealthy(base: string, signal: AbortSignal): Promise<void> {
  const answer: unknown = JSON.parse(await get(base, '/clusters?format=json', signal));
  const ours = arrayAt(answer, 'cluster_statuses').filter((cluster) =>
    String(objectAt(cluster)['name']).startsWith('countersign-'),
  );
  if (ours.length === 0) throw new Error('no countersign cluster yet');
  for (const cluster of ours) {
    const hosts = arrayAt(cluster, 'host_statuses');
    const healthy = (host: unknown): boolean => {
      const health = objectAt(host, 'health_status');
      return health['failed_active_health_check'] !== true && health['pending_active_hc'] !== true;
    };
    if (hosts.length === 0 || !hosts.every(healthy)) throw new Error(`${objectAt(cluster)['name']} is not healthy yet`);
  }
}

/** Calls that callers are still waiting for; the admin interface's own are not counted. */
export async function activeCalls(base: string, signal: AbortSignal): Promise<number> {
  const answer: unknown = JSON.parse(await get(base, '/stats?format=json&filter=downstream_rq_active$', signal));
  return arrayAt(answer, 'stats')
    .map((stat) => objectAt(stat))
    .filter((stat) => stat['name'] === 'http.countersign.downstream_rq_active')
    .reduce((sum, stat) => sum + Number(stat['value']), 0);
}

/** Takes no new connections; calls that are under way go on. */
export async function stopListening(base: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${base}/drain_listeners`, { method: 'POST', signal });
  await response.text();
}
