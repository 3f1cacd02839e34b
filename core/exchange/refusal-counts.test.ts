import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LedgerError, RecordDraft } from '../ledger/record.ts';
import { draftFault } from '../ledger/records/catalogue.ts';
import { err, ok, type Result } from '../result.ts';
import { deniedByAuthz } from './records.ts';
import { RefusalCounts, type RefusalRates, windowMs } from './refusal-counts.ts';

type Outcome = Result<readonly never[], LedgerError>;

/** A ledger whose appends wait for `settle`, unless `isQuick`. */
class Stage {
  nowMs = 1_790_000_000_000;
  readonly written: RecordDraft[] = [];
  readonly #waiting: (() => void)[] = [];
  #timer: (() => void) | undefined;
  isQuick = true;
  isFull = false;
  readonly refusals: RefusalCounts;
  #sessions = 0;

  constructor(rates: RefusalRates) {
    this.refusals = new RefusalCounts('authz-service', rates, {
      clock: { now: () => this.nowMs, monotonic: () => this.nowMs },
      timers: {
        after: (_, run) => {
          this.#timer = run;
          return () => {
            this.#timer = undefined;
          };
        },
        turn: () => Promise.resolve(),
      },
      ledger: { id: 'l', append: (drafts) => this.#append(drafts), close: () => Promise.resolve() },
    });
  }

  #append(drafts: readonly RecordDraft[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const answer = (): void => {
        resolve(this.#write(drafts));
      };
      if (this.isQuick) answer();
      else this.#waiting.push(answer);
    });
  }

  #write(drafts: readonly RecordDraft[]): Outcome {
    if (this.isFull) return err({ code: 'ERR_LEDGER_FULL', reason: 'disk_full' });
    for (const draft of drafts) assert.equal(draftFault(draft), undefined);
    this.written.push(...drafts);
    return ok([]);
  }

  settle(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }

  refuse(ip: string | undefined, reason = 'ERR_CREDENTIAL credential_missing'): Promise<Result<unknown, LedgerError>> {
    const session = `01M83J0W0H${String(this.#sessions++).padStart(16, '0')}`;
    const source = ip === undefined ? undefined : { ip, port: 1 };
    const seen = { method: 'POST', authority: 'h', path: '/', headers: [], ...(source && { source }) };
    return this.refusals.record({
      session,
      source,
      reason,
      draft: (countingUntilMs) =>
        deniedByAuthz(
          session,
          seen,
          { refusal: { code: 'ERR_CREDENTIAL', reason } },
          { revision: 'r', nowMs: this.nowMs, countingUntilMs },
          (text) => text,
        ),
    });
  }

  async refuseOften(ips: readonly string[]): Promise<void> {
    for (const ip of ips) assert.ok((await this.refuse(ip)).ok);
  }

  async windowEnds(): Promise<void> {
    this.nowMs += windowMs;
    this.#timer?.();
    await new Promise(setImmediate);
  }

  get stored(): readonly RecordDraft[] {
    return this.written.filter(({ type }) => type === 'session.denied');
  }
  get counted(): readonly Record<string, unknown>[] {
    return this.written.flatMap(({ type, data }) => (type === 'refusals.counted' ? [data] : []));
  }
  get sum(): number {
    return this.counted.reduce((sum, { count }) => sum + Number(count), 0);
  }
}

const times = (count: number, ip: string): readonly string[] => Array.from({ length: count }, () => ip);
const untilOf = ({ data }: RecordDraft): unknown =>
  new Map(Object.entries(data['unmapped'] ?? {})).get('counting_until');

