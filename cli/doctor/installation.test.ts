import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderChecks } from './check.ts';
import { checkInstallation, isOlder } from './installation.ts';

test('versions are compared as numbers, part by part', () => {
  for (const [version, than] of [
    ['1.26.9', '1.27.1'],
    ['1.27.0', '1.27.1'],
    ['1.9.0', '1.27.1'],
    ['0.99.99', '1.27.1'],
    ['1.27', '1.27.1'],
    ['nonsense', '1.27.1'],
  ] as const) {
    assert.equal(isOlder(version, than), true, version);
  }
  for (const version of ['1.27.1', '1.27.2', '1.28.0', '2.0.0', '1.27.1-beta']) {
    assert.equal(isOlder(version, '1.27.1'), false, version);
  }
});

test('here, where the tests run, Node and re2 are fine', async () => {
  const checks = await checkInstallation();
  const stateOf = (about: string) => checks.find((check) => check.about === about)?.state;
  assert.equal(stateOf('Node'), 'ok');
  assert.equal(stateOf('re2'), 'ok');
});

test('every check is one line, and what to do stands below it', () => {
  const text = renderChecks([
    { about: 'Node', state: 'ok', detail: 'v24.21.0' },
    { about: 'key digest', state: 'wrong', detail: 'not there', remedy: 'make it' },
  ]);
  assert.equal(text, '✔ Node        v24.21.0\n✖ key digest  not there\n              → make it');
});
