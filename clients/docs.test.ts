import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createPolicyPorts } from '@countersign/adapters/process/policy-ports.ts';
import { loadPolicy } from '@countersign/core/policy/load.ts';
import { parseDocument } from './harness/document.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const page = read('docs/clients.md');

test('the versions in docs/clients.md are those that are installed', () => {
  const python = new Map(
    [...read('clients/python/requirements.in').matchAll(/^([\w-]+)\S*==(\S+)$/gm)].map(([, name, version]) => [
      name,
      version,
    ]),
  );
  const npm = parseDocument(read('clients/package.json'));
  for (const name of [
    'openai',
    'anthropic',
    'tritonclient',
    'mlserver',
    'mlserver-sklearn',
    'nvidia-pytriton',
    'xllamacpp',
  ]) {
    assert.match(page, new RegExp(`\`${name}\`[^\`]* ${python.get(name)}`), name);
  }
  for (const name of ['openai', 'ai', '@ai-sdk/openai-compatible', '@anthropic-ai/sdk', '@google/genai', 'ollama']) {
    assert.match(page, new RegExp(`\`${name}\`.*, npm \\|.*\\b${npm.text('devDependencies', name)}`), name);
  }
});

test('the policies in docs/clients.md load', () => {
  const policies = [...page.matchAll(/^```yaml\n(version: 1\n[\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  assert.equal(policies.length, 2);
  for (const text of policies) {
    const loaded = loadPolicy([{ name: 'docs/clients.md', text }], { credentials: [] }, createPolicyPorts());
    assert.ok(loaded.ok, JSON.stringify(loaded));
  }
});
