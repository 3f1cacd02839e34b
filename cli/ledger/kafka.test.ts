/** The commands that read the trail from Kafka, as an auditor calls them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Broker, kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { createTestSink, kafkaConfig } from '@countersign/adapters/kafka/test/replica.ts';
import { ledgerKeyForTests } from '@countersign/adapters/keys/test/ledger-key.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { draft, ledgerFolder, open, replica, service } from '@countersign/adapters/sqlite/test/ledgers.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { countersign } from '../test/countersign.ts';

const testKey = formatNoteKey(systemHash, ledgerKeyForTests.key);

function configFolder(kafka: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-config-'));
  const issuers = 'issuers: [{ issuer: "https://idp.test", audience: [models] }]';
  fs.writeFileSync(path.join(folder, 'countersign.yaml'), `version: 1\n${issuers}\n${kafka}\n`);
  return folder;
}

for (const [what, args, words] of [
  ['without a configuration', ['--kafka'], /--kafka needs --config/],
  ['beside a folder', ['/tmp', '--kafka', '--config', '/tmp'], /not both/],
  ['beside --ledger', ['--ledger', '/tmp', '--kafka'], /cannot be used with/],
] as const) {
  test(`ledger verify --kafka ${what} is wrong usage`, async () => {
    const { status, stdout, stderr } = await countersign('ledger', 'verify', ...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, words);
  });
}

test('a configuration without Kafka, and a cluster that is away, are told in words', async () => {
  const none = await countersign('ledger', 'verify', '--kafka', '--config', configFolder(''));
  assert.deepEqual([none.status, none.stdout], [2, '']);
  assert.match(none.stderr, /no section kafka/);
  const away = await countersign(
    'ledger',
    'verify',
    '--kafka',
    '--config',
    configFolder('kafka: { brokers: ["127.0.0.1:1"] }'),
  );
  assert.deepEqual([away.status, away.stdout], [2, '']);
  assert.match(away.stderr, /no broker answers .*broker_unreachable/);
});

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 300_000 }, () => {
  let broker: Broker;
  let config: string;
  before(async () => {
    broker = await startBroker();
    config = configFolder(`kafka: { brokers: ["${broker.address}"], topic_prefix: trail, partitions: 3 }`);
  });
  after(() => broker.close());

  test('the topics verify like the folder, and the file that is exported from them like both', async (t) => {
    const empty = await countersign('ledger', 'verify', '--kafka', '--config', config);
    assert.deepEqual([empty.status, empty.stdout], [2, '']);
    assert.match(empty.stderr, /trail\.events\.v1 does not exist[\s\S]*hold no ledger/);
    const directory = ledgerFolder(t);
    const ledger = await open(directory, { partitions: 3 });
    await ledger.append([draft('session.opened', 's'), draft('session.closed', 's')]);
    await ledger.close('done');
    const live = await open(directory, { partitions: 3, publishEveryMs: 3_600_000 });
    await live.append([draft('session.denied', 't')]);
    const kafka = kafkaConfig({ brokers: [broker.address], topicPrefix: 'trail', partitions: 3 });
    const sink = createTestSink(kafka, { directory, service, replica });
    await sink.start();
    await sink.until(({ state, backlog, notes }) => state === 'connected' && backlog.records + notes.waiting === 0);
    await sink.close(10_000);

    const verified = await countersign('ledger', 'verify', '--kafka', '--config', config, '--key', testKey);
    assert.equal(verified.status, 14, verified.stderr);
    assert.match(verified.stdout, /4 records {2}closed\n/);
    assert.match(verified.stdout, /1 records after its newest checkpoint: nothing vouches for them yet/);
    assert.match(verified.stdout, /NOT CLOSED .*cannot be told from here/);
    const json = JSON.parse((await countersign('ledger', 'verify', '--kafka', '--config', config, '--json')).stdout);
    assert.deepEqual(json.kafka.uncovered, [{ ledger: live.id, records: 1, left_out: 0 }]);
    assert.equal(json.kafka.topics.length, 6);

    const out = path.join(directory, 'exported.jsonl');
    const exported = await countersign('ledger', 'export', '--kafka', '--config', config, '--out', out);
    assert.equal(exported.status, 0, exported.stderr);
    assert.match(exported.stderr, /1 of them left out/);
    const again = await countersign('ledger', 'verify', out, '--key', testKey);
    assert.equal(again.status, 14);
    assert.match(again.stdout, /2 ledgers, 5 records/);
  });
});
