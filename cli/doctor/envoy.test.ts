import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { auditEnvoy } from './envoy.ts';

const graceful = 'envoy.reloadable_features.ext_proc_graceful_grpc_close';
const listeners = { '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump' };

/** An admin interface that answers these paths with JSON, and everything else with 404. */
async function adminWith(t: TestContext, answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

async function reasons(source: string): Promise<readonly string[]> {
  const findings = await auditEnvoy(source);
  assert.ok(findings.ok, findings.ok ? '' : findings.error);
  return findings.value.map((finding) => finding.reason);
}

test('a running Envoy is asked for its configuration and for its runtime', async (t) => {
  const dump = { configs: [listeners] };
  const runtime = { entries: { [graceful]: { final_value: 'true' } } };
  assert.deepEqual(await reasons(await adminWith(t, { '/config_dump': dump, '/runtime': runtime })), [
    'no_listener',
    'graceful_close',
  ]);
  assert.deepEqual(await reasons(await adminWith(t, { '/config_dump': dump })), ['no_listener']);
});

test('what cannot be read, or is something else, is an error and no clean bill', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-doctor-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const sources = [
    join(directory, 'absent.json'),
    file('empty.json', ''),
    file('cut.json', '{"configs": ['),
    file('other.json', '{"hello": "world"}'),
    await adminWith(t, {}),
  ];
  for (const source of sources) {
    const findings = await auditEnvoy(source);
    assert.ok(!findings.ok, source);
    assert.ok(findings.error.startsWith(source), 'names the source');
  }
});
