import { z } from 'zod';
import { count, ledgerName, revision, root, text, utcTime } from './parts.ts';

export const ledgerOpened = z.strictObject({
  service: text,
  replica: text,
  version: text.describe('of Countersign'),
  pid: count,
  partitions: z.int().positive().describe('of the topics that are spread'),
  previous: z
    .strictObject({ ledger: ledgerName, records: count, root })
    .nullable()
    .describe('the ledger before of the same replica: its size and the root of its tree'),
});

export const ledgerClosed = z.strictObject({ reason: text });
export const ledgerDegraded = z.strictObject({ reason: z.literal('disk_full') });

export const gapDeclared = z.strictObject({
  reason: z.literal('disk_full'),
  refused_appends: count,
  refused_records: count,
  since: utcTime,
  until: utcTime,
});

export const ledgerWitnessed = z.strictObject({
  peers: z
    .array(z.strictObject({ ledger: ledgerName, root, size: count }))
    .readonly()
    .describe('checkpoints of other replicas that this one saw published, by ledger'),
});

export const ledgerPruned = z
  .strictObject({ ledger: ledgerName, root, size: count.describe('records 1 to this one, without it, may go') })
  .describe('a published checkpoint of the ledger: all that it covers was acknowledged by Kafka long enough ago');

export const policyLoaded = z.strictObject({ revision });

export const topicsDrifted = z.strictObject({
  drift: z
    .array(z.strictObject({ topic: text, setting: text, expected: text, actual: text }))
    .readonly()
    .describe('every setting that is not what a trail needs; empty: they are all in order again'),
});

export const policyRejected = z.strictObject({
  in_force: revision.describe('revision that stays in force'),
  errors: count,
  diagnostics: z
    .array(z.strictObject({ file: text, line: count, column: count, message: text }))
    .readonly()
    .describe('the first twenty'),
});
