/** For tests: a configuration without findings, ways to break it, and what is then found. */
import assert from 'node:assert/strict';
import { auditEnvoyConfig } from '../audit-config.ts';
import { envoyConfig, type Upstream } from '../config.ts';
import { isObject, objectAt } from './json.ts';

const plain: Upstream = { name: 'model', domain: '*', prefix: '/', host: '127.0.0.1', port: 3, tls: false };

/** The configuration that `countersign up` runs, as Envoy would read it. */
export function sound(upstream = plain): unknown {
  return JSON.parse(
    JSON.stringify(
      envoyConfig({
        listenPort: 0,
        adminPort: 0,
        authzs: ['127.0.0.1:1'],
        procs: ['127.0.0.1:2'],
        upstreams: [upstream],
        accessLog: '/dev/stdout',
      }),
    ),
  );
}

/** The object at a path of field names and list positions, to be changed in place. */
export function inside(value: unknown, path: readonly (string | number)[]): Record<string, unknown> {
  let found = value;
  for (const step of path)
    found = typeof step === 'number' ? (Array.isArray(found) ? found[step] : undefined) : objectAt(found)[step];
  assert.ok(isWritable(found), `no object at ${path.join('.')}`);
  return found;
}
const isWritable = (value: unknown): value is Record<string, unknown> => isObject(value);

const listener = ['static_resources', 'listeners', 0];
export const manager = [...listener, 'filter_chains', 0, 'filters', 0, 'typed_config'];
export const authz = [...manager, 'http_filters', 0, 'typed_config'];
export const proc = [...manager, 'http_filters', 1, 'typed_config'];
export const host = [...manager, 'route_config', 'virtual_hosts', 0];
export const route = [...host, 'routes', 0];
export const type = (name: string) => ({ '@type': `type.googleapis.com/${name}` });
export const perRoute = (filter: 'authz' | 'proc', config: object) => ({
  [`envoy.filters.http.ext_${filter}`]: {
    ...type(`envoy.extensions.filters.http.ext_${filter}.v3.Ext${filter === 'authz' ? 'Authz' : 'Proc'}PerRoute`),
    ...config,
  },
});

export function reasons(config: unknown, runtime?: unknown): readonly string[] {
  const result = auditEnvoyConfig(config, runtime);
  assert.ok(result.ok);
  for (const finding of result.value) assert.ok(finding.what && finding.where && finding.remedy);
  return result.value.map((finding) => finding.reason);
}