describe('refusals of strangers', () => {
  test('up to the rate each is a record; the last one says that from here on they are counted, and until when', async () => {
    const stage = new Stage({ perSource: 3, total: 100 });
    await stage.refuseOften(times(10, '192.0.2.1'));
    assert.equal(stage.stored.length, 3);
    assert.deepEqual(stage.stored.map(untilOf), [undefined, undefined, stage.nowMs + windowMs]);
    await stage.windowEnds();
    assert.equal(stage.counted.length, 1);
    const [only] = stage.counted;
    assert.equal(only?.['count'], 7);
    assert.deepEqual(only?.['src_endpoint'], { ip: '192.0.2.1' });
  });

  test('none is answered before it, or what announces its counting, is durable', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    stage.isQuick = false;
    let answered = 0;
    const all = [1, 2, 3].map(() => stage.refuse('192.0.2.1').then(() => answered++));
    await new Promise(setImmediate);
    assert.equal(answered, 0);
    stage.settle();
    await Promise.all(all);
    assert.equal(answered, 3);
    assert.equal(stage.stored.length, 1);
  });

  test('when the announcement cannot be recorded, none is answered as refused, and the next tries again', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    stage.isFull = true;
    const outcomes = await Promise.all([stage.refuse('192.0.2.1'), stage.refuse('192.0.2.1')]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok),
      [false, false],
    );
    stage.isFull = false;
    assert.ok((await stage.refuse('192.0.2.1')).ok);
    assert.equal(stage.stored.length, 1);
  });

  test('counts that cannot be written are owed, and written with the next', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    await stage.refuseOften(times(5, '192.0.2.1'));
    stage.isFull = true;
    await stage.windowEnds();
    assert.equal(stage.counted.length, 0);
    stage.isFull = false;
    await stage.refusals.flush();
    assert.equal(stage.sum, 4);
  });

  test('those that a slow disk kept waiting beyond the end of their window are one record', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    stage.isQuick = false;
    const waiting = times(6, '192.0.2.1').map((ip) => stage.refuse(ip));
    await stage.windowEnds();
    const next = stage.refuse('192.0.2.2');
    stage.isQuick = true;
    stage.settle();
    await Promise.all([...waiting, next]);
    await stage.refusals.flush();
    assert.deepEqual(
      stage.counted.map(({ count }) => count),
      [5],
    );
  });

  test('another window stores anew', async () => {
    const stage = new Stage({ perSource: 2, total: 100 });
    await stage.refuseOften(times(3, '192.0.2.1'));
    await stage.windowEnds();
    await stage.refuseOften(times(3, '192.0.2.1'));
    assert.equal(stage.stored.length, 4);
  });

  test('one source does not use up the rate of another', async () => {
    const stage = new Stage({ perSource: 2, total: 100 });
    await stage.refuseOften([...times(50, '192.0.2.1'), '192.0.2.2']);
    assert.equal(stage.stored.length, 3);
  });

  test('addresses of one /64 are one source, whoever chooses among its 2^64; an IPv4 address is the same however it is written', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    await stage.refuseOften(Array.from({ length: 40 }, (_, index) => `2001:db8:0:1::${index.toString(16)}`));
    await stage.refuseOften(['192.0.2.1', '::ffff:192.0.2.1']);
    await stage.windowEnds();
    assert.deepEqual(
      stage.counted.map(({ count, src_endpoint }) => [count, src_endpoint]),
      [
        [39, { ip: '2001:db8:0:1::' }],
        [1, { ip: '192.0.2.1' }],
      ],
    );
  });

  test('a hundred thousand addresses: no more records than the total and a hundred, the sum is right, memory has a bound', async () => {
    const stage = new Stage({ perSource: 30, total: 300 });
    const calls = 100_000;
    for (let index = 0; index < calls; index++) {
      void stage.refuse(`${10 + (index >> 24)}.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`);
      if (index % 1000 === 999) await new Promise(setImmediate);
    }
    await stage.windowEnds();
    assert.equal(stage.stored.length, 300);
    assert.ok(stage.counted.length <= 100, `${stage.counted.length} records`);
    assert.equal(stage.sum, calls - 300);
    const unknown = stage.counted.filter(({ src_endpoint }) => JSON.stringify(src_endpoint).includes('unknown'));
    assert.equal(unknown.length, 1);
  });

  test('reasons are kept apart, sixteen of them', async () => {
    const stage = new Stage({ perSource: 1, total: 100 });
    for (let index = 0; index < 40; index++) await stage.refuse('192.0.2.1', `reason ${index}`);
    await stage.windowEnds();
    const reasons = new Map(Object.entries(stage.counted[0]?.['unmapped'] ?? {})).get('reasons');
    assert.equal(Object.keys(reasons).length, 17);
    assert.equal(reasons.other, 23);
  });

  test('of any refusals in any order, in any windows, each is stored or counted, once', async () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.nat({ max: 8 }).map((host) => `192.0.2.${host}`) },
      { weight: 2, arbitrary: fc.constant('window ends' as const) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.nat(6), fc.nat(20), async (steps, perSource, total) => {
        const stage = new Stage({ perSource: perSource + 1, total: total + 1 });
        let refused = 0;
        for (const each of steps) {
          if (each === 'window ends') await stage.windowEnds();
          else {
            refused++;
            assert.ok((await stage.refuse(each)).ok);
          }
        }
        await stage.refusals.flush();
        assert.equal(stage.stored.length + stage.sum, refused);
      }),
      { numRuns: 200 },
    );
  });
});
