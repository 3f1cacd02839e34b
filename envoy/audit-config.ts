import { err, ok, type Result } from '@countersign/core/result.ts';
import { auditAccessLog } from './audit/access-log.ts';
import { auditClusters } from './audit/clusters.ts';
import { auditFilterChain } from './audit/filters.ts';
import { type Finding, reportAt } from './audit/finding.ts';
import { at, isObject, isOn, type JsonObject, listAt, objectAt, textAt, typeOf } from './audit/json.ts';
import { auditHeaderNames } from './audit/manager.ts';
import { auditRoutes, auditUpgrades, forwardsAny } from './audit/routes.ts';
import { auditRuntime } from './audit/runtime.ts';
import { auditServices, serviceClusters } from './audit/services.ts';

const managerType = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/**
 * The ways around Countersign in an Envoy configuration: what its ext_authz and ext_proc do not see, or see and cannot stop.
 * What is not visible in the configuration is a finding too.
 * @param config the answer of the admin interface to `/config_dump`, or a bootstrap file, parsed from JSON
 * @param runtime the answer to `/runtime`; without it the static layers of the bootstrap count
 */
export function auditEnvoyConfig(
  config: unknown,
  runtime?: unknown,
): Result<readonly Finding[], 'not_an_envoy_configuration'> {
  const parts = partsOf(config);
  if (parts === undefined) return err('not_an_envoy_configuration');
  const findings: Finding[] = [];
  const services = new Set<string>();
  for (const listener of parts.listeners) auditListener(listener, parts.routes, services, findings);
  if (parts.listeners.length === 0) {
    reportAt(findings, 'listeners')(
      'no_listener',
      'there is no listener to look at',
      'give the configuration of an Envoy that serves',
    );
  }
  auditClusters(parts.clusters, findings);
  auditServices(services, parts.clusters, findings);
  auditRuntime(parts.bootstrap, runtime, findings);
  return ok(findings);
}

interface Parts {
  readonly bootstrap: JsonObject;
  readonly listeners: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
  /** Route configurations by name, for managers that fetch theirs (RDS). */
  readonly routes: ReadonlyMap<string, JsonObject>;
}

function partsOf(config: unknown): Parts | undefined {
  if (isObject(at(config, 'static_resources'))) {
    const listeners = listAt(config, 'static_resources', 'listeners').filter(isObject);
    const clusters = listAt(config, 'static_resources', 'clusters').filter(isObject);
    return { bootstrap: objectAt(config), listeners, clusters, routes: new Map() };
  }
  const sections = listAt(config, 'configs').filter(isObject);
  const section = (name: string): JsonObject => sections.find((part) => typeOf(part).endsWith(`.${name}`)) ?? {};
  const dumped = section('ListenersConfigDump');
  if (!isObject(dumped) || typeOf(dumped) === '') return undefined;
  const routes = [
    ...listAt(section('RoutesConfigDump'), 'static_route_configs'),
    ...listAt(section('RoutesConfigDump'), 'dynamic_route_configs'),
  ].map((entry) => objectAt(entry, 'route_config'));
  return {
    bootstrap: objectAt(section('BootstrapConfigDump'), 'bootstrap'),
    listeners: [
      ...listAt(dumped, 'static_listeners').map((entry) => objectAt(entry, 'listener')),
      ...listAt(dumped, 'dynamic_listeners').map((entry) => objectAt(entry, 'active_state', 'listener')),
    ],
    clusters: [
      ...listAt(section('ClustersConfigDump'), 'static_clusters'),
      ...listAt(section('ClustersConfigDump'), 'dynamic_active_clusters'),
    ].map((entry) => objectAt(entry, 'cluster')),
    routes: new Map(routes.map((route) => [textAt(route, 'name'), route])),
  };
}

function auditListener(
  listener: JsonObject,
  routes: Parts['routes'],
  services: Set<string>,
  findings: Finding[],
): void {
  const name = textAt(listener, 'name') || 'without a name';
  const chains = [...listAt(listener, 'filter_chains')];
  const last = at(listener, 'default_filter_chain');
  if (isObject(last)) chains.push(last);
  for (const [index, chain] of chains.entries()) {
    const where = chains.length === 1 ? `listener ${name}` : `listener ${name}, filter chain ${index + 1}`;
    for (const filter of listAt(chain, 'filters')) {
      const network = objectAt(filter, 'typed_config');
      if (typeOf(network) === managerType) {
        auditManager(network, routes, where, findings);
        for (const name of serviceClusters(listAt(network, 'http_filters'))) services.add(name);
      } else if (typeOf(network).endsWith('.TcpProxy')) auditTcp(network, where, findings);
    }
  }
}

function auditManager(manager: JsonObject, known: Parts['routes'], where: string, findings: Finding[]): void {
  const report = reportAt(findings, where);
  const name = textAt(manager, 'rds', 'route_config_name');
  const routes = isOn(manager, 'route_config') ? objectAt(manager, 'route_config') : known.get(name);
  if (routes === undefined) {
    report(
      'routes_not_visible',
      `routes ${name} are not in this configuration`,
      'give the answer of /config_dump of the running Envoy',
    );
  } else if (!forwardsAny(routes)) {
    return;
  }
  auditFilterChain(listAt(manager, 'http_filters'), report);
  auditUpgrades(manager, report);
  auditHeaderNames(manager, report);
  auditAccessLog(manager, report);
  if (routes !== undefined) auditRoutes(routes, manager, where, findings);
}

function auditTcp(proxy: JsonObject, where: string, findings: Finding[]): void {
  reportAt(findings, where)(
    'tcp_proxy',
    `passes bytes to ${textAt(proxy, 'cluster') || 'its clusters'} without looking at them`,
    'if a model can be reached through it, serve it by HTTP with both filters, or close it',
  );
}
