/** A service that is not there: every call is refused, none passes, and it works again when the service is back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, call } from './harness/client.ts';
import { endingsOf, words } from './harness/endings.ts';
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

test('an identity provider that is gone: known keys go on verifying, one that is new since then does not: 401', async () => {
  gateway.issuer.close();
  const fresh = await gateway.issuer.token('ana', ['analysts']);
  assert.equal((await ask(fresh)).status, 200);
  await gateway.issuer.rotate();
  const endings = endingsOf(gateway.ledger);
  endings.all();
  const reached = gateway.model.reached.length;
  assert.equal((await ask(await gateway.issuer.token('ana', ['analysts']))).status, 401);
  assert.equal(words(await endings.next()), 'session.denied denied credential_signature: key_unknown');
  assert.equal(gateway.model.reached.length, reached);
  assert.equal((await ask(fresh)).status, 200);
});

test('authz-service gone: 503, nothing at the model', async () => {
  const before = gateway.model.reached.length;
  await gateway.authz.end('SIGKILL');
  assert.equal((await ask()).status, 503);
  assert.equal(gateway.model.reached.length, before);
});
