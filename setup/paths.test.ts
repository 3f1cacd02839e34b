import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheDirectory, envoyPin, isProjectNode, kafkaDirectory, kafkaLibDirectory } from './paths.mjs';

/** @returns what `body` gives while the environment holds `values` */
function withEnvironment<T>(values: Record<string, string | undefined>, body: () => T): T {
  const before = { ...process.env };
  try {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    return body();
  } finally {
    process.env = before;
  }
}

test('the cache is where COUNTERSIGN_CACHE says, else in the XDG cache, else in ~/.cache', () => {
  const at = (own?: string, xdg?: string) =>
    withEnvironment({ COUNTERSIGN_CACHE: own, XDG_CACHE_HOME: xdg }, cacheDirectory);
  assert.equal(at('/tmp/own', '/tmp/xdg'), '/tmp/own');
  assert.equal(at(undefined, '/tmp/xdg'), '/tmp/xdg/countersign');
  assert.equal(at(), join(homedir(), '.cache', 'countersign'));
  assert.equal(at('', ''), join(homedir(), '.cache', 'countersign'), 'empty means not set');
});

test('only Node 24.15 and later of 24 runs the project', () => {
  const fits = ['v24.15.0', 'v24.21.0', '24.99.1'];
  const not = ['v20.20.2', 'v22.22.0', 'v24.14.9', 'v25.0.0', 'v26.1.0', ''];
  assert.deepEqual(fits.filter(isProjectNode), fits);
  assert.deepEqual(not.filter(isProjectNode), []);
});

test('the pinned Envoy has a version and a checksum for this processor', () => {
  const pin = envoyPin();
  assert.match(pin?.version ?? '', /^1\.40\./);
  assert.match(pin?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('the Kafka folder names the version and the content of the pins', () => {
  assert.match(kafkaDirectory(), /\/kafka-4\.4\.0-[0-9a-f]{12}$/);
});

test('jars without a Java to run them are no Kafka: its tests say SKIPPED instead of failing', () => {
  assert.equal(withEnvironment({ PATH: '/nonexistent' }, kafkaLibDirectory), undefined);
});
