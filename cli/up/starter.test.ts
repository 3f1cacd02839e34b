import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import type { Policy } from '@countersign/core/policy/policy.ts';
import { readConfiguration, UsageError } from './configuration.ts';
import { discoverChatModel, writeStarter } from './starter.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-starter-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const options = {
  issuer: 'https://login.bank.example',
  audience: 'inference',
  group: 'data-science',
  model: 'llama' as string | undefined,
  console: '127.0.0.1:4001',
};

function policyOf(folder: string): Policy {
  const text = readFileSync(join(folder, 'policy', 'first.yaml'), 'utf8');
  const loaded = loadPolicy([{ name: 'first.yaml', text }], { credentials: [] }, createPolicyPorts());
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatDiagnostic).join('\n'));
  return loaded.value;
}

test('a starter loads: its issuer, both APIs with masked answers, and one rule', () => {
  writeStarter(directory, options);
  assert.equal(readConfiguration(directory).issuers[0]?.issuer, 'https://login.bank.example');
  const policy = policyOf(directory);
  assert.deepEqual(
    policy.endpoints.map(({ name, mask }) => [name, mask.response]),
    [
      ['scoring', 'bank'],
      ['chat', 'bank'],
    ],
  );
  assert.equal(policy.rules.length, 1);
});

test('a starter allows the named group and nobody else', () => {
  writeStarter(directory, options);
  const policy = policyOf(directory);
  const request = { method: 'POST', host: '127.0.0.1', path: '/v1/chat/completions', query: '' };
  const facts = policy.route(request)?.facts;
  assert.ok(facts);
  const asked = (group: string): string =>
    policy.preFilter(
      { subject: 's', issuer: options.issuer, groups: [group], client: '', method: 'oidc' },
      request,
      facts,
    ).outcome;
  assert.equal(asked('data-science'), 'continue');
  assert.equal(asked('everybody'), 'refuse');
});

test('without a chat model the starter has no chat endpoint, and shows how to add one', () => {
  writeStarter(directory, { ...options, model: undefined });
  assert.deepEqual(
    policyOf(directory).endpoints.map(({ name }) => name),
    ['scoring'],
  );
  assert.match(readFileSync(join(directory, 'policy', 'first.yaml'), 'utf8'), /# .*- name: chat/);
});

test('names that YAML could read as something else stay what they are', () => {
  writeStarter(directory, { ...options, group: 'no', model: '1.0' });
  const policy = policyOf(directory);
  assert.deepEqual(policy.rules[0]?.match.groups, ['no']);
  assert.equal(policy.endpoints[1]?.model.name, '1.0');
});

test('a model whose name the policy would read as a template is refused', () => {
  assert.throws(() => writeStarter(directory, { ...options, model: '{path[0]}' }), UsageError);
});

test('an existing configuration is never overwritten', () => {
  writeStarter(directory, options);
  assert.throws(() => writeStarter(directory, { ...options, group: 'everybody' }), { code: 'EEXIST' });
  assert.deepEqual(policyOf(directory).rules[0]?.match.groups, ['data-science']);
});

test('an issuer over http beyond this machine is refused', () => {
  assert.throws(() => writeStarter(directory, { ...options, issuer: 'http://login.bank.example' }), UsageError);
});

test('the chat model is the first that the server lists, and undefined when it does not say', async () => {
  const server = createServer((request, response) => {
    response.end(request.url === '/v1/models' ? '{"data":[{"id":"llama-3"},{"id":"other"}]}' : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  assert.equal(await discoverChatModel(`http://127.0.0.1:${port}`), 'llama-3');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  assert.equal(await discoverChatModel(`http://127.0.0.1:${port}`), undefined);
});
