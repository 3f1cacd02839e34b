import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodyFacts } from '../policy/policy.ts';
import { scoredSession } from './records.testing.ts';
import { deniedByAuthz, redactFor, sessionEnded } from './records.ts';

const clock = { nowMs: 1_790_000_001_000, monotonic: 2000 };
const ssn = '536-22-1234';
const card = '4111111111111111';
/** Stands for masking, which has tests of its own: what is asked here is whether a text comes by it. */
const mask = (text: string): string => text.replaceAll(ssn, '*').replaceAll(card, '*');

function recordOf(told: { readonly facts?: Partial<BodyFacts>; readonly modelName?: string }): string {
  const session = scoredSession();
  const { request, facts } = session;
  assert.ok(request && facts);
  const { modelName = facts.model.name } = told;
  session.request = { ...request, facts: { ...noFacts, ...told.facts } };
  session.facts = { ...facts, model: { ...facts.model, name: modelName } };
  const refusal = { code: 'ERR_MODEL_MISMATCH', reason: 'model_of_body_is_another' } as const;
  return JSON.stringify(sessionEnded('session.denied', session, { outcome: 'denied', refusal }, clock, mask));
}

const noFacts: BodyFacts = { bytes: 10n, rows: 1n, model: '', stream: false, max_tokens: 0n, n: 1n };

test('what a refused body names as its model is masked and cut: the caller wrote it', () => {
  const record = recordOf({ facts: { model: `${ssn}${'x'.repeat(100_000)}` } });
  assert.ok(!record.includes(ssn));
  assert.ok(record.length < 8_000, `${record.length}`);
});

test('a refused stranger cannot make a record large, whatever they send', () => {
  const long = 'x'.repeat(50_000);
  const seen = {
    method: long,
    authority: long,
    path: `/${long}`,
    host: long,
    headers: [['x-request-id', long]],
  } as const;
  const refusal = { code: 'ERR_CREDENTIAL', reason: 'credential_missing' } as const;
  const { data } = deniedByAuthz('01M83J0W0H30MWCECSPZBBG566', seen, { refusal }, { revision: 'r', nowMs: 1 }, mask);
  assert.ok(JSON.stringify(data).length < 3_000);
});

for (const before of [1020, 1015, 250, 245]) {
  test(`of a value that begins ${before} characters into a long text no part is left where it is cut`, () => {
    const text = `${'x'.repeat(before - 2)} ${ssn} ${'x'.repeat(2_000)}`;
    for (const principal of [scoredSession().handOff?.principal, undefined]) {
      assert.ok(!redactFor(mask, principal)(text).includes(ssn.slice(0, 2)));
    }
  });
}

test('a character that the cut goes through leaves a text that can be recorded', () => {
  for (const shift of ['', 'x']) {
    for (const principal of [scoredSession().handOff?.principal, undefined]) {
      assert.ok(redactFor(mask, principal)(`${shift}${'😀'.repeat(1_000)}`).isWellFormed());
    }
  }
});

test('a model name that the endpoint takes from the path is masked', () => {
  assert.ok(!recordOf({ modelName: ssn }).includes(ssn));
});

for (const name of ['max_tokens', 'n', 'rows'] as const) {
  test(`a number of a person in the place of ${name} is masked`, () => {
    assert.ok(!recordOf({ facts: { [name]: BigInt(card) } }).includes(card));
  });
}
