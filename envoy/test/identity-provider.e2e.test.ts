/** An identity provider that is gone, slow, or answers nonsense: who is still let in, and how it comes back by itself. */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { type Answer, call } from './harness/client.ts';
import { endingsOf, words } from './harness/endings.ts';
import { type Gateway, type GatewayOptions, startTestGateway } from './harness/gateway.ts';
import { type Issuer, startIssuer } from './harness/issuer.ts';
import { assistantPolicy } from './harness/policies.ts';
import { until } from './harness/processes.ts';

async function gatewayWith(t: TestContext, more: Partial<GatewayOptions>): Promise<Gateway> {
  const gateway = await startTestGateway({ policy: assistantPolicy, ...more });
  t.after(() => gateway.stop());
  return gateway;
}
const ask = ({ port }: Gateway, token: string): Promise<Answer> => call({ port, path: '/text/a', token, body: 'x' });
const tokenOf = (issuer: Issuer): Promise<string> => issuer.token('ana', ['analysts']);

/** Refused for want of keys: the caller is told to come again, the model sees nothing. */
async function assertUnverifiable(gateway: Gateway, token: string): Promise<void> {
  const endings = endingsOf(gateway.ledger);
  endings.all();
  const answer = await ask(gateway, token);
  assert.equal(answer.status, 503, answer.body.toString());
  assert.equal(answer.headers['retry-after'], '5');
  const ending = await endings.next();
  assert.equal(words(ending), 'session.denied denied issuer_unavailable: keys_unavailable');
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(gateway.model.reached.length, 0);
}

suite('an identity provider', { concurrency: true }, () => {
  for (const mood of ['garbage', 'silent'] as const) {
    test(`is ${mood} when the gateway starts: 503 until it is well again, then callers are let in by themselves`, async (t) => {
      const issuer = await startIssuer();
      issuer.mood = mood;
      const gateway = await gatewayWith(t, { issuer });
      const token = await tokenOf(issuer);
      await assertUnverifiable(gateway, token);
      issuer.mood = 'well';
      await until('callers are let in', async () => (await ask(gateway, token)).status === 200);
    });
  }

  test('is gone for longer than the hard limit: 503, for remembered tokens too', async (t) => {
    const gateway = await gatewayWith(t, { jwksMaxStale: '1s' });
    const known = await tokenOf(gateway.issuer);
    gateway.issuer.close();
    await until('the keys are too old', async () => (await ask(gateway, known)).status === 503);
    gateway.model.reached.length = 0;
    await assertUnverifiable(gateway, known);
  });
});
