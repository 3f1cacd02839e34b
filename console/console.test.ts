import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { good, requestOf } from '@countersign/adapters/sqlite/test/approvals.ts';
import { type Approval, type ApprovalRequest, parseApprovalBinding } from '@countersign/core/approval/approval.ts';
import { type ConsoleProcess, type Folder, makeFolder, startConsole } from './test/console-process.ts';
import { type IdentityProvider, startIdentityProvider } from './test/identity-provider.ts';

/** A real console process, a real key set over HTTP, the real store: everything but the callers' Envoy. */
let provider: IdentityProvider;
let folder: Folder;
let console: ConsoleProcess;
let ana: string;
let rex: string;
let mia: string;
let kim: string;

before(async () => {
  provider = await startIdentityProvider();
  folder = makeFolder(provider);
  console = await startConsole(folder.path);
  ana = await provider.token('ana', ['credit-analysts', 'model-risk']);
  rex = await provider.token('rex', ['model-risk'], { amr: ['pwd', 'otp'], acr: 'urn:bank:mfa' });
  mia = await provider.token('mia', ['model-risk']);
  kim = await provider.token('kim', ['credit-analysts']);
});
after(async () => {
  await console.stop();
  folder.remove();
  provider.stop();
});

let asked = 0;
/** What proc-service does when a call is held. */
function hold(change: Partial<ApprovalRequest> = {}, atMs = Date.now()): Approval {
  asked += 1;
  const binding = parseApprovalBinding(asked.toString(16).padStart(64, '0'));
  assert.ok(binding);
  const requester = { subject: 'ana', issuer: provider.issuer, client: 'cli' };
  return good(folder.store.request(requestOf({ binding, requester, ...change }), atMs)).approval;
}
const standing = (approval: Approval) => good(folder.store.get(approval.id, Date.now()));

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly code: unknown;
  readonly headers: Headers;
}

