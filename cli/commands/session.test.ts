import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { draft, ledgerFolder, open } from '@countersign/adapters/sqlite/test/ledgers.ts';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { countersign } from '../test/countersign.ts';

const held = '01M83J0V1F0000000000000001';
const retried = '01M83J0V1F0000000000000002';
const denied = '01M83J0V1F0000000000000003';
const approval = '01M83J0V1F000000000000000A';

interface Trail {
  readonly directory: string;
}

/** A call that was held, approved by somebody else over the console, and answered to its retry; and one that was refused. */
async function trail(t: TestContext): Promise<Trail> {
  const directory = ledgerFolder(t);
  const part = (session: string, direction: 'request' | 'response', number: number): RecordDraft =>
    draft('payload.part', session, { bytes: 9, copy: { box: 'QUJD', enc: 'AA', key: 'k' }, direction, part: number });
  const proc = await open(directory);
  const place = { subject: 'ana', issuer: 'https://idp.example' };
  const who = { actor: { user: { uid: 'ana' }, session: { issuer: place.issuer } } };
  await proc.append([
    draft('approval.requested', held, { approval, requester: place }),
    draft('session.held', held, { approval, rule: 'bulk', subject: 'ana' }),
    draft('session.denied', held, { ...who, unmapped: { outcome: 'pending' } }),
  ]);
  const console = await open(directory, { service: 'console' });
  const by = { subject: 'rex', issuer: 'https://idp.example' };
  await console.append([
    draft('approval.decided', held, { approval, verdict: 'approve', reason: 'Quarterly review', by }),
  ]);
  await proc.append([
    draft('approval.consumed', retried, { approval }),
    draft('session.opened', retried, { digest: 'd1' }),
  ]);
  await proc.append([part(retried, 'request', 0), part(retried, 'request', 1)]);
  await proc.append([
    part(retried, 'response', 0),
    draft('session.closed', retried, {
      ...who,
      api: { operation: 'POST', service: { name: 'credit-scoring' } },
      ai_model: { name: 'credit', version: '7' },
      http_request: { http_method: 'POST', url: { path: '/v2/models/credit/infer' } },
      http_response: { code: 200 },
      policy: { name: 'bulk' },
      start_time: 1_767_323_045_678,
      unmapped: {
        request: { digest: 'd1', forwarded_digest: 'd2' },
        decision: { effect: 'hold', reason: 'hold_matched' },
        approval: { id: approval, state: 'consumed' },
        masking: { response: { profile: 'bank', counts: { credit_card: 1 }, faults: [] } },
        response: { digest: 'd3', released_digest: 'd4' },
        times: { duration_us: 5 },
        outcome: 'completed',
      },
    }),
  ]);
  const authz = await open(directory, { service: 'authz-service' });
  const reason = 'name in a \u001b[31mpath';
  await authz.append([
    draft('session.denied', denied, { unmapped: { refusal: { code: 'ERR_CREDENTIAL', reason }, outcome: 'denied' } }),
  ]);
  return { directory };
}

test('session show joins one call over all ledgers: who, what, which rule, who approved, digests, outcome', async (t) => {
  const { directory } = await trail(t);
  const { status, stdout, stderr } = await countersign('session', 'show', retried, '--ledger', directory, '--json');
  assert.equal(status, 0, stderr);
  const shown = JSON.parse(stdout);
  assert.equal(shown.state, 'closed');
  assert.equal(shown.outcome, 'completed');
  assert.equal(shown.identity.subject, 'ana');
  assert.equal(shown.decision.rule, 'bulk');
  assert.deepEqual(shown.digests, { request: 'd1', forwarded: 'd2', response: 'd3', released: 'd4' });
  assert.deepEqual(
    shown.approvals.map((record: { type: string; ledger: string }) => [record.type, record.ledger.split('/')[0]]),
    [
      ['approval.requested', 'proc-service'],
      ['approval.decided', 'console'],
      ['approval.consumed', 'proc-service'],
    ],
  );
  assert.equal(shown.approvals[1].data.by.subject, 'rex');
  assert.deepEqual(
    shown.records.map(({ type, seq }: { type: string; seq: number }) => [seq, type]),
    [
      [5, 'session.opened'],
      [6, 'payload.part'],
      [7, 'payload.part'],
      [8, 'payload.part'],
      [9, 'session.closed'],
    ],
  );
  assert.ok(!stdout.includes('QUJD'), 'of a sealed box only its size is shown');
});

test('the session that asked shows the approval although another call used it', async (t) => {
  const { directory } = await trail(t);
  const { stdout } = await countersign('session', 'show', held, '--ledger', directory, '--json');
  const shown = JSON.parse(stdout);
  assert.equal(shown.state, 'denied');
  assert.equal(shown.approvals.length, 3);
});

test('session show as text is one screen, and nothing in it drives the terminal', async (t) => {
  const { directory } = await trail(t);
  const one = await countersign('session', 'show', retried, '--ledger', directory);
  assert.match(one.stdout, /^state +closed completed$/m);
  assert.match(one.stdout, /^identity\.subject +ana$/m);
  assert.match(one.stdout, /^approval\.decided .*approve by rex Quarterly review$/m);
  assert.ok(one.stdout.split('\n').length < 45);
  const other = await countersign('session', 'show', denied, '--ledger', directory);
  assert.match(other.stdout, /refusal\.code +ERR_CREDENTIAL/);
  assert.ok(!other.stdout.includes('\u001b'));
});

test('session list has the newest first, as many as were asked for', async (t) => {
  const { directory } = await trail(t);
  const json = await countersign('session', 'list', '--ledger', directory, '--limit', '2', '--json');
  const { sessions } = JSON.parse(json.stdout);
  assert.deepEqual(
    sessions.map(({ session, state }: { session: string; state: string }) => [session, state]),
    [
      [denied, 'denied'],
      [retried, 'closed'],
    ],
  );
  const text = await countersign('session', 'list', '--ledger', directory);
  assert.match(text.stdout, new RegExp(`^${retried} .* ana +credit-scoring +bulk +closed completed$`, 'm'));
  assert.equal(text.stdout.trimEnd().split('\n').length, 4);
  assert.equal((await countersign('session', 'list', '--ledger', directory, '--limit', 'many')).status, 2);
});

test('a session that nobody recorded is not found', async (t) => {
  const { directory } = await trail(t);
  const { status, stderr } = await countersign('session', 'show', 'nobody', '--ledger', directory, '--json');
  assert.equal(status, 1);
  assert.match(stderr, /no record of session "nobody"/);
});
