/** A service that is not there: every call is refused, none passes, and it works again when the service is back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { assistantPolicy } from './harness/policies.ts';

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy: assistantPolicy });
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());
const ask = (by: string | undefined = token): Promise<Answer> =>
  call({ port: gateway.port, path: '/text/a', token: by, body: 'x' });

test('proc-service gone: 500 for calls and for refusals, nothing at the model; back: works', async () => {
  await gateway.procs[0]?.end('SIGKILL');
  for (const by of [token, 'garbage']) assert.equal((await ask(by)).status, 500);
  assert.equal(gateway.model.reached.length, 0);
  await gateway.restartProc(0);
  assert.equal((await ask()).status, 200);
});

test('an identity provider that is gone: known keys go on verifying', async () => {
  gateway.issuer.close();
  const fresh = await gateway.issuer.token('ana', ['analysts']);
  assert.equal((await ask(fresh)).status, 200);
});

test('authz-service gone: 503, nothing at the model', async () => {
  const before = gateway.model.reached.length;
  await gateway.authz.end('SIGKILL');
  assert.equal((await ask()).status, 503);
  assert.equal(gateway.model.reached.length, before);
});
