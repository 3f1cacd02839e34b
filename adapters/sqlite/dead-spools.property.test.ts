/** Replicas that start, end, come back and are ended by others, in any order, with sinks that send, fail and end: each record goes once, in its order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runs } from '@countersign/core/masking/seeded-runs.testing.ts';
import type { SpoolRecord } from '@countersign/core/ports.ts';
import { times } from '@countersign/envoy/test/harness/tier.ts';
import fc from 'fast-check';
import { type HostSpool, openHostSpool } from './host-spool.ts';
import type { OpenLedger } from './ledger.ts';
import { draft, ledgerFolder, open, service } from './test/ledgers.ts';

const names = ['a', 'b', 'c'] as const;
const minuteMs = 60_000;

const step = fc.record({
  kind: fc.oneof(
    fc.constantFrom('start', 'sink', 'write', 'end ledger', 'end sink', 'end for it', 'refused'),
    // Most of the time somebody sends, and time passes.
    fc.constantFrom('send', 'send', 'send', 'minutes', 'seconds'),
  ),
  who: fc.constantFrom(...names),
  count: fc.integer({ min: 1, max: 20 }),
});
const steps = fc.array(step, { minLength: 40, maxLength: 120 });

interface Replica {
  ledger: OpenLedger | undefined;
  sink: HostSpool | undefined;
  /** On its way to Kafka. */
  sent: readonly SpoolRecord[];
}

class World {
  nowMs = 0;
  readonly #directory: string;
  readonly #replicas = new Map<string, Replica>();
  /** Of each ledger, how many records were written. */
  readonly #written = new Map<string, number>();
  /** Of each lane, the number that has to come next. */
  readonly #next = new Map<string, number>();
  readonly #holders = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async start(who: string): Promise<void> {
    if (this.#replicas.has(who)) return;
    const ledger = await open(this.#directory, { replica: who });
    this.#written.set(ledger.id, 1);
    this.#replicas.set(who, { ledger, sink: undefined, sent: [] });
  }

  sink(who: string): void {
    const replica = this.#replicas.get(who);
    if (replica === undefined) return;
    const place = { directory: this.#directory, service, replica: who };
    const onTrouble = (of: string, error: unknown): never => assert.fail(`${of}: ${String(error)}`);
    replica.sink ??= openHostSpool({ place, clock: { monotonic: () => this.nowMs }, onTrouble });
  }

  async write(who: string, count: number): Promise<void> {
    const ledger = this.#replicas.get(who)?.ledger;
    if (ledger === undefined) return;
    await ledger.append(Array.from({ length: count }, (_, n) => draft('session.closed', `s${n}`)));
    this.#wrote(ledger, count);
  }

  async endLedger(who: string): Promise<void> {
    const replica = this.#replicas.get(who);
    if (replica?.ledger === undefined) return;
    await replica.ledger.close('done');
    this.#wrote(replica.ledger, 1);
    replica.ledger = undefined;
    if (replica.sink === undefined) this.#replicas.delete(who);
  }

  /** After its ledger, as a service does. */
  async endSink(who: string): Promise<void> {
    await this.endLedger(who);
    const replica = this.#replicas.get(who);
    if (replica === undefined) return;
    this.#acknowledge(replica);
    replica.sink?.close();
    this.#replicas.delete(who);
  }

  /** What a peer does for a replica that nobody writes as. */
  async endForIt(who: string): Promise<void> {
    if (this.#replicas.has(who)) return;
    const ledger = await open(this.#directory, { replica: who });
    this.#written.set(ledger.id, 1);
    await ledger.close('dead');
    this.#wrote(ledger, 1);
  }

  /** What was sent arrived, and more is taken. */
  send(who: string, count: number): void {
    const replica = this.#replicas.get(who);
    if (replica?.sink === undefined) return;
    this.#acknowledge(replica);
    const notes = replica.sink.nextNotes(count);
    if (notes.length > 0) replica.sink.acknowledgeNotes(notes, '0');
    replica.sent = replica.sink.next(count, 1e9);
    const [first] = replica.sent;
    if (first === undefined) return;
    const holder = this.#holders.get(first.ledger);
    assert.ok(holder === undefined || holder === who, `${first.ledger} is sent by ${holder} and ${who}`);
    this.#holders.set(first.ledger, who);
  }

  refused(who: string): void {
    const replica = this.#replicas.get(who);
    const [first] = replica?.sent ?? [];
    if (replica?.sink === undefined || first === undefined || !replica.sink.setAside(replica.sent)) return;
    this.#holders.delete(first.ledger);
    replica.sent = [];
  }

  /** Everybody ends, and somebody new has the time to deliver what is left. */
  async end(): Promise<void> {
    for (const who of names) await this.endSink(who);
    await this.start('last');
    this.sink('last');
    for (let look = 0; look < 60; look++) {
      this.nowMs += minuteMs;
      for (let batch = 0; batch < 10; batch++) this.send('last', 50);
    }
    await this.endLedger('last');
    for (let batch = 0; batch < 10; batch++) this.send('last', 50);
    const sink = this.#replicas.get('last')?.sink;
    assert.deepEqual([sink?.backlog().records, sink?.waitingNotes()], [0, 0]);
    await this.endSink('last');
    const arrived = new Map<string, number>();
    for (const [lane, count] of this.#next) {
      const ledger = lane.split(' ')[0] ?? '';
      arrived.set(ledger, (arrived.get(ledger) ?? 0) + count);
    }
    assert.deepEqual(new Map([...arrived].toSorted()), new Map([...this.#written].toSorted()));
  }

  #wrote({ id }: OpenLedger, count: number): void {
    this.#written.set(id, (this.#written.get(id) ?? 0) + count);
  }

  #acknowledge(replica: Replica): void {
    const [first] = replica.sent;
    if (first === undefined) return;
    for (const { ledger, topic, partition, pseq } of replica.sent) {
      const lane = `${ledger} ${topic} ${partition}`;
      assert.equal(pseq, this.#next.get(lane) ?? 0, `${lane}: in its order, and once`);
      this.#next.set(lane, pseq + 1);
    }
    replica.sink?.acknowledge(replica.sent, '0');
    this.#holders.delete(first.ledger);
    replica.sent = [];
  }
}

test('whatever happens in whatever order: each record is sent by one sink, once, in its order, and in the end all of them were', async (t) => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const world = new World(ledgerFolder(t));
      for (const { kind, who, count } of history) {
        if (kind === 'start') await world.start(who);
        else if (kind === 'sink') world.sink(who);
        else if (kind === 'write') await world.write(who, count);
        else if (kind === 'end ledger') await world.endLedger(who);
        else if (kind === 'end sink') await world.endSink(who);
        else if (kind === 'end for it') await world.endForIt(who);
        else if (kind === 'refused') world.refused(who);
        else if (kind === 'send') world.send(who, count);
        else world.nowMs += count * (kind === 'minutes' ? minuteMs : 1_000);
      }
      await world.end();
    }),
    runs(t, times(300, 6)),
  );
});
