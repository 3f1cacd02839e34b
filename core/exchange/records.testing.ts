/** Sessions as they stand when they end, as real as records of them want to be. */
import type { Approval } from '../approval/approval.ts';
import { requestOf } from '../approval/request.testing.ts';
import type { RecordDraft } from '../ledger/record.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { ok } from '../result.ts';
import { deniedByAuthz } from './records.ts';
import { RefusalCounts } from './refusal-counts.ts';
import type { Session } from './session.ts';

const digest = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2);
const revision = '0123456789abcdef'.repeat(4);
const startedAtMs = 1_790_000_000_123;

/** Scored, the answer masked, both copies sealed. */
export function scoredSession(): Session {
  return {
    id: '01M83J0W0H30MWCECSPZBBG566',
    startedAtMs,
    startedAt: 1000,
    phaseSince: 1000,
    headers: [
      [':method', 'POST'],
      [':authority', 'scoring.bank.internal'],
      [':path', '/v2/models/credit-default/infer'],
      ['x-request-id', '7f3c1a52-9a70-4b5e-8a35-2f9f1d3f0c11'],
      ['content-type', 'application/json'],
    ],
    handOff: {
      v: 1,
      session: '01M83J0W0H30MWCECSPZBBG566',
      principal: {
        subject: 'f2b6c2b4-0d0a-4a53-9b0e-0a7ad2a7c9f1',
        issuer: 'https://login.bank.internal/realms/staff',
        groups: ['credit-analysts', 'staff'],
        method: 'oidc',
        client: 'risk-notebooks',
        expires: 1_790_003_600,
        tokenId: 'onrtac:9d1f6f1c-6f3e-4a3e-8a6d-b6b3f6f0c2aa',
        amr: ['pwd', 'otp'],
        acr: '2',
      },
      method: 'POST',
      authority: 'scoring.bank.internal',
      path: '/v2/models/credit-default/infer',
      endpoint: 'credit-scoring',
      revision,
      source: { ip: '10.20.30.40', port: 51234 },
      outcome: 'allow',
      expires: startedAtMs + 30_000,
    },
    target: {
      method: 'POST',
      host: 'scoring.bank.internal',
      path: '/v2/models/credit-default/infer',
      query: '',
    },
    endpoint: {
      name: 'credit-scoring',
      match: { host: 'scoring.bank.internal', path: '/v2/models/*/infer', methods: ['POST'] },
      api: 'open-inference-v2',
      model: { name: '{path[2]}', version: '7', tier: 'high', owner: 'model-risk' },
      mask: { request: 'none', response: 'bank' },
      record: {
        payload: 'sealed',
        retention: '25 months',
        durability: 'local',
        unavailable: 'refuse',
        response: 'stream',
      },
      upstream: { credential: 'scoring-key' },
    },
    facts: {
      name: 'credit-scoring',
      api: 'open-inference-v2',
      model: { name: 'credit-default', version: '7', tier: 'high', owner: 'model-risk' },
    },
    request: {
      contentType: 'application/json',
      coding: 'identity',
      receivedBytes: 1024,
      bytes: 1024,
      digest,
      digestKey: 'a1b2c3d4e5f60718',
      forwardedDigest: digest,
      facts: { bytes: 1024n, rows: 12n, model: 'credit-default', stream: false, max_tokens: 0n, n: 0n },
      copy: { bytes: 1024, cap: 1_048_576, parts: 1, received: 1024, truncated: false },
    },
    decision: {
      effect: 'allow',
      rule: 'analysts-score',
      reason: 'rule_allow',
      matched: ['analysts-score'],
      shadow: [],
      failed: [],
      revision,
    },
    masking: {
      request: { counts: {}, faults: [] },
      response: { counts: { us_ssn: 2, credit_card: 1, email: 1, phone: 1 }, faults: [] },
    },
    response: {
      status: 200,
      contentType: 'application/json',
      coding: 'identity',
      startedAtMs: startedAtMs + 40,
      bytes: 4096,
      releasedBytes: 4096,
      digest,
      releasedDigest: digest,
      copy: { bytes: 4096, cap: 1_048_576, parts: 1, received: 4096, truncated: false },
    },
    opened: true,
    ended: false,
    responding: true,
    decidedAtMs: startedAtMs + 3,
    forwardedAtMs: startedAtMs + 5,
  };
}

/** The same, after a second person had approved it. */
export function heldSession(): Session {
  const { terms, ...request } = requestOf();
  const approval: Approval = {
    ...request,
    terms,
    id: '01M83J0V1F000000000000000A',
    state: 'consumed',
    requestedAtMs: startedAtMs,
    expiresAtMs: startedAtMs + 1_800_000,
    decidedAtMs: startedAtMs + 60_000,
    votes: [
      {
        by: { subject: 'rex', issuer: request.requester.issuer, groups: ['staff', 'model-risk'], amr: ['hwk'] },
        verdict: 'approve',
        reason: 'Quarterly review of the portfolio',
        atMs: startedAtMs + 60_000,
      },
    ],
  };
  return { ...scoredSession(), approval, previewDigest: digest };
}

type Seen = Parameters<typeof deniedByAuthz>[1];

/** A call without a credential. */
export function deniedCall(seen: Partial<Seen>): DraftOf<'session.denied'> {
  return deniedByAuthz(
    '01M83J0W0H30MWCECSPZBBG566',
    { method: 'POST', authority: 'h', path: '/', headers: [], source: { ip: '2001:db8::1', port: 50_000 }, ...seen },
    { refusal: { code: 'ERR_CREDENTIAL', reason: 'credential_missing: no_authorization_header' } },
    { revision, nowMs: startedAtMs },
    (text) => text,
  );
}

/** What is written of a flood from one source. */
export async function countedRefusals(): Promise<RecordDraft | undefined> {
  const written: RecordDraft[] = [];
  const append = (drafts: readonly RecordDraft[]) => {
    written.push(...drafts);
    return Promise.resolve(ok([]));
  };
  const counts = new RefusalCounts(
    'authz-service',
    { perSource: 1, total: 10 },
    {
      clock: { now: () => startedAtMs, monotonic: () => 0 },
      timers: { after: () => () => undefined, turn: () => Promise.resolve() },
      ledger: { id: '', append, close: () => Promise.resolve() },
    },
  );
  const refusal = {
    session: '01M83J0W0H30MWCECSPZBBG566',
    source: { ip: '2001:db8::1', port: 1 },
    reason: 'ERR_CREDENTIAL credential_missing',
    draft: () => deniedCall({}),
  };
  for (let call = 0; call < 3; call++) await counts.record(refusal);
  await counts.flush();
  return written.at(-1);
}
