import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../ledger/record.ts';
import type { Row } from '../report.ts';
import { holdsOf } from './access.ts';
import { readEvidenceRecord } from './evidence-record.ts';
import { type EventKind, type EvidenceSink, sortRecord } from './sort-record.ts';

const period = { from: '2026-01-02T00:00:00.000Z', to: '2026-01-03T00:00:00.000Z' };

interface Sorted {
  readonly events: readonly (readonly [EventKind, Row])[];
  readonly types: readonly string[];
  readonly ended: readonly string[];
}

function sort(...records: readonly JsonObject[]): Sorted {
  const sorted = { events: [] as (readonly [EventKind, Row])[], types: [] as string[], ended: [] as string[] };
  const seen = new Set<string>();
  const sink: EvidenceSink = {
    type: ({ type }) => sorted.types.push(type),
    begun: () => undefined,
    over: (session) => (seen.size === seen.add(session).size ? 'again' : 'first'),
    ended: ({ outcome }, isFirst) => sorted.ended.push(`${outcome} ${isFirst ? 'first' : 'again'}`),
    tally: () => undefined,
    event: (kind, _, cells) => sorted.events.push([kind, cells]),
    approval: () => undefined,
    policyLoaded: () => undefined,
  };
  for (const [seq, record] of records.entries()) {
    const value = { chain: { seq }, data: {}, time: '2026-01-02T10:00:00.000Z', ...record };
    const read = readEvidenceRecord('l', new TextEncoder().encode(JSON.stringify(value)));
    assert.ok(read);
    sortRecord(read, period, sink);
  }
  return sorted;
}

test('what this version does not know is counted by its type, and told where its name says what it is', () => {
  const exported = { from: 'f', to: 't', reason: 'r', operator: { user: 'ops', uid: 1 }, sessions: 3, pack: 'p' };
  const { types, events } = sort({ type: 'model.trained' }, { type: 'evidence.exported', data: exported });
  assert.deepEqual(types, ['model.trained', 'evidence.exported']);
  assert.deepEqual(events, [['evidence', ['evidence.exported', 'f', 't', 'r', 'ops', 3, 'p']]]);
});

test('an end after the end, and one of another time, are not ends of the period', () => {
  const closed = { type: 'session.closed', session: 's' };
  const late = { type: 'session.closed', session: 'u', time: period.to };
  assert.deepEqual(sort(closed, { ...closed, type: 'session.aborted' }, late).ended, [
    'completed first',
    'aborted again',
  ]);
});

test('records of any shape are sorted', () => {
  const types = [
    'session.closed',
    'key.rotated',
    'key.held',
    'policy.rejected',
    'kafka.topics_drifted',
    'refusals.counted',
  ];
  const shapes: readonly JsonObject[] = [
    {},
    { unmapped: 1, drift: 1 },
    { unmapped: { masking: [], reasons: [] }, made: [null] },
  ];
  for (const type of types) for (const data of shapes) sort({ type, data, session: 's' });
});

test('a hold is in force until it is released; a key that is destroyed meanwhile is told', () => {
  const held = { type: 'key.held', data: { hold: 'lawsuit', keys: ['k1', 'k2'] } };
  const shredded = (id: string): JsonObject => ({ type: 'key.shredded', data: { id } });
  const holds = (...records: readonly JsonObject[]) =>
    holdsOf(sort(...records).events.map(([, cells]) => ['time', ...cells]));
  assert.equal(holds(held).inForce.length, 1);
  assert.equal(
    holds(held, { type: 'key.released', data: { hold: 'lawsuit' } }, shredded('k1')).shreddedWhileHeld.length,
    0,
  );
  assert.equal(holds({ ...held, time: '2025-01-01T00:00:00.000Z' }, shredded('k2')).shreddedWhileHeld.length, 1);
  assert.equal(holds(held, shredded('k3')).shreddedWhileHeld.length, 0);
});
