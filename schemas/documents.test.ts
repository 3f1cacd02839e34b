import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { recordTypes, type StoredRecord } from '@countersign/core/ledger/record.ts';
import { schemaFile } from '@countersign/core/ledger/records/asyncapi.ts';
import { Ajv } from 'ajv';
import { default as addFormats } from 'ajv-formats';
import { documents } from './documents.ts';
import { recordFaults } from './record-faults.ts';

const folder = import.meta.dirname;
const committed = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

test('what is committed is what the types say: `npm run generate` changes nothing', () => {
  for (const [name, text] of documents()) assert.equal(committed(name), text, `${name}: npm run generate`);
  const files = readdirSync(path.join(folder, 'records')).map((name) => `records/${name}`);
  assert.deepEqual(files.toSorted(), recordTypes.map(schemaFile).toSorted());
});

test('the AsyncAPI document is one by the published schema of AsyncAPI 3.0.0, and what it refers to is there', () => {
  const published = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(published, 'utf8')));
  const document: unknown = JSON.parse(committed('asyncapi.json'));
  assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 5)));
  for (const reference of referencesIn(document)) {
    if (!reference.startsWith('#')) JSON.parse(committed(reference));
    else assert.notEqual(memberAt(document, reference.slice(2).split('/')), undefined, reference);
  }
  const spoiled = JSON.parse(committed('asyncapi.json').replace('"action": "send"', '"action": "shout"'));
  assert.equal(validate(spoiled), false, 'the schema looks');
});

test('a record with a member that is not described, or without one that must be there, is not one', () => {
  const opened: StoredRecord = {
    type: 'session.received',
    session: '01M83J0W0H30MWCECSPZBBG566',
    time: '2026-01-02T03:04:05.678Z',
    data: { bytes: 7, digest: 'ab'.repeat(32) },
    chain: { ledger: 'proc-service/p1/01M83J0W0H30MWCECSPZBBG566', prev: 'A'.repeat(43), pseq: 0, seq: 1 },
    v: 1,
  };
  assert.deepEqual(recordFaults(opened), []);
  const { session: _, ...sessionless } = opened;
  for (const damaged of [
    { ...opened, data: { ...opened.data, note: '' } },
    { ...opened, data: { bytes: 7 } },
    { ...opened, data: { ...opened.data, bytes: '7' } },
    { ...opened, data: { ...opened.data, digest: 'AB' } },
    { ...opened, note: '' },
    { ...opened, time: '2026-01-02T03:04:05Z' },
    sessionless,
  ]) {
    assert.equal(recordFaults(damaged).length > 0, true, JSON.stringify(damaged));
  }
});

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === '$ref' && typeof child === 'string' ? [child] : referencesIn(child),
  );
}

function memberAt(value: unknown, names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(name);
  }
  return found;
}
