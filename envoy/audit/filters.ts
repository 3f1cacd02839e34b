import type { Report } from './finding.ts';
import { at, isOn, type JsonObject, listAt, objectAt, textAt, typeOf } from './json.ts';

export const authzType = 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz';
export const procType = 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor';
const routerType = 'envoy.extensions.filters.http.router.v3.Router';
/** ext_authz writes its metadata here, whatever the filter is called (Envoy: a constant). */
const handOffNamespace = 'envoy.filters.http.ext_authz';

/** The filters of one HTTP connection manager: both present, in order, on, and set so that nothing passes without them. */
export function auditFilterChain(filters: readonly unknown[], report: Report): void {
  const types = filters.map((filter) => typeOf(at(filter, 'typed_config')));
  const authz = types.indexOf(authzType);
  const proc = types.indexOf(procType);
  for (const filter of filters) {
    if (!isOn(filter, 'config_discovery')) continue;
    report(
      'filter_not_visible',
      `filter ${textAt(filter, 'name')} comes from a discovery service (ECDS), so this configuration does not show what it does`,
      'check it where it is made; configure both filters of Countersign in the listener itself',
    );
  }
  if (authz < 0) {
    report('no_ext_authz', 'no ext_authz filter: callers are not identified', 'add the ext_authz filter (docs: envoy)');
  } else {
    auditAuthz(objectAt(filters[authz]), report);
  }
  if (proc < 0) {
    report(
      'no_ext_proc',
      'no ext_proc filter: nothing is decided, masked or recorded',
      'add the ext_proc filter after ext_authz',
    );
  } else {
    auditProc(objectAt(filters[proc]), report);
  }
  if (authz >= 0 && proc >= 0 && authz > proc) {
    report(
      'wrong_order',
      'ext_proc stands before ext_authz, so that no call carries a hand-off',
      'put ext_authz first, then ext_proc, then the router',
    );
  }
  const router = types.indexOf(routerType);
  if (router >= 0 && (router < authz || router < proc)) {
    report('after_router', 'a filter behind the router never runs', 'put the router last');
  }
}

function auditAuthz(filter: JsonObject, report: Report): void {
  const config = objectAt(filter, 'typed_config');
  auditSwitch('ext_authz', filter, report);
  auditFailureMode('ext_authz', config, report);
  if (isOn(config, 'shadow_mode')) {
    report('shadow_mode', 'ext_authz runs in shadow mode: its refusals are ignored', 'remove shadow_mode');
  }
  for (const field of ['filter_enabled', 'filter_enabled_metadata']) {
    if (isOn(config, field) && !isAlways(at(config, field))) {
      report('partly_enabled', `ext_authz runs for some calls only (${field})`, `remove ${field}`);
    }
  }
  if (!isOn(config, 'encode_raw_headers')) {
    report(
      'headers_merged',
      'encode_raw_headers is off: repeated headers arrive merged, and what is decided on is not what the upstream reads',
      'set encode_raw_headers: true',
    );
  }
}

/** A RuntimeFractionalPercent of 100 % without a runtime key that could lower it. */
function isAlways(value: unknown): boolean {
  const unit: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };
  const numerator = at(value, 'default_value', 'numerator');
  const denominator = unit[textAt(value, 'default_value', 'denominator') || 'HUNDRED'];
  return textAt(value, 'runtime_key') === '' && numerator !== undefined && numerator === denominator;
}

function auditProc(filter: JsonObject, report: Report): void {
  const config = objectAt(filter, 'typed_config');
  auditSwitch('ext_proc', filter, report);
  auditFailureMode('ext_proc', config, report);
  auditProcessingMode(objectAt(config, 'processing_mode'), report);
  auditForwarding(objectAt(config, 'metadata_options'), report);
  const forbidden: readonly (readonly [string, string])[] = [
    ['observability_mode', 'answers of proc-service are ignored'],
    ['allow_mode_override', 'an answer may switch the body off'],
    ['disable_immediate_response', 'refusals are ignored'],
    ['forward_rules', 'some headers are hidden from the decision'],
  ];
  for (const [field, consequence] of forbidden) {
    if (isOn(config, field)) report(field, `ext_proc has ${field}: ${consequence}`, `remove ${field}`);
  }
}

/** The six modes. Absent body modes mean NONE, absent trailer modes SKIP, absent header modes SEND. */
export function auditProcessingMode(mode: JsonObject, report: Report): void {
  for (const direction of ['request', 'response']) {
    if (!['', 'DEFAULT', 'SEND'].includes(named(at(mode, `${direction}_header_mode`), headerModes))) {
      report(
        'headers_not_sent',
        `${direction}_header_mode is not SEND: proc-service never hears of the call`,
        `set it to SEND`,
      );
    }
    if (named(at(mode, `${direction}_body_mode`), bodyModes) !== 'FULL_DUPLEX_STREAMED') {
      report(
        'body_mode',
        `${direction}_body_mode is not FULL_DUPLEX_STREAMED: the ${direction} body is not seen, or cannot be held and masked`,
        `set ${direction}_body_mode: FULL_DUPLEX_STREAMED`,
      );
    }
    if (named(at(mode, `${direction}_trailer_mode`), headerModes) !== 'SEND') {
      report(
        'trailers_not_sent',
        `${direction}_trailer_mode is not SEND: full duplex needs it, and trailers would pass unseen`,
        `set ${direction}_trailer_mode: SEND`,
      );
    }
  }
}

const headerModes = ['DEFAULT', 'SEND', 'SKIP'];
const bodyModes = ['NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED', 'GRPC'];

/** Enums may be written by name or by number. */
function named(value: unknown, names: readonly string[]): string {
  if (typeof value === 'number') return names[value] ?? 'unknown';
  return typeof value === 'string' ? value : '';
}

export function auditForwarding(options: JsonObject, report: Report): void {
  if (listAt(options, 'forwarding_namespaces', 'untyped').includes(handOffNamespace)) return;
  report(
    'hand_off_not_forwarded',
    `ext_proc does not get the metadata namespace ${handOffNamespace}: without the hand-off every call is refused`,
    `add it to metadata_options.forwarding_namespaces.untyped`,
  );
}

export function auditFailureMode(filter: string, config: JsonObject, report: Report): void {
  if (!isOn(config, 'failure_mode_allow')) return;
  report(
    'failure_mode_allow',
    `${filter} has failure_mode_allow: when its service is down, calls pass unchecked and unrecorded`,
    'set failure_mode_allow: false',
  );
}

function auditSwitch(filter: string, config: JsonObject, report: Report): void {
  if (isOn(config, 'disabled')) {
    report('disabled', `${filter} is disabled unless a route enables it`, 'remove disabled: true');
  }
  if (isOn(config, 'is_optional')) {
    report(
      'optional',
      `${filter} is optional: an Envoy that does not know it goes on without it`,
      'remove is_optional: true',
    );
  }
}
