import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deniedCall, heldSession } from '../exchange/records.testing.ts';
import { sessionEnded } from '../exchange/records.ts';
import type { Json, JsonObject } from './record.ts';
import { endFacts } from './session-facts.ts';
import { isObject } from './stored-record.ts';

const clock = { nowMs: 1_790_000_000_200, monotonic: 1077.5 };

function at(facts: JsonObject, path: string): Json | undefined {
  let found: Json | undefined = facts;
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
  return found;
}

test('the end of a session is self-contained: every fact that an examiner asks for', () => {
  const facts = endFacts(
    sessionEnded('session.closed', heldSession(), { outcome: 'completed' }, clock, (text) => text),
  );
  const asked = {
    'identity.subject': 'f2b6c2b4-0d0a-4a53-9b0e-0a7ad2a7c9f1',
    'identity.issuer': 'https://login.bank.internal/realms/staff',
    'identity.groups': ['credit-analysts', 'staff'],
    'identity.method': 'oidc',
    'identity.client': 'risk-notebooks',
    'identity.amr': ['pwd', 'otp'],
    'endpoint.name': 'credit-scoring',
    'endpoint.api': 'open-inference-v2',
    'endpoint.model': { name: 'credit-default', version: '7', owner: 'model-risk', tier: 'high' },
    'request.method': 'POST',
    'request.authority': 'scoring.bank.internal',
    'request.path': '/v2/models/credit-default/infer',
    'request.source': '10.20.30.40:51234',
    'request.id': '7f3c1a52-9a70-4b5e-8a35-2f9f1d3f0c11',
    'request.received_bytes': 1024,
    'request.copy': { bytes: 1024, cap: 1_048_576, parts: 1, received: 1024, truncated: false },
    'decision.effect': 'allow',
    'decision.rule': 'analysts-score',
    'decision.matched': ['analysts-score'],
    'approval.state': 'consumed',
    'masking.response.profile': 'bank',
    'masking.response.counts': { us_ssn: 2, credit_card: 1, email: 1, phone: 1 },
    'response.status': 200,
    'response.bytes': 4096,
    'response.released_bytes': 4096,
    record: { payload: 'sealed', retention: '25 months' },
    'times.started': '2026-09-21T14:13:20.123Z',
    'times.decided': '2026-09-21T14:13:20.126Z',
    'times.ended': '2026-09-21T14:13:20.200Z',
    'times.duration_us': 77_500,
    outcome: 'completed',
  };
  for (const [path, expected] of Object.entries(asked)) assert.deepEqual(at(facts, path), expected, path);
  for (const path of ['request.digest', 'request.forwarded_digest', 'response.digest', 'response.released_digest']) {
    assert.match(String(at(facts, path)), /^[0-9a-f]{64}$/, path);
  }
  for (const path of ['decision.revision', 'decision.authz_revision', 'approval.preview_digest', 'approval.binding']) {
    assert.match(String(at(facts, path)), /^[0-9a-f]{64}$/, path);
  }
});

test('a stranger who was refused has an address, a request and a refusal, and no identity', () => {
  const facts = endFacts(deniedCall({ path: '/v1/models' }));
  assert.equal(facts['identity'], undefined);
  assert.equal(at(facts, 'request.source'), '[2001:db8::1]:50000');
  assert.equal(at(facts, 'request.path'), '/v1/models');
  assert.equal(at(facts, 'refusal.code'), 'ERR_CREDENTIAL');
  assert.equal(facts['outcome'], 'denied');
});

test('records that others have written may have any shape', () => {
  for (const data of [{}, { unmapped: 7 }, { unmapped: {}, actor: [], time: 1e300 }, { reason: 'process_ended' }]) {
    assert.equal(typeof endFacts({ data }), 'object');
  }
});
