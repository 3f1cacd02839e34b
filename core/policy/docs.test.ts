import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createPatternEngine } from '@countersign/adapters/re2/pattern-engine.ts';
import { z } from 'zod';
import { entities } from '../masking/entities.ts';
import { configurationFileSchema } from './config-schema.ts';
import { compileExpression } from './expression.ts';
import { celSchemas } from './expression-types.ts';
import { loadPolicy } from './load.ts';
import { loadConfiguration } from './load-config.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const examples = (text: string) => [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']) => yaml);
const hash = {
  sha256: (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest(),
};

const patterns = createPatternEngine();

describe('the documentation', () => {
  it('of policy has examples that load', () => {
    const files = examples(read('policy.md')).map((text, index) => ({ name: `example-${index}`, text }));
    assert.ok(files.length >= 2);
    const loaded = loadPolicy(files, { credentials: ['scoring-key'] }, { hash, patterns });
    assert.deepEqual(loaded.ok ? [] : loaded.error, []);
  });

  it('of policy names every field that an expression sees', () => {
    const text = read('policy.md');
    const { model, ...endpoint } = celSchemas.endpoint;
    const fields = [celSchemas.identity, celSchemas.request, endpoint, celSchemas.body].flatMap((one) =>
      Object.keys(one),
    );
    for (const field of [...fields, ...Object.keys(model).map((name) => `model.${name}`)]) {
      assert.ok(text.includes(`\`${field}\``), field);
    }
    assert.equal(compileExpression('body.stream', patterns).ok, true);
  });

  it('of policy names every entity, and none that is not there', () => {
    const [, section = ''] = /^### Entities$([\s\S]*?)^###/m.exec(read('policy.md')) ?? [];
    const cells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    assert.deepEqual(cells.map((cell) => cell.replaceAll('`', '')).sort(), [...entities].sort());
  });

  it('of configuration has examples that load, and says the defaults', () => {
    const [smallest, everything] = examples(read('configuration.md')).map((text) => {
      const loaded = loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
      if (!loaded.ok) assert.fail(JSON.stringify(loaded.error));
      return loaded.value;
    });
    const { credentials, identityHeaders, kafka, approvals, ledger, ...defaults } = everything ?? assert.fail();
    const { anchor, ...own } = ledger;
    assert.deepEqual({ ...smallest, ...defaults, ledger: { ...own, anchor: undefined } }, smallest);
    assert.equal(anchor?.everyMs, 60_000);
    assert.ok(credentials.length > 0 && identityHeaders.length > 0 && kafka && approvals.abandonedMs === 120_000);
  });

  it('of Kafka has examples that load', () => {
    const loaded = examples(read('kafka.md')).filter((text) => text.startsWith('issuers:'));
    assert.equal(loaded.length, 3);
    for (const text of loaded) {
      const result = loadConfiguration({ name: 'countersign.yaml', text }, '/etc/countersign');
      assert.deepEqual(result.ok ? [] : result.error, []);
    }
  });

  it('of configuration names every key', () => {
    const text = read('configuration.md');
    const schema: unknown = z.toJSONSchema(configurationFileSchema, { io: 'input' });
    const keys = [...JSON.stringify(schema).matchAll(/"required":\[([^\]]*)\]|"([a-z_]+)":\{/g)].map(
      ([, , key]) => key,
    );
    const own = keys.filter((key) => key !== undefined && !['properties', 'items', 'version'].includes(key));
    assert.ok(own.length > 30);
    for (const key of own) assert.ok(text.includes(key ?? ''), key);
  });
});
