import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { formatDiagnostic } from '@countersign/core/policy/diagnostics.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { loadConfiguration } from '@countersign/core/policy/load-config.ts';
import { writeDemoConfiguration } from './configuration.ts';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-demo-config-'));
  writeDemoConfiguration(directory, {
    issuer: 'http://127.0.0.1:4000',
    audience: 'https://inference.demo.invalid',
    modelKey: 'k',
    console: '127.0.0.1:4001',
  });
});
after(() => rmSync(directory, { recursive: true }));

test('the demo’s configuration loads, and approvals link to the console', () => {
  const text = readFileSync(join(directory, 'countersign.yaml'), 'utf8');
  const loaded = loadConfiguration({ name: 'countersign.yaml', text }, directory);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatDiagnostic).join('\n'));
  assert.equal(loaded.value.approvals.url, 'http://127.0.0.1:4001');
  assert.equal(loaded.value.issuers[0]?.requireAccessTokenType, true);
});

test('the demo’s policy loads together with its credential', () => {
  const files = readdirSync(join(directory, 'policy')).map((name) => ({
    name,
    text: readFileSync(join(directory, 'policy', name), 'utf8'),
  }));
  const loaded = loadPolicy(files, { credentials: ['model-key'] }, createPolicyPorts());
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatDiagnostic).join('\n'));
  assert.deepEqual(
    loaded.value.rules.map(({ name }) => name),
    [
      'bank-staff-ask',
      'bank-staff-ask-by-responses',
      'bank-staff-ask-by-messages',
      'analysts-score',
      'bulk-needs-a-second-person',
      'never-a-dump',
    ],
  );
});

test('the model’s key is in a file for its owner only', () => {
  assert.equal(statSync(join(directory, 'keys', 'model.key')).mode & 0o777, 0o600);
});
