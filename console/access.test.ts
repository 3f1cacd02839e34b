import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { startIdentityProvider } from './test/identity-provider.ts';
import { answered, approve, type Stage, setStage } from './test/stage.ts';

/** Who gets in, by which doors, and what every answer carries. */
let stage: Stage;
let ana: string;
let rex: string;

before(async () => {
  stage = await setStage();
  ana = await stage.provider.token('ana', ['model-risk']);
  rex = await stage.provider.token('rex', ['model-risk']);
});
after(() => stage.stop());

test('nothing but POST decides: no GET, no HEAD, no override header, no query', async () => {
  const approval = stage.hold();
  const path = `/api/approvals/${approval.id}`;
  const query = `?verdict=approve&reason=${encodeURIComponent(approve.reason)}`;
  const override = { 'x-http-method-override': 'POST', 'content-type': 'application/json' };
  for (const [method, target] of [
    ['GET', `${path}/decision${query}`],
    ['HEAD', `${path}/decision${query}`],
    ['PUT', `${path}/decision`],
    ['OPTIONS', `${path}/decision`],
    ['GET', `${path}${query}&_method=POST`],
    ['POST', path],
  ] as const) {
    const response = await fetch(`${stage.console.url}${target}`, {
      method,
      headers: { ...override, authorization: `Bearer ${rex}` },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(approve) }),
    });
    await response.arrayBuffer();
    assert.ok(response.status === 404 || (method === 'GET' && response.status === 200), `${method} ${target}`);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  }
  assert.deepEqual(stage.standing(approval).votes, []);
  assert.equal(stage.standing(approval).state, 'requested');
});

test('a token is needed, of an issuer we know, for us, in force; strangers are not told what was wrong', async () => {
  const other = await startIdentityProvider();
  const past = Math.floor(Date.now() / 1000) - 10;
  try {
    const bad = [
      undefined,
      '',
      'not-a-token',
      await other.token('rex', ['model-risk']),
      await stage.provider.token('rex', ['model-risk'], { exp: past }),
      // The right issuer's name over the wrong key.
      `${(await other.token('rex', ['model-risk'])).split('.')[0]}.${rex.split('.')[1]}.${rex.split('.')[2]}x`,
      await stage.provider.token('rex', ['model-risk']).then((token) => `${token}, Bearer ${rex}`),
    ];
    for (const token of bad) {
      const answer = await stage.ask('/api/approvals', token);
      assert.equal(answered(answer), '401 ERR_CREDENTIAL');
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      assert.equal(Object(answer.body).reason, undefined);
    }
  } finally {
    other.stop();
  }
});

test('two Authorization lines are none', async () => {
  const { host, port } = new URL(stage.console.url);
  const status = await new Promise((resolve, reject) => {
    const headers = ['Host', host, 'Authorization', `Bearer ${rex}`, 'Authorization', `Bearer ${ana}`];
    httpRequest({ host: '127.0.0.1', port, path: '/api/approvals', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
  assert.equal(status, 401);
});

test('a filter that is not understood is refused instead of showing everything', async () => {
  for (const query of [
    'state=open',
    'state=requested&state=open',
    'status=requested',
    'limit=0',
    'limit=1000',
    'limit=1e2',
  ]) {
    assert.equal(answered(await stage.ask(`/api/approvals?${query}`, rex)), '400 ERR_BODY_UNREADABLE', query);
  }
  assert.equal((await stage.ask('/api/approvals?state=requested&state=approved&limit=100', rex)).status, 200);
});

test('every answer carries the headers that keep browsers out, and no token is in the log', async () => {
  const answers = await Promise.all([
    stage.ask('/api/approvals', rex),
    stage.ask('/healthz', undefined),
    stage.ask('/nowhere', undefined),
  ]);
  for (const { headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
  assert.ok(!stage.console.log().includes(rex) && !stage.console.log().includes(rex.split('.')[2] ?? rex));
});

test('the link of a held call says what to do, shows nothing and echoes nothing it does not know', async () => {
  const approval = stage.hold();
  const page = await stage.ask(`/approvals/${approval.id}`, undefined);
  assert.equal(page.status, 200);
  assert.match(String(page.body), new RegExp(`countersign approval show ${approval.id}`));
  assert.equal(answered(await stage.ask('/approvals/%3Cscript%3E', undefined)), '404 ERR_REQUEST_TARGET');
});