async function ask(path: string, token: string | undefined, init: RequestInit = {}): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${console.url}${path}`, { ...init, headers: { ...authorization, ...init.headers } });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = type.includes('json') ? JSON.parse(text) : text;
  if (response.status >= 400) assert.match(type, /^application\/problem\+json/);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return { status: response.status, body, code, headers: response.headers };
}

const decision = (id: string, token: string, body: unknown) =>
  ask(`/api/approvals/${id}/decision`, token, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const approve = { verdict: 'approve', reason: 'Quarterly review, sample of 101' };
const answered = ({ status, code }: Answer) => `${status} ${String(code)}`;
const idsOf = ({ body }: Answer): readonly string[] => {
  assert.ok(typeof body === 'object' && body !== null && 'approvals' in body && Array.isArray(body.approvals));
  return body.approvals.map(({ id }: { id: string }) => id);
};

test('an entitled person approves: the store has it, the waiting call hears it, the ledger has who and how', async () => {
  const approval = hold();
  const waiting = folder.store.settled(approval.id, Date.now() + 60_000, new AbortController().signal);
  const { status, body } = await decision(approval.id, rex, approve);
  assert.equal(status, 200);
  assert.ok(typeof body === 'object' && body !== null && 'state' in body);
  assert.equal(body.state, 'approved');
  assert.equal(good(await waiting).state, 'approved');
  const record = folder.records().find(({ type }) => type === 'approval.decided');
  assert.equal(record?.['session'], approval.session);
  assert.deepEqual(record?.['data'], {
    approval: approval.id,
    verdict: 'approve',
    reason: approve.reason,
    by: {
      subject: 'rex',
      issuer: provider.issuer,
      client: 'cli',
      amr: ['pwd', 'otp'],
      acr: 'urn:bank:mfa',
      groups: ['model-risk'],
    },
    requester: approval.requester,
    endpoint: approval.endpoint,
    model: approval.model,
    rule: approval.rule,
    count: 1,
    binding: approval.binding,
    digest: approval.digest,
    outcome: 'cast',
  });
});

test('nobody approves a request of their own, though in the group', async () => {
  const approval = hold();
  assert.equal(answered(await decision(approval.id, ana, approve)), '403 ERR_APPROVAL_SELF');
  assert.deepEqual(standing(approval).votes, []);
});

test('a stranger sees nothing, and cannot tell a real id from an invented one', async () => {
  const approval = hold();
  const real = await ask(`/api/approvals/${approval.id}`, kim);
  const invented = await ask('/api/approvals/01JHMZ00000000000000000000', kim);
  const { instance: _real, ...seen } = Object(real.body);
  const { instance: _invented, ...expected } = Object(invented.body);
  assert.equal(answered(real), '404 ERR_APPROVAL_UNKNOWN');
  assert.deepEqual(seen, expected);
  assert.equal(answered(await decision(approval.id, kim, approve)), '404 ERR_APPROVAL_UNKNOWN');
  assert.deepEqual(idsOf(await ask('/api/approvals', kim)), []);
});

test('the requester and the deciding groups see a request: masked, with whether it is theirs to decide', async () => {
  const approval = hold();
  const mine = await ask(`/api/approvals/${approval.id}`, ana);
  const theirs = await ask(`/api/approvals/${approval.id}`, rex);
  assert.equal(Object(mine.body).mayDecide, false);
  assert.equal(Object(theirs.body).mayDecide, true);
  assert.deepEqual(Object(theirs.body).preview, approval.preview);
  assert.ok(idsOf(await ask('/api/approvals?state=requested', rex)).includes(approval.id));
  assert.ok(!idsOf(await ask('/api/approvals?state=denied', rex)).includes(approval.id));
});

test('a second vote is refused: by the same person, and by anybody once it is decided', async () => {
  const approval = hold({ terms: { ...requestOf().terms, count: 2 } });
  assert.equal((await decision(approval.id, rex, approve)).status, 200);
  assert.equal(answered(await decision(approval.id, rex, approve)), '409 ERR_APPROVAL_ALREADY_VOTED');
  assert.equal(standing(approval).state, 'requested');
  assert.equal((await decision(approval.id, mia, approve)).status, 200);
  assert.equal(standing(approval).state, 'approved');
  assert.equal(
    answered(await decision(approval.id, mia, { ...approve, verdict: 'deny' })),
    '409 ERR_APPROVAL_NOT_OPEN',
  );
  assert.equal(standing(approval).state, 'approved');
});

test('one denial is final', async () => {
  const approval = hold();
  assert.equal((await decision(approval.id, mia, { verdict: 'deny', reason: 'Not this quarter' })).status, 200);
  assert.equal(answered(await decision(approval.id, rex, approve)), '409 ERR_APPROVAL_NOT_OPEN');
  assert.equal(standing(approval).state, 'denied');
});

test('what has expired can no longer be approved', async () => {
  const approval = hold({}, Date.now() - 31 * 60_000);
  assert.equal(answered(await decision(approval.id, rex, approve)), '409 ERR_APPROVAL_NOT_OPEN');
  assert.equal(standing(approval).state, 'expired');
});

for (const [name, body, code] of [
  ['no reason', { verdict: 'approve' }, 'ERR_BODY_UNREADABLE'],
  ['an empty reason', { verdict: 'approve', reason: '  ' }, 'ERR_APPROVAL_REASON_MISSING'],
  ['a reason that drives terminals', { verdict: 'approve', reason: 'ok \u001b[2J ok' }, 'ERR_APPROVAL_REASON_MISSING'],
  ['no verdict', { reason: 'because' }, 'ERR_BODY_UNREADABLE'],
  ['an unknown verdict', { ...approve, verdict: 'approved' }, 'ERR_BODY_UNREADABLE'],
  ['an identity in the body', { ...approve, by: { subject: 'mia' } }, 'ERR_BODY_UNREADABLE'],
  ['a list', [approve], 'ERR_BODY_UNREADABLE'],
  ['a number for a reason', { verdict: 'approve', reason: 12345 }, 'ERR_BODY_UNREADABLE'],
  ['malformed JSON', '{"verdict":"approve","reason":"because"', 'ERR_BODY_UNREADABLE'],
  ['a poisoned prototype', '{"__proto__":{"verdict":"approve"},"reason":"because"}', 'ERR_BODY_UNREADABLE'],
  ['an empty body', '', 'ERR_BODY_UNREADABLE'],
] as const) {
  test(`${name} is refused and decides nothing`, async () => {
    const approval = hold();
    assert.equal(answered(await decision(approval.id, rex, body)), `400 ${code}`);
    assert.equal(standing(approval).state, 'requested');
  });
}

test('a huge body, and another content type, are refused unread', async () => {
  const approval = hold();
  const huge = { ...approve, reason: 'x'.repeat(1_000_000) };
  assert.equal(answered(await decision(approval.id, rex, huge)), '413 ERR_BODY_TOO_LARGE');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const init = { method: 'POST', body: JSON.stringify(approve), headers: { 'content-type': type } };
    assert.equal(answered(await ask(`/api/approvals/${approval.id}/decision`, rex, init)), '415 ERR_BODY_CODING');
  }
  assert.equal(standing(approval).state, 'requested');
});

test('nothing but POST decides: no GET, no HEAD, no override header, no query', async () => {
  const approval = hold();
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
    const response = await fetch(`${console.url}${target}`, {
      method,
      headers: { ...override, authorization: `Bearer ${rex}` },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(approve) }),
    });
    await response.arrayBuffer();
    assert.ok(response.status === 404 || (method === 'GET' && response.status === 200), `${method} ${target}`);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  }
  assert.deepEqual(standing(approval).votes, []);
  assert.equal(standing(approval).state, 'requested');
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
      await provider.token('rex', ['model-risk'], { exp: past }),
      // The right issuer's name over the wrong key.
      `${(await other.token('rex', ['model-risk'])).split('.')[0]}.${rex.split('.')[1]}.${rex.split('.')[2]}x`,
      await provider.token('rex', ['model-risk']).then((token) => `${token}, Bearer ${rex}`),
    ];
    for (const token of bad) {
      const answer = await ask('/api/approvals', token);
      assert.equal(answered(answer), '401 ERR_CREDENTIAL');
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      assert.equal(Object(answer.body).reason, undefined);
    }
  } finally {
    other.stop();
  }
});

test('two Authorization lines are none', async () => {
  const { host, port } = new URL(console.url);
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
    assert.equal(answered(await ask(`/api/approvals?${query}`, rex)), '400 ERR_BODY_UNREADABLE', query);
  }
  assert.equal((await ask('/api/approvals?state=requested&state=approved&limit=100', rex)).status, 200);
});

test('what an approver types by mistake is masked before it is kept', async () => {
  const approval = hold();
  await decision(approval.id, rex, { verdict: 'approve', reason: 'checked customer 078-05-1120 by phone' });
  const kept = JSON.stringify([folder.records(), good(folder.store.history(approval.id)), console.log()]);
  assert.doesNotMatch(kept, /078-05-1120/);
  assert.match(standing(approval).votes[0]?.reason ?? '', /^checked customer .+ by phone$/);
});

test('every answer carries the headers that keep browsers out, and no token is in the log', async () => {
  const answers = await Promise.all([
    ask('/api/approvals', rex),
    ask('/healthz', undefined),
    ask('/nowhere', undefined),
  ]);
  for (const { headers } of answers) {
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), null);
  }
  assert.ok(!console.log().includes(rex) && !console.log().includes(rex.split('.')[2] ?? rex));
});

test('the link of a held call says what to do, shows nothing and echoes nothing it does not know', async () => {
  const approval = hold();
  const page = await ask(`/approvals/${approval.id}`, undefined);
  assert.equal(page.status, 200);
  assert.match(String(page.body), new RegExp(`countersign approval show ${approval.id}`));
  assert.equal(answered(await ask('/approvals/%3Cscript%3E', undefined)), '404 ERR_REQUEST_TARGET');
});
