import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authz, host, inside, manager, perRoute, proc, reasons, route, sound, type } from './testing.ts';

test('our own configuration has no way around us', () => {
  assert.deepEqual(reasons(sound()), []);
});

interface Case {
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly set: Readonly<Record<string, unknown>>;
  readonly reasons: readonly string[];
}
const cases: readonly Case[] = [
  { name: 'no access log', path: manager, set: { access_log: [] }, reasons: ['no_access_log'] },
  {
    name: 'an access log of other words',
    path: [...manager, 'access_log', 0, 'typed_config', 'log_format', 'json_format'],
    set: { session: '%REQ(X-COUNTERSIGN-SESSION)%' },
    reasons: ['no_access_log'],
  },
  {
    name: 'an access log of failures only',
    path: [...manager, 'access_log', 0],
    set: { filter: { status_code_filter: {} } },
    reasons: ['access_log_filtered'],
  },
  { name: 'ext_authz fails open', path: authz, set: { failure_mode_allow: true }, reasons: ['failure_mode_allow'] },
  { name: 'ext_proc fails open', path: proc, set: { failure_mode_allow: true }, reasons: ['failure_mode_allow'] },
  { name: 'ext_authz only shadows', path: authz, set: { shadow_mode: true }, reasons: ['shadow_mode'] },
  {
    name: 'ext_authz runs for half of the calls',
    path: authz,
    set: { filter_enabled: { default_value: { numerator: 50, denominator: 'HUNDRED' } } },
    reasons: ['partly_enabled'],
  },
  {
    name: 'ext_authz runs for all calls, said the long way',
    path: authz,
    set: { filter_enabled: { default_value: { numerator: 100 } } },
    reasons: [],
  },
  {
    name: 'ext_authz gets merged headers',
    path: authz,
    set: { encode_raw_headers: false },
    reasons: ['headers_merged'],
  },
  { name: 'ext_proc only watches', path: proc, set: { observability_mode: true }, reasons: ['observability_mode'] },
  {
    name: 'ext_proc may be told to skip',
    path: proc,
    set: { allow_mode_override: true },
    reasons: ['allow_mode_override'],
  },
  {
    name: 'ext_proc cannot refuse',
    path: proc,
    set: { disable_immediate_response: true },
    reasons: ['disable_immediate_response'],
  },
  {
    name: 'no processing mode at all: no body, no trailers',
    path: proc,
    set: { processing_mode: undefined },
    reasons: ['body_mode', 'trailers_not_sent', 'body_mode', 'trailers_not_sent'],
  },
  {
    name: 'responses are streamed one to one',
    path: [...proc, 'processing_mode'],
    set: { response_body_mode: 'STREAMED' },
    reasons: ['body_mode'],
  },
  {
    name: 'modes as numbers are understood',
    path: [...proc, 'processing_mode'],
    set: { request_body_mode: 4, response_body_mode: 4, request_trailer_mode: 1, response_trailer_mode: 2 },
    reasons: ['trailers_not_sent'],
  },
  {
    name: 'response headers are skipped',
    path: [...proc, 'processing_mode'],
    set: { response_header_mode: 'SKIP' },
    reasons: ['headers_not_sent'],
  },
  {
    name: 'the hand-off is not forwarded',
    path: proc,
    set: { metadata_options: {} },
    reasons: ['hand_off_not_forwarded'],
  },
  {
    name: 'a filter is off in the chain',
    path: [...manager, 'http_filters', 1],
    set: { disabled: true },
    reasons: ['disabled'],
  },
  {
    name: 'a route switches ext_authz off',
    path: route,
    set: { typed_per_filter_config: perRoute('authz', { disabled: true }) },
    reasons: ['disabled_here'],
  },
  {
    name: 'a virtual host switches ext_proc off',
    path: host,
    set: { typed_per_filter_config: perRoute('proc', { disabled: true }) },
    reasons: ['disabled_here'],
  },
  {
    name: 'a generic wrapper switches ext_proc off',
    path: route,
    set: {
      typed_per_filter_config: {
        'envoy.filters.http.ext_proc': { ...type('envoy.config.route.v3.FilterConfig'), disabled: true },
      },
    },
    reasons: ['disabled_here'],
  },
  {
    name: 'a route takes the bodies away and fails open',
    path: route,
    set: {
      typed_per_filter_config: perRoute('proc', {
        overrides: {
          processing_mode: { request_trailer_mode: 'SEND', response_trailer_mode: 'SEND' },
          failure_mode_allow: true,
        },
      }),
    },
    reasons: ['body_mode', 'body_mode', 'failure_mode_allow'],
  },
  {
    name: 'a route retries',
    path: [...route, 'route'],
    set: { retry_policy: { num_retries: 2 } },
    reasons: ['retry_policy'],
  },
  { name: 'a virtual host retries', path: host, set: { retry_policy: { retry_on: '5xx' } }, reasons: ['retry_policy'] },
  {
    name: 'a route mirrors requests',
    path: [...route, 'route'],
    set: { request_mirror_policies: [{ cluster: 'model' }] },
    reasons: ['mirrored'],
  },
  {
    name: 'WebSocket is open',
    path: manager,
    set: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
    reasons: ['upgrade'],
  },
  {
    name: 'WebSocket is named and closed',
    path: [...route, 'route'],
    set: { upgrade_configs: [{ upgrade_type: 'websocket', enabled: false }] },
    reasons: [],
  },
  {
    name: 'the default idle timeout',
    path: [...route, 'route'],
    set: { idle_timeout: undefined },
    reasons: ['idle_timeout'],
  },
  { name: 'a short idle timeout', path: [...route, 'route'], set: { idle_timeout: '60s' }, reasons: ['idle_timeout'] },
  { name: 'an idle timeout of an hour', path: [...route, 'route'], set: { idle_timeout: '3600s' }, reasons: [] },
  { name: 'a request timeout', path: manager, set: { request_timeout: '30s' }, reasons: ['request_timeout'] },
  {
    name: 'a route that reaches no model may be as it likes',
    path: route,
    set: {
      route: undefined,
      direct_response: { status: 404 },
      typed_per_filter_config: perRoute('proc', { disabled: true }),
    },
    reasons: [],
  },
  {
    name: 'a filter whose configuration comes from elsewhere',
    path: [...manager, 'http_filters', 1],
    set: { typed_config: undefined, config_discovery: { type_urls: [] } },
    reasons: ['filter_not_visible', 'no_ext_proc'],
  },
  {
    name: 'header names with underscores pass by default',
    path: manager,
    set: { common_http_protocol_options: { max_headers_count: 50 } },
    reasons: ['underscores_allowed'],
  },
  {
    name: 'header names with underscores are allowed, by number',
    path: [...manager, 'common_http_protocol_options'],
    set: { headers_with_underscores_action: 0 },
    reasons: ['underscores_allowed'],
  },
  {
    name: 'requests with underscores in header names are refused',
    path: [...manager, 'common_http_protocol_options'],
    set: { headers_with_underscores_action: 'REJECT_REQUEST' },
    reasons: [],
  },
];
for (const { name, path, set, reasons: expected } of cases) {
  test(`${name}: ${expected.join(', ') || 'fine'}`, () => {
    const config = sound();
    Object.assign(inside(config, path), set);
    assert.deepEqual(reasons(config), expected);
  });
}

test('fields in the JSON spelling are read as well', () => {
  const config = sound();
  delete inside(config, proc)['failure_mode_allow'];
  inside(config, proc)['failureModeAllow'] = true;
  assert.deepEqual(reasons(config), ['failure_mode_allow']);
});
