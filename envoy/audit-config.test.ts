import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, objectAt } from './audit/json.ts';
import { inside, manager, reasons, route, sound, type } from './audit/testing.ts';
import { auditEnvoyConfig } from './audit-config.ts';

/** `sound()` with another filter chain. */
function withFilters(change: (filters: readonly unknown[]) => readonly unknown[]): unknown {
  const config = sound();
  const at = inside(config, manager);
  at['http_filters'] = change(listAt(at, 'http_filters'));
  return config;
}

test('ext_proc before ext_authz, a missing one, and one behind the router are told apart', () => {
  assert.deepEqual(reasons(withFilters(([first, second, router]) => [second, first, router])), ['wrong_order']);
  assert.deepEqual(reasons(withFilters(([, second, router]) => [second, router])), ['no_ext_authz']);
  assert.deepEqual(reasons(withFilters(([first, , router]) => [first, router])), ['no_ext_proc']);
  assert.deepEqual(reasons(withFilters(([first, second, router]) => [first, router, second])), ['after_router']);
  assert.deepEqual(reasons(withFilters(() => [])), ['no_ext_authz', 'no_ext_proc']);
});

/** What `/config_dump` answers for a configuration, with the routes in a section of their own (RDS). */
function dumped(config: unknown): unknown {
  const own = inside(config, manager);
  const routes = { ...objectAt(own['route_config']), name: 'routes-1' };
  own['route_config'] = undefined;
  own['rds'] = { route_config_name: 'routes-1' };
  const [only] = listAt(config, 'static_resources', 'listeners');
  const [first, ...others] = listAt(config, 'static_resources', 'clusters');
  return {
    configs: [
      {
        ...type('envoy.admin.v3.BootstrapConfigDump'),
        bootstrap: { ...objectAt(config), static_resources: {} },
      },
      { ...type('envoy.admin.v3.ListenersConfigDump'), dynamic_listeners: [{ active_state: { listener: only } }] },
      { ...type('envoy.admin.v3.RoutesConfigDump'), dynamic_route_configs: [{ route_config: routes }] },
      {
        ...type('envoy.admin.v3.ClustersConfigDump'),
        static_clusters: [{ cluster: first }],
        dynamic_active_clusters: others.map((cluster) => ({ cluster })),
      },
    ],
  };
}

test('a config dump is read like the file it came from, dynamic listeners and routes included', () => {
  assert.deepEqual(reasons(dumped(sound())), []);
  const config = sound();
  inside(config, [...route, 'route'])['retry_policy'] = {};
  assert.deepEqual(reasons(dumped(config)), ['retry_policy']);
});

test('routes that the dump does not hold are a finding, not a pass', () => {
  const dump = dumped(sound());
  const configs = listAt(dump, 'configs').slice(0, 2);
  assert.deepEqual(reasons({ configs }), ['routes_not_visible']);
});

const graceful = 'envoy.reloadable_features.ext_proc_graceful_grpc_close';
const layers = (...values: readonly unknown[]) => ({
  layers: values.map((value) => ({ static_layer: { [graceful]: value } })),
});

test('graceful close is dangerous, wherever it is switched on; the last layer and the running Envoy have the last word', () => {
  const config = sound();
  const on = { entries: { [graceful]: { final_value: 'true' } } };
  const off = { entries: { [graceful]: { final_value: 'false' } } };
  assert.deepEqual(reasons(config, on), ['graceful_close']);
  assert.deepEqual(reasons(config, { entries: {} }), []);
  inside(config, [])['layered_runtime'] = layers(true);
  assert.deepEqual(reasons(config), ['graceful_close']);
  assert.deepEqual(reasons(config, off), []);
  inside(config, [])['layered_runtime'] = layers(true, 'false');
  assert.deepEqual(reasons(config), []);
  inside(config, [])['layered_runtime'] = layers(false, 'True');
  assert.deepEqual(reasons(config), ['graceful_close']);
  assert.deepEqual(reasons(dumped(config)), ['graceful_close']);
});

test('graceful close with gRPC clients that stay in the cache for a day is nothing to report', () => {
  const config = sound();
  inside(config, [])['layered_runtime'] = layers(true);
  for (const [duration, expected] of [
    ['86400s', []],
    ['3600s', ['graceful_close']],
    ['for ever', ['graceful_close']],
  ] as const) {
    inside(config, [])['grpc_async_client_manager_config'] = { max_cached_entry_idle_duration: duration };
    assert.deepEqual(reasons(config), expected);
  }
});

test('a second listener that carries TCP to a model is a way around', () => {
  const config = sound();
  const proxy = { ...type('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'), cluster: 'model' };
  const listeners = listAt(config, 'static_resources', 'listeners');
  inside(config, ['static_resources'])['listeners'] = [
    ...listeners,
    { name: 'raw', default_filter_chain: { filters: [{ typed_config: proxy }] } },
  ];
  assert.deepEqual(reasons(config), ['tcp_proxy']);
});

test('findings name the place as a person would look for it', () => {
  const config = sound();
  inside(config, [...route, 'route'])['retry_policy'] = {};
  const result = auditEnvoyConfig(config);
  assert.ok(result.ok);
  assert.deepEqual(
    result.value.map((finding) => finding.where),
    ['listener inference, virtual host any, route 1 (prefix /)'],
  );
});

test('what is no Envoy configuration is not called fine', () => {
  for (const value of [undefined, null, 1, 'text', [], {}, { configs: [] }, { configs: [{ '@type': 'x' }] }]) {
    assert.deepEqual(auditEnvoyConfig(value), { ok: false, error: 'not_an_envoy_configuration' });
  }
});
