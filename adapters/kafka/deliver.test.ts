import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpoolMessage } from '@countersign/core/ports.ts';
import { err, ok, type Result } from '@countersign/core/result.ts';
import fc from 'fast-check';
import type { BrokerLink } from './broker-link.ts';
import { deliver } from './deliver.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Problem, SinkReason } from './problem.ts';
import { type ArraySpool, createArraySpool } from './test/array-spool.ts';

/** The answer to one send, or to one attempt to connect; `hang` never comes. */
type Answer = 'written' | 'hang' | SinkReason;

interface Run {
  readonly spool: ArraySpool;
  readonly lifecycle: Lifecycle;
  /** Every batch put on the wire, failed ones too. */
  readonly sent: (readonly SpoolMessage[])[];
  readonly problems: (Problem & { readonly attempts: number })[];
  readonly links: { readonly discarded: () => boolean; readonly lose: () => void }[];
  readonly finished: Promise<void>;
}

/** The sender with a broker that answers by a function: a real one does not give the odd answers when asked. */
function run(spool: ArraySpool, answerTo: (batch: readonly SpoolMessage[], count: number) => Answer, refuse = 0): Run {
  const lifecycle = withoutPauses(createLifecycle());
  const sent: (readonly SpoolMessage[])[] = [];
  const problems: (Problem & { readonly attempts: number })[] = [];
  const links: Run['links'] = [];
  let refused = 0;
  const connect = async (lose: () => void): Promise<Result<BrokerLink, Problem>> => {
    if (refused++ < refuse) return err({ reason: 'broker_unreachable', detail: 'refused' });
    let discarded = false;
    links.push({ discarded: () => discarded, lose });
    return ok({
      topics: { partitions: new Map(), drift: [], unreadable: [] },
      discard: () => {
        discarded = true;
      },
      send: async (batch) => {
        assert.equal(discarded, false, 'a discarded link is never used again');
        const answer = answerTo(batch, sent.push(batch));
        if (answer === 'hang') return await new Promise(() => undefined);
        return answer === 'written' ? ok('0') : err({ reason: answer, detail: 'said the broker' });
      },
    });
  };
  const report = {
    connected() {},
    acknowledged() {
      if (spool.backlog().records === 0) lifecycle.drain();
    },
    notesAcknowledged() {},
    notesFailed() {},
    idle() {},
    failed: (problem: Problem, attempts: number) => void problems.push({ ...problem, attempts }),
  };
  return {
    spool,
    lifecycle,
    sent,
    problems,
    links,
    finished: deliver({ spool, lifecycle, connect, report, random: () => 0 }),
  };
}

function withoutPauses(real: Lifecycle): Lifecycle {
  return Object.create(real, { pause: { value: async () => undefined } });
}

function filled(count: number, bytes = 200): ArraySpool {
  const spool = createArraySpool();
  for (let index = 0; index < count; index++) spool.append({ topic: 'events', partition: 0, bytes });
  return spool;
}

test('whatever the broker answers, every record is acknowledged once, in order, and only after it was written', async () => {
  const answers = fc.array(fc.constantFrom<Answer>('written', 'unverified_answer', 'broker_timeout', 'leader_moving'), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 700 }), answers, fc.nat(3), async (count, script, refusals) => {
      const written = new Set<SpoolMessage>();
      const { spool, finished } = run(
        filled(count),
        (batch, index) => {
          const answer = script[index - 1] ?? 'written';
          if (answer === 'written') for (const record of batch) written.add(record);
          return answer;
        },
        refusals,
      );
      await finished;
      assert.deepEqual(spool.acknowledged, spool.appended);
      assert.equal(written.size, count);
    }),
    { numRuns: 40 },
  );
});

test('a batch that failed is sent again unchanged, over a new link, although more records have come meanwhile', async () => {
  const { spool, sent, links, finished, problems } = run(filled(3), (_, count) => {
    if (count >= 4) return 'written';
    spool.append({ topic: 'events', partition: 0 });
    return 'unverified_answer';
  });
  await finished;
  const [first, ...repeats] = sent.slice(0, 4);
  for (const repeat of repeats) assert.deepEqual(repeat, first);
  assert.equal(first?.length, 3);
  assert.deepEqual(
    links.slice(0, 3).map(({ discarded }) => discarded()),
    [true, true, true],
  );
  assert.deepEqual(
    problems.map(({ attempts }) => attempts),
    [1, 2, 3],
  );
});

test('batches stay within 200 records and 900 KB, and belong to one partition of one topic', async () => {
  const spool = filled(250);
  for (let index = 0; index < 3; index++) spool.append({ topic: 'payloads', partition: 1, bytes: 400 * 1024 });
  const { sent, finished } = run(spool, () => 'written');
  await finished;
  assert.deepEqual(
    sent.map((batch) => batch.length),
    [200, 50, 2, 1],
  );
});

test('a topic that takes less than usual gets smaller batches', async () => {
  const { spool, sent, finished } = run(filled(40), (batch) => (batch.length > 10 ? 'record_too_large' : 'written'));
  await finished;
  assert.deepEqual(spool.acknowledged, spool.appended);
  assert.deepEqual(
    sent.slice(0, 4).map((batch) => batch.length),
    [40, 20, 10, 10],
  );
});

test('one record that the topic does not take is named, tried again, and never skipped', async () => {
  let tries = 0;
  const { spool, problems, lifecycle, finished } = run(filled(1, 5_000), () => {
    if (++tries === 5) lifecycle.stop();
    return 'record_too_large';
  });
  await finished;
  assert.deepEqual(spool.acknowledged, []);
  assert.match(problems[0]?.detail ?? '', /record proc-service\/replica-0\/01K9ZZZZZZZZZZZZZZZZZZZZZZ\/0, \d+ bytes/);
});

test('stopping does not wait for an answer that never comes', async () => {
  const { spool, lifecycle, finished, links } = run(filled(1), () => {
    setImmediate(() => lifecycle.stop());
    return 'hang';
  });
  await finished;
  assert.deepEqual(spool.acknowledged, []);
  assert.equal(links[0]?.discarded(), true);
});

test('an idle link that loses its connection is replaced at once, so that the status is true', async () => {
  const { links, lifecycle, finished } = run(filled(0), () => 'written');
  await until(() => links.length === 1);
  links[0]?.lose();
  await until(() => links.length === 2);
  assert.equal(links[0]?.discarded(), true);
  lifecycle.drain();
  await finished;
});

test('a checkpoint goes when all records it covers are acknowledged, and never before', async () => {
  const spool = filled(250);
  spool.appendCheckpoint();
  const { sent, finished } = run(spool, () => 'written');
  await finished;
  assert.deepEqual(
    sent.map((batch) => batch.map(({ topic }) => topic)),
    [...[200, 50].map((count) => Array.from({ length: count }, () => 'events')), ['checkpoints']],
  );
});

test('a topic that takes no checkpoints holds up no record, and gets them once it does', async () => {
  const spool = filled(10);
  spool.appendCheckpoint();
  let refusals = 0;
  const { finished, problems } = run(spool, ([first]) => {
    if (first?.topic !== 'checkpoints' || refusals >= 3) return 'written';
    refusals += 1;
    spool.append({ topic: 'events', partition: 0 });
    return 'no_write_permission';
  });
  await finished;
  assert.equal(spool.acknowledged.length, 13);
  assert.equal(spool.acknowledgedNotes.length, 1);
  assert.deepEqual(problems, [], 'calls that wait for the broker are not told of it');
});

/** Lets other work run until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
