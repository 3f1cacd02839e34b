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

/** Refused for want of keys; the model sees nothing. */
async function assertUnverifiable(gateway: Gateway, token: string, reason: string): Promise<Answer> {
  gateway.model.reached.length = 0;
  const endings = endingsOf(gateway.ledger);
  endings.all();
  const answer = await ask(gateway, token);
  assert.equal(answer.status, 503, answer.body.toString());
  const ending = await endings.next();
  assert.equal(words(ending), `session.denied denied ${reason}`);
  assert.equal(ending.session, answer.headers['x-countersign-session']);
  assert.equal(gateway.model.reached.length, 0);
  return answer;
}

suite('an identity provider', { concurrency: true }, () => {
  for (const mood of ['garbage', 'silent'] as const) {
    test(`is ${mood} when the gateway starts: 503 until it is well again, then callers are let in by themselves`, async (t) => {
      const issuer = await startIssuer();
      issuer.mood = mood;
      const gateway = await gatewayWith(t, { issuer, awaitHealthy: false });
      const token = await tokenOf(issuer);
      // authz-service does not serve without a key, so it is Envoy that answers.
      await assertUnverifiable(gateway, token, 'answered_by_envoy_before_identity');
      issuer.mood = 'well';
      await until('callers are let in', async () => (await ask(gateway, token)).status === 200, 60_000);
    });
  }

  test('is gone for longer than the hard limit: 503, for remembered tokens too', async (t) => {
    const gateway = await gatewayWith(t, { jwksMaxStale: '1s' });
    const known = await tokenOf(gateway.issuer);
    gateway.issuer.close();
    await until('the keys are too old', async () => (await ask(gateway, known)).status === 503);
    const answer = await assertUnverifiable(gateway, known, 'issuer_unavailable: keys_unavailable');
    assert.equal(answer.headers['retry-after'], '5');
  });
});
