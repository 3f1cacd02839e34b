import { auditFailureMode, auditForwarding, auditProcessingMode } from './filters.ts';
import { type Finding, type Report, reportAt } from './finding.ts';
import { at, isObject, isOn, type JsonObject, listAt, objectAt, secondsAt, textAt, typeOf } from './json.ts';

/** Long enough for the longest hold that policy files usually ask for (240 s), with room. */
const enoughSeconds = 600;
/** Envoy's default for a stream on which nothing moves. A held call is such a stream. */
const defaultIdleSeconds = 300;

/** One route configuration under one HTTP connection manager. */
export function auditRoutes(routes: JsonObject, manager: JsonObject, where: string, findings: Finding[]): void {
  auditOverrides(routes, reportAt(findings, `${where}, route configuration`));
  for (const host of listAt(routes, 'virtual_hosts')) {
    const hostPlace = `${where}, virtual host ${textAt(host, 'name')}`;
    auditOverrides(host, reportAt(findings, hostPlace));
    auditRetries(host, reportAt(findings, hostPlace));
    for (const [index, route] of listAt(host, 'routes').entries()) {
      if (forwards(route)) auditRoute(route, manager, reportAt(findings, `${hostPlace}, ${placeOf(route, index)}`));
    }
  }
}

/** Whether any route leads to a cluster; redirects and direct responses reach no model. */
export function forwardsAny(routes: JsonObject): boolean {
  return listAt(routes, 'virtual_hosts').some((host) => listAt(host, 'routes').some(forwards));
}

const forwards = (route: unknown): boolean => isObject(at(route, 'route'));

function auditRoute(route: unknown, manager: JsonObject, report: Report): void {
  const action = objectAt(route, 'route');
  auditOverrides(route, report);
  for (const cluster of listAt(action, 'weighted_clusters', 'clusters')) auditOverrides(cluster, report);
  auditRetries(action, report);
  if (listAt(action, 'request_mirror_policies').length > 0) {
    report('mirrored', 'requests are mirrored: a second model gets them, unrecorded', 'remove request_mirror_policies');
  }
  if (isOn(action, 'hedge_policy')) {
    report('hedged', 'hedged requests make one recorded call several calls of the model', 'remove hedge_policy');
  }
  auditUpgrades(action, report);
  auditTimeouts(action, manager, report);
}

function auditRetries(holder: unknown, report: Report): void {
  if (!isOn(holder, 'retry_policy') && !isOn(holder, 'retry_policy_typed_config')) return;
  report(
    'retry_policy',
    'a retry policy makes one recorded call several calls of the model, and full duplex may send the body twice',
    'remove retry_policy from masked routes; let callers retry',
  );
}

/** WebSocket and CONNECT leave HTTP behind: what flows then has no body that could be read. */
export function auditUpgrades(holder: unknown, report: Report): void {
  for (const upgrade of listAt(holder, 'upgrade_configs')) {
    if (at(upgrade, 'enabled') === false) continue;
    report(
      'upgrade',
      `upgrades to ${textAt(upgrade, 'upgrade_type') || 'another protocol'} are allowed: what flows then is neither masked nor recorded`,
      'remove upgrade_configs here',
    );
  }
}

function auditTimeouts(action: JsonObject, manager: JsonObject, report: Report): void {
  const idle = secondsAt(action, 'idle_timeout') ?? secondsAt(manager, 'stream_idle_timeout') ?? defaultIdleSeconds;
  if (isShort(idle)) {
    report(
      'idle_timeout',
      `a call that waits for an approval ends after ${idle} s without traffic`,
      'set idle_timeout: 0s on the route, or longer than the longest wait of the policy',
    );
  }
  const request = secondsAt(manager, 'request_timeout') ?? 0;
  if (isShort(request)) {
    report(
      'request_timeout',
      `request_timeout of ${request} s counts the wait for an approval`,
      'remove request_timeout',
    );
  }
  const whole =
    secondsAt(action, 'max_stream_duration', 'max_stream_duration') ??
    secondsAt(manager, 'common_http_protocol_options', 'max_stream_duration') ??
    0;
  if (isShort(whole)) {
    report('max_stream_duration', `calls end after ${whole} s, waiting included`, 'raise max_stream_duration');
  }
}

/** 0 means no limit. */
const isShort = (seconds: number): boolean => seconds > 0 && seconds < enoughSeconds;

/** What a route configuration, virtual host, route or weighted cluster says about single filters. */
function auditOverrides(holder: unknown, report: Report): void {
  for (const [name, override] of Object.entries(objectAt(holder, 'typed_per_filter_config'))) {
    auditOverride(name, objectAt(override), report);
  }
}

function auditOverride(name: string, override: JsonObject, report: Report): void {
  const type = typeOf(override);
  const inner = objectAt(override, 'config');
  if (type.endsWith('.FilterConfig')) {
    // A wrapper for any filter. Which one it switches off is known from the name only.
    if (isOn(override, 'disabled') && /ext_authz|ext_proc|countersign/i.test(name)) reportDisabled(name, report);
    auditOverride(name, inner, report);
  }
  if (!/\.(ExtAuthzPerRoute|ExtProcPerRoute)$/.test(type)) return;
  if (isOn(override, 'disabled')) reportDisabled(name, report);
  const overrides = objectAt(override, 'overrides');
  if (isObject(at(overrides, 'processing_mode'))) auditProcessingMode(objectAt(overrides, 'processing_mode'), report);
  if (isObject(at(overrides, 'metadata_options'))) auditForwarding(objectAt(overrides, 'metadata_options'), report);
  auditFailureMode(name, overrides, report);
}

function reportDisabled(name: string, report: Report): void {
  report('disabled_here', `${name} is switched off here: these calls go around it`, 'remove the override');
}

function placeOf(route: unknown, index: number): string {
  const name = textAt(route, 'name');
  const [kind, value] = Object.entries(objectAt(route, 'match')).find(([, found]) => typeof found === 'string') ?? [];
  return `route ${index + 1}${name ? ` "${name}"` : ''}${kind ? ` (${kind} ${String(value)})` : ''}`;
}
