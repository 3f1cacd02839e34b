/** A pack of what Kafka has: of hosts whose disks are gone, and of what was pruned. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kafkaMissing, startBroker } from '@countersign/adapters/kafka/test/broker.ts';
import { deliver } from '@countersign/adapters/kafka/test/delivered-trail.ts';
import { systemHash } from '@countersign/adapters/process/system.ts';
import { formatNoteKey } from '@countersign/core/ledger/notes/note.ts';
import { countersign } from '../test/countersign.ts';
import { stageEvidence } from './stage.testing.ts';

const skip = kafkaMissing() ?? false;

test('evidence export --kafka needs nothing of the ledgers on disk, and says where it read', { skip }, async (t) => {
  const { folder, out, directory, keys } = await stageEvidence(t);
  const broker = await startBroker();
  t.after(() => broker.close());
  await deliver(broker, directory, 'packed', { partitions: 4 });
  fs.appendFileSync(
    join(folder, 'countersign.yaml'),
    `kafka: { brokers: ["${broker.address}"], topic_prefix: packed, partitions: 4 }\n`,
  );
  fs.rmSync(directory, { recursive: true });
  fs.mkdirSync(directory, { mode: 0o700 });
  const key = formatNoteKey(systemHash, keys.key);
  const period = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z'];
  const asked = ['--out', out, '--reason', 'the examiner asked', '--key', key, '--json'];
  const exported = await countersign('evidence', 'export', '--config', folder, '--kafka', ...period, ...asked);
  assert.equal(exported.status, 1, exported.stderr);
  assert.equal(JSON.parse(exported.stdout).ledgers, 2);
  const page = fs.readFileSync(join(out, 'report.html'), 'utf8');
  assert.match(page, /the topics of packed/);
  assert.match(page, /2 ledgers, \d+ records: consistent with themselves\./);
  const verified = await countersign('ledger', 'verify', join(out, 'records.jsonl'), '--key', key);
  assert.equal(verified.status, 0, verified.stdout);
});
