/** What deploy/ tells people to use is used here. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadKey } from '@countersign/adapters/keys/key-file.ts';
import { serviceNodeOptions } from '@countersign/adapters/process/node-options.ts';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { openProbes } from '@countersign/adapters/process/probes.ts';
import { Readiness } from '@countersign/adapters/process/readiness.ts';
import { parseServiceArguments } from '@countersign/adapters/process/service-arguments.ts';
import { Metrics } from '@countersign/adapters/telemetry/metrics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import { accessLogFormat } from '@countersign/envoy/access-log.ts';
import { listAt, objectAt, textAt } from '@countersign/envoy/audit/json.ts';
import { auditEnvoyConfig } from '@countersign/envoy/audit-config.ts';
import { envoyConfig } from '@countersign/envoy/config.ts';
import { serviceTlsSocket } from '@countersign/envoy/service-clusters.ts';
import { parse } from 'yaml';
import { envoyPath } from '../setup/paths.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const example = join(here, 'example');
const envoy = join(here, 'envoy.yaml');

test('the real Envoy takes envoy.yaml, and there is no way around in it', () => {
  const binary = envoyPath();
  assert.ok(binary);
  const checked = spawnSync(binary, ['--mode', 'validate', '-c', envoy, '-l', 'error'], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  assert.deepEqual(auditEnvoyConfig(parse(readFileSync(envoy, 'utf8'))), { ok: true, value: [] });
});

test('its access log is the one that `ledger reconcile` reads', () => {
  const [listener] = listAt(parse(readFileSync(envoy, 'utf8')), 'static_resources', 'listeners');
  const [network] = listAt(listAt(listener, 'filter_chains')[0], 'filters');
  const [log] = listAt(network, 'typed_config', 'access_log');
  assert.deepEqual(objectAt(log, 'typed_config', 'log_format', 'json_format'), accessLogFormat);
});

test('its connection manager and its services are those that `up` runs and the e2e tests drive', () => {
  const made: unknown = JSON.parse(
    JSON.stringify(
      envoyConfig({ listenPort: 1, adminPort: 2, authzs: ['127.0.0.1:3'], procs: ['127.0.0.1:4'], upstreams: [] }),
    ),
  );
  const written: unknown = parse(readFileSync(envoy, 'utf8'));
  // Everything but names, addresses, routes and where the access log goes.
  const manager = (config: unknown): object => {
    const [listener] = listAt(config, 'static_resources', 'listeners');
    const [network] = listAt(listAt(listener, 'filter_chains')[0], 'filters');
    const { stat_prefix, route_config, access_log, ...rest } = objectAt(network, 'typed_config');
    assert.ok(stat_prefix && route_config);
    return rest;
  };
  assert.ok('http_filters' in manager(made) && 'common_http_protocol_options' in manager(made));
  assert.deepEqual(manager(written), manager(made));
  const services = (config: unknown): readonly object[] =>
    listAt(config, 'static_resources', 'clusters')
      .map((cluster) => objectAt(cluster))
      .filter(({ name }) => String(name).startsWith('countersign-'))
      .map(({ load_assignment, ...rest }) => rest);
  assert.equal(services(made).length, 2);
  assert.deepEqual(services(written), services(made));
  assert.deepEqual(objectAt(written, 'layered_runtime'), objectAt(made, 'layered_runtime'));
});

test('the example configuration and its policy load', () => {
  const file = { name: 'countersign.yaml', text: readFileSync(join(example, 'countersign.yaml'), 'utf8') };
  const configuration = loadConfiguration(file, example);
  assert.ok(configuration.ok, JSON.stringify(configuration));
  const credentials = configuration.value.credentials.map(({ name }) => name);
  const files = globSync(join(example, 'policy', '*.yaml')).map((path) => ({
    name: basename(path),
    text: readFileSync(path, 'utf8'),
  }));
  const policy = loadPolicy(files, { credentials }, createPolicyPorts());
  assert.ok(policy.ok, JSON.stringify(policy));
});

test('the TLS that the README puts in front of the services is the one that the e2e tests drive', () => {
  const [, written = ''] =
    /```yaml\n(transport_socket:[^`]*)```/.exec(readFileSync(join(here, 'README.md'), 'utf8')) ?? [];
  const made = serviceTlsSocket({
    certificateFile: '/etc/envoy/tls/tls.crt',
    keyFile: '/etc/envoy/tls/tls.key',
    caFile: '/etc/envoy/tls/services-ca.crt',
    serverNames: ['countersign.bank.internal'],
  });
  assert.deepEqual(parse(written), { transport_socket: made });
});

test('the container of the README starts with its arguments, and its probes see what the process says', async (t) => {
  const [, written = ''] = /```yaml\n(containers:[^`]*)```/.exec(readFileSync(join(here, 'README.md'), 'utf8')) ?? [];
  const [container] = listAt(parse(written), 'containers');
  const { listen, metrics } = parseServiceArguments(listAt(container, 'args').map(String));
  assert.deepEqual([listen, metrics], ['127.0.0.1:9192', '127.0.0.1:9464']);
  assert.deepEqual(listAt(container, 'command'), ['node', ...serviceNodeOptions, 'proc-service/main.ts']);

  const registry = new Metrics('1');
  const readiness = new Readiness({}, {}, registry);
  const probes = await openProbes('127.0.0.1:0', 'owner', { metrics: registry, readiness });
  t.after(() => probes.close());
  const ask = async (probe: string): Promise<unknown> => {
    const [, flag = '', source = ''] = listAt(container, probe, 'exec', 'command').map(String);
    const child = spawn(process.execPath, [flag, source.replace('127.0.0.1:9464', probes.listen ?? '')]);
    return (await once(child, 'exit'))[0];
  };
  assert.deepEqual([await ask('livenessProbe'), await ask('readinessProbe')], [0, 1]);
  readiness.serving();
  assert.equal(await ask('readinessProbe'), 0);
});

test('the dashboard asks for metrics that there are', () => {
  const known = readFileSync(join(here, '..', 'docs', 'metrics.md'), 'utf8');
  const panels = listAt(JSON.parse(readFileSync(join(here, 'grafana.json'), 'utf8')), 'panels');
  const asked = panels.flatMap((panel) => listAt(panel, 'targets').map((target) => textAt(target, 'expr')));
  const names = asked.flatMap((query) => query.match(/countersign_\w+/g) ?? []);
  assert.ok(names.length > 15);
  for (const name of names) assert.ok(known.includes(`\`${name.replace(/_(bucket|count|sum)$/, '')}\``), name);
});

test('the line that makes keys makes keys', () => {
  const line = /head -c 32 .* > keys\/\$key\.key/.exec(readFileSync(join(here, 'README.md'), 'utf8'))?.[0];
  assert.ok(line);
  const directory = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  try {
    execFileSync('sh', ['-c', `mkdir keys; key=digest; umask 077; ${line}`], { cwd: directory });
    assert.ok(loadKey(join(directory, 'keys', 'digest.key')).ok);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
