import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Approval } from '@countersign/core/approval/approval.ts';
import { issuer, minute, requestOf, startMs } from '@countersign/core/approval/request.testing.ts';
import { applyEvent } from '@countersign/core/approval/transitions.ts';
import { asks, good, openStore, refusal, temporaryFile, verdictOf } from './test/approvals.ts';

test('the current row is the fold of the events, and nobody rewrites events', (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request({ ...requestOf(), terms: { ...requestOf().terms, count: 2 } }, startMs));
  good(store.decide(approval.id, verdictOf('rex'), startMs + 1));
  good(store.decide(approval.id, verdictOf('mia'), startMs + 2));
  good(store.consume(approval.id, 'S1', approval.binding, startMs + 3));
  let folded: Approval | undefined;
  for (const event of good(store.history(approval.id))) folded = good(applyEvent(folded, event));
  assert.deepEqual(folded, good(store.get(approval.id, startMs + 4)));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  assert.throws(() => db.exec(`UPDATE events SET type = 'denied'`), /append-only/);
  assert.throws(() => db.exec('DELETE FROM events'), /append-only/);
});

test('a whole principal or decision handed in leaves nothing else in the file', (context) => {
  const store = openStore(context, temporaryFile(context));
  const requester = { subject: 'ana', issuer, tokenId: 'jti-secret', method: 'oidc', groups: [], expires: 1 };
  const terms = { ...requestOf().terms, rule: 'bulk' };
  const { approval } = good(store.request({ ...requestOf(), requester, terms }, startMs));
  const verdict = verdictOf('rex');
  good(store.decide(approval.id, { ...verdict, by: { ...verdict.by, ...{ tokenId: 'jti-secret' } } }, startMs));
  assert.doesNotMatch(JSON.stringify([approval, good(store.history(approval.id))]), /jti-secret/);
});

test('a terms count below one never becomes a request', (context) => {
  const store = openStore(context, temporaryFile(context));
  const request = { ...requestOf(), terms: { ...requestOf().terms, count: 0 } };
  assert.equal(refusal(store.request(request, startMs)), 'ERR_APPROVAL_STORE event_invalid');
});

test('a locked file and a closed store are answers, never exceptions', async (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(asks('ana'), startMs));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  db.exec('BEGIN IMMEDIATE');
  assert.equal(refusal(store.request(asks('bob'), startMs)), 'ERR_APPROVAL_STORE store_busy');
  assert.equal(good(store.get(approval.id, startMs)).state, 'requested', 'reading needs no lock');
  db.exec('ROLLBACK');
  good(store.request(asks('bob'), startMs));
  const other = good(store.request(asks('kim'), startMs)).approval;
  const waiting = store.settled(other.id, startMs + minute, new AbortController().signal);
  store.close();
  store.close();
  assert.equal(refusal(await waiting), 'ERR_APPROVAL_STORE store_closed');
  assert.equal(refusal(store.get(other.id, startMs)), 'ERR_APPROVAL_STORE store_closed');
  assert.equal(refusal(store.sweep(startMs, minute)), 'ERR_APPROVAL_STORE store_closed');
});

test('a row that was tampered with stops everything that would have to trust it', (context) => {
  const file = temporaryFile(context);
  const store = openStore(context, file);
  const { approval } = good(store.request(asks('ana'), startMs));
  const db = new DatabaseSync(file);
  context.after(() => db.close());
  db.prepare(`UPDATE current SET document = '{"state":"approved"}' WHERE id = ?`).run(approval.id);
  const unreadable = 'ERR_APPROVAL_STORE row_unreadable';
  assert.equal(refusal(store.get(approval.id, startMs)), unreadable);
  assert.equal(refusal(store.list({ limit: 5 }, startMs)), unreadable);
  assert.equal(refusal(store.consume(approval.id, 'S1', approval.binding, startMs)), unreadable);
  assert.equal(refusal(store.request(asks('bob'), startMs)), unreadable);
});

test('a file that others may read, or that is no store, does not open', (context) => {
  const file = temporaryFile(context);
  writeFileSync(file, 'not a database, but long enough to be read as the header of one'.repeat(20), { mode: 0o600 });
  assert.throws(() => openStore(context, file), /not a database/);
  writeFileSync(file, '');
  chmodSync(file, 0o640);
  assert.throws(() => openStore(context, file), /open to other users/);
});
