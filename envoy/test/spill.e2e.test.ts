/** Requests that wait on disk: what arrives at the model, what lies on the disk meanwhile, and a disk without room. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import type { StoredRecord } from '@countersign/core/ledger/record.ts';
import { type Answer, call } from './harness/client.ts';
import { type Gateway, startTestGateway } from './harness/gateway.ts';
import { until } from './harness/processes.ts';
import { at, readTrail, terminalOf } from './harness/trail.ts';

const policy = `version: 1
endpoints:
  - name: text
    match: { host: models.bank.test, path: "/text/**", methods: [POST] }
    api: text
    model: { name: text }
    mask: { request: none, response: none }
    record: { payload: digest }
  - name: masked
    match: { host: models.bank.test, path: "/masked/**", methods: [POST] }
    api: text
    model: { name: text }
    mask: { request: bank, response: none }
  - name: raw
    match: { host: models.bank.test, path: "/raw/**", methods: [POST] }
    api: opaque
    model: { name: raw }
    mask: { request: none, response: none }
    record: { payload: digest }
  - name: json
    match: { host: models.bank.test, path: "/json/**", methods: [POST] }
    api: json
    model: { name: json }
    mask: { request: none, response: none }
rules:
  - { name: staff, match: { groups: [analysts] }, then: allow }
  - name: large-needs-approval
    match: { endpoint: masked }
    when: body.bytes > 1000000
    then: hold
    approval: { groups: [model-risk], count: 1, wait: 30s, expires: 5m }
  - name: raw-limit
    match: { endpoint: raw }
    when: body.bytes > 100000000
    then: deny
`;

let gateway: Gateway;
let token: string;
before(async () => {
  gateway = await startTestGateway({ policy, configuration: 'limits: { request_bytes: 80 MiB }' });
  gateway.model.answer = (_, response: ServerResponse) => void response.end('ok');
  token = await gateway.issuer.token('ana', ['analysts']);
});
after(() => gateway.stop());

const ask = (path: string, more: Partial<Parameters<typeof call>[0]> = {}): Promise<Answer> =>
  call({ port: gateway.port, path, token, ...more });
const end = (answer: Answer): StoredRecord =>
  terminalOf(readTrail(gateway.ledger), String(answer.headers['x-countersign-session']));
const lines = (bytes: number): Buffer =>
  Buffer.from(
    Array.from({ length: bytes / 8 }, (_, i) => `One line, ${i}\n`)
      .join('')
      .slice(0, bytes),
  );

/** What proc-service has open in the folder of spilled requests, although it has no name there. */
function spilled(): string[] {
  const fds = `/proc/${gateway.procs[0]?.child.pid}/fd`;
  return readdirSync(fds).flatMap((fd) => {
    try {
      return readlinkSync(`${fds}/${fd}`).includes('.spill') ? [`${fds}/${fd}`] : [];
    } catch {
      return [];
    }
  });
}

