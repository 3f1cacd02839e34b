/** Our events by the schema that OCSF publishes: what a SIEM will make of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { countedRefusals, deniedCall, heldSession, scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { type SessionOutcome, sessionEnded } from '@countersign/core/exchange/records.ts';
import type { Session } from '@countersign/core/exchange/session.ts';
import { canonicalJson } from '@countersign/core/ledger/canonical.ts';
import type { JsonObject, RecordDraft } from '@countersign/core/ledger/record.ts';
import { draftFault } from '@countersign/core/ledger/records/catalogue.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { ocsfSchemaPath } from '../setup/paths.mjs';

const schemaPath = ocsfSchemaPath();
const skip =
  schemaPath === undefined ? 'the schema of OCSF is not installed: Python 3.10 with pip, then npm test' : false;

const validate =
  schemaPath === undefined
    ? undefined
    : new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(readFileSync(schemaPath, 'utf8')));

function isActivity(draft: RecordDraft): void {
  const fault = draftFault(draft);
  assert.equal(fault, undefined);
  const json = canonicalJson(draft.data);
  assert.ok(json.ok, JSON.stringify(json));
  const event: JsonObject = JSON.parse(json.value);
  assert.ok(validate?.(event), JSON.stringify(validate?.errors?.slice(0, 5)));
  // Its JSON Schema does not say so, its text does.
  assert.equal(event['type_uid'], Number(event['class_uid']) * 100 + Number(event['activity_id']));
}

const clock = { nowMs: 1_790_000_000_200, monotonic: 1077.5 };
const plain = (text: string): string => text;
const ended = (
  type: 'session.closed' | 'session.denied' | 'session.aborted',
  session: Session,
  outcome: SessionOutcome,
): RecordDraft => sessionEnded(type, session, outcome, clock, plain);

const refusal = { code: 'ERR_POLICY_DENIED', reason: 'rule_deny' } as const;
const { response: _, ...unanswered } = scoredSession();
const barely = { ...scoredSession(), handOff: undefined, target: undefined, headers: [] };

const events: Readonly<Record<string, () => RecordDraft>> = {
  'a call that was answered': () => ended('session.closed', scoredSession(), { outcome: 'completed' }),
  'a call that was held and approved': () => ended('session.closed', heldSession(), { outcome: 'completed' }),
  'a call that a rule refused': () =>
    ended('session.denied', { ...unanswered, opened: false }, { outcome: 'denied', refusal, reason: refusal.reason }),
  'a call that waits for people': () => ended('session.denied', unanswered, { outcome: 'pending', refusal }),
  'a call that was cut': () => ended('session.aborted', scoredSession(), { outcome: 'aborted', reason: 'caller_gone' }),
  'a call of which nothing is known': () => {
    const { handOff, target, endpoint, facts, request, decision, response, ...rest } = barely;
    return ended('session.denied', { ...rest, masking: {} }, { outcome: 'denied', reason: 'answered_by_envoy' });
  },
  'a call without a credential': () => deniedCall({}),
};

for (const [what, make] of Object.entries(events)) {
  test(`${what} is an API Activity of OCSF 1.8`, { skip }, () => isActivity(make()));
}

test('refusals that were counted are an API Activity of OCSF 1.8', { skip }, async () => {
  const counted = await countedRefusals();
  assert.equal(counted?.type, 'refusals.counted');
  isActivity(counted);
});

test('whatever a stranger sends as method, host, path, headers and address, the event is valid', { skip }, () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(text, text, text, text, text, (method, authority, path, requestId, traceparent) => {
      const headers = [
        ['x-request-id', requestId],
        ['traceparent', traceparent],
      ] as const;
      isActivity(deniedCall({ method, authority, path, headers }));
    }),
    { numRuns: 200 },
  );
});
