import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { recordTypes } from '@countersign/core/ledger/record.ts';
import { headerSchema, noteHeaderSchema } from '@countersign/core/ledger/records/asyncapi.ts';
import { belongsToSession } from '@countersign/core/ledger/records/catalogue.ts';
import { topicOf } from '@countersign/core/ledger/topics.ts';
import type { SpoolRecord } from '@countersign/core/ports.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { toMessage } from './message.ts';

const ledger = 'proc-service/replica-0/01K9ZZZZZZZZZZZZZZZZZZZZZZ';
const session = '01K9YYYYYYYYYYYYYYYYYYYYYY';
const value = new TextEncoder().encode('{"name":"Zoë","v":1}');
const record: SpoolRecord = {
  ledger,
  seq: 17,
  pseq: 5,
  topic: 'events',
  partition: 2,
  type: 'session.closed',
  key: session,
  time: '2026-11-23T06:00:00.000Z',
  value,
  leaf: createHash('sha256').update(Uint8Array.of(0)).update(value).digest(),
};

test('the value is the stored bytes, untouched, also when they lie inside a larger buffer', () => {
  const around = new Uint8Array([1, 2, ...value, 3]);
  const message = toMessage({ ...record, value: around.subarray(2, 2 + value.length) });
  assert.deepEqual(new Uint8Array(message.value), value);
});

test('a record of a session: CloudEvents binary mode, text only, keyed by the session', () => {
  const message = toMessage(record);
  assert.equal(message.key, session);
  assert.equal(message.partition, 2);
  assert.deepEqual(message.headers, {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: `${ledger}/17`,
    ce_type: 'countersign.session.closed',
    ce_source: ledger,
    ce_time: '2026-11-23T06:00:00.000Z',
    ce_subject: session,
    'countersign-leaf': Buffer.from(record.leaf).toString('base64url'),
  });
});

test('a record that belongs to no session is keyed by its ledger and has no subject', () => {
  const message = toMessage({ ...record, type: 'policy.loaded', topic: 'admin', key: ledger });
  assert.equal(message.key, ledger);
  assert.equal('ce_subject' in message.headers, false);
});

test('the headers of every type are what the AsyncAPI document says of them: text, and never empty', () => {
  const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true, 'uri-reference': true } });
  for (const type of recordTypes) {
    const key = belongsToSession(type) ? session : ledger;
    const { headers } = toMessage({ ...record, type, topic: topicOf(type), key });
    const validate = ajv.compile(headerSchema(type));
    assert.ok(validate(headers), `${type}: ${JSON.stringify(validate.errors)}`);
    for (const [name, text] of Object.entries(headers)) assert.ok(typeof text === 'string' && text !== '', name);
  }
});

test('a note is text with the headers that the AsyncAPI document says of it, and is found by its ledger', () => {
  const ajv = new Ajv2020({ strict: true, formats: { 'uri-reference': true } });
  const note = { ledger, partition: 0, key: ledger, value: new TextEncoder().encode('a note\n') } as const;
  for (const [topic, size, id] of [
    ['keys', 0, 'certificate'],
    ['checkpoints', 17, 'checkpoint/17'],
  ] as const) {
    const { key, value, headers } = toMessage({ ...note, topic, pseq: 3, size });
    assert.deepEqual([key, value.toString(), headers['ce_id']], [ledger, 'a note\n', `${ledger}/${id}`]);
    const validate = ajv.compile(noteHeaderSchema(topic));
    assert.ok(validate(headers), JSON.stringify(validate.errors));
  }
});
