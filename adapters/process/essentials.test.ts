import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { openAnchorFolder } from '../anchor/folder-reader.ts';
import { createKey } from '../keys/key-file.ts';
import { createLedgerKey } from '../keys/ledger-key.ts';
import { auditLedgers } from '../sqlite/ledger-audit.ts';
import { draft } from '../sqlite/test/ledgers.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { openEssentials } from './essentials.ts';

const policy = `
version: 1
endpoints:
  - { name: chat, match: { host: "model.test", path: "/v1/**", methods: [POST] }, api: openai, model: { name: m } }
rules:
  - { name: all, match: { endpoint: chat }, then: allow }
`;

function configured(t: TestContext, ledger: string) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-essentials-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const folder of ['keys', 'policy', 'ledger']) mkdirSync(join(directory, folder), { mode: 0o700 });
  for (const name of ['hand-off', 'digest']) createKey(join(directory, 'keys', `${name}.key`));
  const key = createLedgerKey(createKey(join(directory, 'keys', 'ledger.key'))).key;
  writeFileSync(join(directory, 'policy', 'policy.yaml'), policy);
  const issuers = 'issuers: [{ issuer: "https://idp.test", audience: [models] }]';
  writeFileSync(join(directory, 'countersign.yaml'), `version: 1\n${issuers}\nledger: ${ledger}\n`);
  const options = {
    config: directory,
    listen: undefined,
    replica: 'p1',
    metrics: undefined,
    drainDelayMs: 0,
    drainMs: 0,
  };
  const start = () => openEssentials('proc-service', options, pino({ enabled: false }), new Metrics('0'));
  return { directory, key, start };
}

test('a service anchors its ledger to the last record, and what it anchored is what its key certified', async (t) => {
  const { directory, key, start } = configured(t, '{ directory: ledger, anchor: { directory: anchor } }');
  const essentials = await start();
  assert.ok((await essentials.ledger.append([draft('session.denied', 's1')])).ok);
  await essentials.close('sigterm');
  const anchor = openAnchorFolder(join(directory, 'anchor'));
  const trust = { pinned: [key], anchor };
  const { ledgers, findings } = auditLedgers(join(directory, 'ledger'), () => undefined, trust);
  assert.deepEqual(findings, []);
  const [{ records = 0, anchored = undefined } = {}] = ledgers;
  assert.ok(records > 2);
  assert.equal(anchored, records);
});

test('an anchor that is away keeps no service from starting, recording and ending', async (t) => {
  const { directory, start } = configured(t, '{ directory: ledger, anchor: { directory: anchor } }');
  writeFileSync(join(directory, 'anchor'), 'a file where the folder should be');
  const essentials = await start();
  assert.ok((await essentials.ledger.append([draft('session.denied', 's1')])).ok);
  await essentials.close('sigterm');
  assert.equal(auditLedgers(join(directory, 'ledger'), () => undefined).exitCode, 0);
});

test('without the long-term key a service does not start, and says which file is missing', async (t) => {
  const { directory, start } = configured(t, '{ directory: ledger }');
  rmSync(join(directory, 'keys', 'ledger.key'));
  await assert.rejects(start(), /keys\/ledger\.key: cannot be opened/);
});

test('a secret for Kafka that is not there: it does not start, and says which', async (t) => {
  const { directory, start } = configured(t, '{ directory: ledger }');
  const login = 'sasl: { mechanism: SCRAM-SHA-512, username: u, password: { file: secrets/kafka } }';
  appendFileSync(join(directory, 'countersign.yaml'), `kafka: { brokers: ["kafka.test:9093"], tls: {}, ${login} }\n`);
  await assert.rejects(start(), new RegExp(`^Error: kafka: ${directory}/secrets/kafka: cannot be opened`));
});
