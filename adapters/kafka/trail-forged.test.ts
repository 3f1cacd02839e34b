/** A trail in Kafka as somebody left it who may write to the topics, or delete from them: each change has its finding and its exit code. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { writeNote } from '@countersign/core/ledger/notes/note.ts';
import { createRunKey } from '../keys/run-key.ts';
import { systemHash } from '../process/system.ts';
import { kafkaMissing } from './test/broker.ts';
import { auditCopy, type DeliveredTrail, isRecord, startDeliveredTrail, textOf } from './test/delivered-trail.ts';
import { type TrailMessage, trailTopics } from './test/trail-copy.ts';

const skip = kafkaMissing() ?? false;
describe('against a real broker', { skip, timeout: 600_000 }, () => {
  let trail: DeliveredTrail;
  before(async () => {
    trail = await startDeliveredTrail();
  });
  after(() => trail.close());

  /** The records of the first ledger at a place: four a session, as they were appended, behind the opening. */
  const at =
    (seq: number) =>
    (message: TrailMessage): boolean => {
      if (!isRecord(message)) return false;
      const { chain } = JSON.parse(textOf(message));
      return chain.ledger === trail.firstLedger && chain.seq === seq;
    };
  const seqOf = (message: TrailMessage): number => JSON.parse(textOf(message)).chain.seq;
  const withText = (message: TrailMessage, value: string): TrailMessage => ({ ...message, value: Buffer.from(value) });
  const edited = (message: TrailMessage): TrailMessage =>
    withText(message, textOf(message).replace('"data":{}', '"data":{"a":1}'));
  const swapped = (all: readonly TrailMessage[], ...seqs: readonly [number, number]): readonly TrailMessage[] => {
    const [a, b] = seqs.map((seq) => all.find(at(seq)));
    return all.map((message) => (message === a ? b : message === b ? a : message) ?? message);
  };
  /** A checkpoint of the first ledger, of one record more, by a key of somebody else. */
  const forgedCheckpoint = (): TrailMessage => {
    const { key, sign } = createRunKey(trail.firstLedger);
    const text = `${trail.firstLedger}\n83\n${Buffer.alloc(32).toString('base64')}\n`;
    const value = Buffer.from(writeNote(systemHash, text, key, sign(Buffer.from(text))));
    return { topic: 'checkpoints', partition: 0, key: trail.firstLedger, value };
  };
  const isLastCheckpoint = (message: TrailMessage): boolean =>
    message.topic === 'checkpoints' && textOf(message).startsWith(`${trail.firstLedger}\n82\n`);
  const isOfFirst = (message: TrailMessage): boolean =>
    textOf(message).includes(trail.firstLedger) && !textOf(message).includes('"previous":{');

  type All = readonly TrailMessage[];
  const changes: readonly (readonly [string, (all: All) => All, number, string])[] = [
    ['a record removed', (all) => all.filter((message) => !at(6)(message)), 11, 'records_missing'],
    [
      'a record edited',
      (all) => all.map((message) => (at(5)(message) ? edited(message) : message)),
      10,
      'prev_differs',
    ],
    ['records in another order', (all) => swapped(all, 5, 9), 10, 'reordered'],
    ['another record for the same place', (all) => [...all, ...all.filter(at(5)).map(edited)], 12, 'repeated_seq'],
    ['the end taken away', (all) => all.filter((message) => !isRecord(message) || seqOf(message) < 70), 11, 'tail_cut'],
    ['a forged checkpoint', (all) => [...all, forgedCheckpoint()], 13, 'checkpoint_forged'],
    [
      'the last checkpoint taken away',
      (all) => all.filter((message) => !isLastCheckpoint(message)),
      10,
      'records_unsigned',
    ],
    ['no certificates', (all) => all.filter(({ topic }) => topic !== 'keys'), 13, 'no_certificate'],
    [
      'a second certificate',
      (all) => [
        ...all,
        ...all
          .filter(({ topic }) => topic === 'keys')
          .map((message) => withText(message, textOf(message).replace(/\n\d{4}-/, '\n2001-'))),
      ],
      13,
      'no_certificate',
    ],
    ['a whole ledger taken away', (all) => all.filter((message) => !isOfFirst(message)), 11, 'ledger_missing'],
    [
      'a record again in another partition',
      (all) => [...all, ...all.filter(at(5)).map((each) => ({ ...each, partition: (each.partition + 1) % 3 }))],
      10,
      'not_a_record',
    ],
    [
      'a record again in another topic',
      (all) => [...all, ...all.filter(at(5)).map((each) => ({ ...each, topic: 'admin' as const, partition: 0 }))],
      10,
      'not_a_record',
    ],
  ];
  for (const [what, change, exitCode, reason] of changes) {
    test(`${what}: ${reason}, exit code ${exitCode}`, async () => {
      const { findings, exitCode: found } = await auditCopy(trail, change);
      assert.ok(
        findings.some((finding) => finding.reason === reason),
        JSON.stringify(findings),
      );
      assert.equal(found, exitCode, JSON.stringify(findings));
    });
  }

  test('messages that are nothing of ours are told with topic, partition and offset, in every topic; the ledgers stay whole', async () => {
    const hostile = [
      null,
      Buffer.alloc(0),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('{}'),
      Buffer.from('{"a":1,"a":1}'),
      Buffer.from('a\n\n— b c\n'),
      Buffer.alloc(200_000, '['),
    ];
    const strays = trailTopics.flatMap((topic) =>
      hostile.map((value) => ({ topic, partition: 2, key: trail.firstLedger, value })),
    );
    const { prefix, findings, exitCode, ledgers } = await auditCopy(trail, (all) => [...all, ...strays]);
    assert.equal(exitCode, 10);
    assert.equal(findings.length, strays.length);
    for (const topic of trailTopics) {
      const own = findings.filter(({ ledger }) => ledger === `${prefix}.${topic}.v1/2`);
      assert.equal(new Set(own.map(({ seq }) => seq)).size, hostile.length, topic);
    }
    assert.deepEqual(
      ledgers.map(({ end, root }) => [end, root !== undefined]),
      [
        ['closed', true],
        ['closed', true],
      ],
    );
  });
});
