import { createHash } from 'node:crypto';
import type { SpoolNote } from '@countersign/core/ledger/spool-note.ts';
import type { Spool, SpoolRecord } from '@countersign/core/ports.ts';

/** A spool in memory, for tests of the sender alone; it checks that acknowledgements come in order and for what it gave. */
export interface ArraySpool extends Spool {
  append(place: { readonly topic: string; readonly partition: number; readonly bytes?: number }): SpoolRecord;
  readonly appended: readonly SpoolRecord[];
  readonly acknowledged: readonly SpoolRecord[];
  appendCheckpoint(): SpoolNote;
  readonly acknowledgedNotes: readonly SpoolNote[];
}

export const testLedger = 'proc-service/replica-0/01K9ZZZZZZZZZZZZZZZZZZZZZZ';

export function createArraySpool(): ArraySpool {
  const appended: SpoolRecord[] = [];
  const acknowledged: SpoolRecord[] = [];
  let pending: SpoolRecord[] = [];
  const notes: SpoolNote[] = [];
  const acknowledgedNotes: SpoolNote[] = [];
  const sameLane = (a: SpoolRecord, b: SpoolRecord) => a.topic === b.topic && a.partition === b.partition;
  return {
    appended,
    acknowledged,
    append({ topic, partition, bytes = 200 }) {
      const seq = appended.length;
      const pseq = appended.filter((other) => other.topic === topic && other.partition === partition).length;
      const pad = 'x'.repeat(bytes);
      const value = Buffer.from(JSON.stringify({ chain: { ledger: testLedger, pseq, seq }, pad }));
      const leaf = createHash('sha256').update(Uint8Array.of(0)).update(value).digest();
      const key = seq % 5 === 0 ? testLedger : `session-${seq % 3}`;
      const time = '2026-11-23T06:00:00.000Z';
      const record = {
        ledger: testLedger,
        seq,
        pseq,
        topic,
        partition,
        type: 'session.closed',
        key,
        time,
        value,
        leaf,
      };
      appended.push(record);
      pending.push(record);
      return record;
    },
    setAside: () => false,
    next(maxRecords, maxBytes) {
      const [first] = pending;
      if (first === undefined) return [];
      const lane = pending.filter((record) => sameLane(record, first)).slice(0, maxRecords);
      let bytes = 0;
      const fitting = lane.findIndex(({ value }, index) => {
        bytes += value.byteLength;
        return index > 0 && bytes > maxBytes;
      });
      return fitting === -1 ? lane : lane.slice(0, fitting);
    },
    acknowledge(records) {
      const [first] = records;
      const lane = first === undefined ? [] : pending.filter((record) => sameLane(record, first));
      if (records.some((record, index) => record !== lane[index])) throw new Error('acknowledged out of order');
      acknowledged.push(...records);
      pending = pending.filter((record) => !records.includes(record));
    },
    acknowledgedNotes,
    appendCheckpoint() {
      const place = { ledger: testLedger, topic: 'checkpoints', partition: 0, key: testLedger } as const;
      const note = { ...place, pseq: notes.length, size: appended.length, value: Buffer.from(`note ${notes.length}`) };
      notes.push(note);
      return note;
    },
    nextNotes: (maxNotes) =>
      notes
        .slice(acknowledgedNotes.length, acknowledgedNotes.length + maxNotes)
        .filter(({ size }) => size <= acknowledged.length),
    acknowledgeNotes(sent) {
      if (sent.some(({ pseq }, index) => pseq !== acknowledgedNotes.length + index)) throw new Error('out of order');
      acknowledgedNotes.push(...sent);
    },
    waitingNotes: () => notes.length - acknowledgedNotes.length,
    waitingFrom: () => pending[0]?.seq ?? appended.length,
    backlog: () => ({ records: pending.length, oldest: pending[0]?.time }),
    close() {},
  };
}
