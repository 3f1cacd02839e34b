/** A session as it stands when its answer has ended: scored, masked both ways, its copies sealed. */
import type { Session } from './session.ts';

const digest = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.repeat(2);
const revision = '0123456789abcdef'.repeat(4);
const startedAtMs = 1_790_000_000_123;

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
      record: { payload: 'sealed', retention: '25 months', unavailable: 'refuse', response: 'stream' },
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
      copy: { parts: 1, bytes: 1024, truncated: false },
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
      copy: { parts: 1, bytes: 4096, truncated: false },
    },
    opened: true,
    ended: false,
    responding: true,
    decidedAtMs: startedAtMs + 3,
    forwardedAtMs: startedAtMs + 5,
  };
}
