import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../ledger/canonical.ts';
import { openedMaxBytes } from '../ledger/records/session.ts';
import { sessionOpened } from './opening-records.ts';
import { scoredSession } from './records.testing.ts';
import type { Session } from './session.ts';

interface Texts {
  readonly endpoint: string;
  readonly rule: string;
  readonly subject: string;
}

function sessionOf({ endpoint, rule, subject }: Texts): Session {
  const session = scoredSession();
  const { endpoint: route, decision, handOff } = session;
  if (!(route && decision && handOff?.principal)) throw new Error('the session has all of it');
  return {
    ...session,
    endpoint: { ...route, name: endpoint },
    decision: { ...decision, rule },
    handOff: { ...handOff, principal: { ...handOff.principal, subject } },
  };
}

/** As the ledger takes it, before it adds the place. */
function opened(texts: Texts): { readonly bytes: number; readonly data: ReturnType<typeof sessionOpened>['data'] } {
  const { type, session, time, data } = sessionOpened(sessionOf(texts), 1_790_000_000_123);
  const json = canonicalJson({ data, session, time, type, v: 1 });
  assert.ok(json.ok);
  return { bytes: new TextEncoder().encode(json.value).length, data };
}

test('the usual texts stand whole in session.opened', () => {
  const texts = { endpoint: 'credit-scoring', rule: 'analysts-score', subject: 'f2b6c2b4-0d0a-4a53-9b0e-0a7ad2a7c9f1' };
  const { bytes, data } = opened(texts);
  assert.equal(data.endpoint, texts.endpoint);
  assert.equal(data.rule, texts.rule);
  assert.equal(data.subject, texts.subject);
  assert.ok(bytes <= openedMaxBytes, `${bytes} bytes`);
});

test('the largest realistic session.opened: names of policy at their limit, a service account: 300 bytes, and says who and where', () => {
  const subject = 'system:serviceaccount:credit-risk-batch:nightly-portfolio-scoring';
  const { bytes, data } = opened({ endpoint: 'e'.repeat(32), rule: 'r'.repeat(64), subject });
  assert.ok(bytes <= openedMaxBytes, `${bytes} bytes`);
  assert.equal(data.endpoint, 'e'.repeat(32));
  assert.equal(data.rule, undefined);
  const { subject: cut = '' } = data;
  assert.ok(cut.endsWith('…') && subject.startsWith(cut.slice(0, -1)) && cut.length > 30, cut);
});

test('whatever the texts are, session.opened is no larger, and what it says of a subject is a beginning of it', () => {
  const name = fc.string({ minLength: 1, maxLength: 64, unit: fc.constantFrom(...'abcXYZ019._-') });
  const subject = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
  fc.assert(
    fc.property(name, name, subject, (endpoint, rule, who) => {
      const { bytes, data } = opened({ endpoint, rule, subject: who });
      assert.ok(bytes <= openedMaxBytes, `${bytes} bytes`);
      assert.equal(data.endpoint, endpoint);
      assert.ok(data.subject === who || who.startsWith(data.subject?.slice(0, -1) ?? '?'));
    }),
    { numRuns: 500 },
  );
});