describe('a request that waits on disk', () => {
  for (const bytes of [64 * 1024, 64 * 1024 + 1, 128 * 1024, 1_000_000]) {
    test(`${bytes} bytes, with a length, chunked, and in a coding: forwarded as they came`, async () => {
      const body = lines(bytes);
      const pieces = Array.from({ length: Math.ceil(bytes / 50_000) }, (_, i) =>
        body.subarray(i * 50_000, (i + 1) * 50_000),
      );
      for (const how of [{ body }, { pieces }, { body: gzipSync(body), headers: { 'content-encoding': 'gzip' } }]) {
        const answer = await ask('/text/a', how);
        assert.equal(answer.status, 200);
        assert.ok(gateway.model.reached.at(-1)?.body.equals(body));
        assert.equal(gateway.model.reached.at(-1)?.headers['content-length'], String(bytes));
        assert.equal(at(end(answer), 'request', 'digest'), at(end(answer), 'request', 'forwarded_digest'));
        assert.deepEqual(at(end(answer), 'masking', 'request'), {
          profile: 'none',
          of: 'nothing',
          counts: {},
          faults: [],
        });
      }
    });
  }
  test('64 MiB, collected and decided on by its length: the same bytes, and nothing of it is left', async () => {
    const body = randomBytes(64 << 20);
    const answer = await ask('/raw/a', { body });
    assert.equal(answer.status, 200);
    assert.ok(gateway.model.reached.at(-1)?.body.equals(body));
    gateway.model.reached.length = 0;
    assert.equal(at(end(answer), 'request', 'facts', 'bytes'), String(64 << 20));
    await until('the disk is given back', () => spilled().length === 0);
  });
  test('over the limit: 413, and nothing of it is left', async () => {
    assert.equal((await ask('/raw/a', { body: Buffer.alloc(81 << 20) }).catch(() => ({ status: 413 }))).status, 413);
    await until('the disk is given back', () => spilled().length === 0);
  });
  test('JSON is read as strictly as in memory: a duplicate key behind a megabyte, bytes behind the end', async () => {
    const long = 'x'.repeat(1_000_000);
    assert.equal((await ask('/json/a', { body: JSON.stringify({ long, b: 1 }) })).status, 200);
    for (const body of [
      `{"a":1,"long":"${long}","\\u0061":2}`,
      `{"long":"${long}"} {}`,
      `{"long":"${long}\\ud800"}`,
      `{"long":"${long}`,
    ]) {
      const answer = await ask('/json/a', { body });
      assert.equal(answer.status, 400);
      assert.match(String(at(end(answer), 'refusal', 'reason')), /^body_json: /);
    }
  });
  test('its caller leaves in the middle: nothing of it is left', async () => {
    const leave = new AbortController();
    const asked = ask('/text/a', {
      pieces: [lines(500_000), lines(500_000)],
      headers: { 'content-length': '2000000' },
      signal: leave.signal,
    });
    await until('a part of it is on disk', () => spilled().length === 1);
    leave.abort();
    await assert.rejects(asked);
    await until('the disk is given back', () => spilled().length === 0);
  });
});

test('held: on disk while it waits, sealed; approved: masked, and its length is that of what is sent', async () => {
  const body = Buffer.concat([lines(1_500_000), Buffer.from(' SSN 536-22-8726 '), lines(500_000)]);
  const asked = ask('/masked/a', { body });
  const store = openApprovalStore({
    file: `${gateway.directory}/approvals.db`,
    ids: createIds(),
    clock: systemClock,
    holdsPerSubject: 10,
  });
  try {
    const pending = () => {
      const listed = store.list({ states: ['requested'], limit: 10 }, systemClock.now());
      return listed.ok ? listed.value[0] : undefined;
    };
    await until('an approval is asked for', () => pending() !== undefined);
    const [file, ...more] = spilled();
    assert.ok(file !== undefined && more.length === 0);
    const stored = readFileSync(file);
    assert.equal(stored.length, body.length + 16 * Math.ceil(body.length / 65_536));
    assert.equal(stored.includes('One line'), false);
    assert.match(pending()?.preview.text ?? '', /^One line/);
    assert.equal(pending()?.preview.truncated, true);
    const verdict = {
      verdict: 'approve',
      reason: 'looked at it',
      by: { subject: 'rex', issuer: gateway.issuer.issuer, groups: ['model-risk'], amr: [], acr: '' },
      atMs: systemClock.now(),
    } as const;
    assert.ok(store.decide(pending()?.id ?? '', verdict, systemClock.now()).ok);
    const answer = await asked;
    assert.equal(answer.status, 200);
    const reached = gateway.model.reached.at(-1);
    assert.equal(`${reached?.body}`, `${body}`.replace('536-22-8726', '***-**-****'));
    assert.equal(reached?.headers['content-length'], String(reached?.body.length));
    assert.deepEqual(at(end(answer), 'masking', 'request'), {
      profile: 'bank',
      of: 'traffic',
      counts: { us_ssn: 1 },
      faults: [],
    });
    assert.notEqual(at(end(answer), 'request', 'digest'), at(end(answer), 'request', 'forwarded_digest'));
    const mebibyte = 1_048_576;
    const kept = { bytes: mebibyte, cap: mebibyte, parts: 4, received: mebibyte, truncated: true };
    assert.deepEqual(at(end(answer), 'request', 'copy'), kept);
  } finally {
    store.close();
  }
  await until('the disk is given back', () => spilled().length === 0);
});
