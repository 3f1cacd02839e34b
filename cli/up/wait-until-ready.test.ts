import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { waitUntilReady } from './wait-until-ready.ts';

async function process(t: TestContext, states: readonly string[][]): Promise<string> {
  let asked = 0;
  const server = createServer((_, response) => {
    const reasons = states[Math.min(asked++, states.length - 1)] ?? [];
    response.writeHead(reasons.length === 0 ? 200 : 503).end(JSON.stringify({ reasons }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close().closeAllConnections());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('waits for the last one', async (t) => {
  const probes = new Map([
    ['a', await process(t, [[]])],
    ['b', await process(t, [['starting'], ['starting'], []])],
  ]);
  await waitUntilReady(probes, 60_000);
});

test('says who is not ready, and why', async (t) => {
  const probes = new Map([
    ['authz-service-1', await process(t, [['starting', 'not_issuer_keys_loaded']])],
    ['proc-service-1', await process(t, [[]])],
  ]);
  await assert.rejects(waitUntilReady(probes, 1), {
    message: 'not ready after 0.001 s: authz-service-1 (starting, not_issuer_keys_loaded)',
  });
});
