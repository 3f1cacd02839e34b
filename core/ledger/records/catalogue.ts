/**
 * Every kind of record: what its `data` is, when it is written and by whom. The types of the writers, the JSON Schemas and the
 * AsyncAPI document are made of this one list.
 */
import { z } from 'zod';
import { type RecordDraft, type RecordType, recordTypes } from '../record.ts';
import { recoveredEnd, refusalsCounted, sessionEnd } from './api-activity.ts';
import { approvalConsumed, approvalDecided, approvalEnded, approvalRequested, sessionHeld } from './approval.ts';
import { evidenceExported } from './evidence.ts';
import { keyHeld, keyLoaded, keyRejected, keyReleased, keyRotated, keyShredded } from './key.ts';
import {
  gapDeclared,
  ledgerClosed,
  ledgerDegraded,
  ledgerOpened,
  ledgerPruned,
  ledgerWitnessed,
  policyLoaded,
  policyRejected,
  topicsDrifted,
} from './ledger.ts';
import { leaf, ledgerName, ulid, utcTime } from './parts.ts';
import { payloadPart, payloadRevealed, revealRefused } from './payload.ts';
import { sessionOpened, sessionReceived } from './session.ts';

const dataSchemas = {
  'ledger.opened': ledgerOpened,
  'ledger.closed': ledgerClosed,
  'ledger.degraded': ledgerDegraded,
  'ledger.gap_declared': gapDeclared,
  'ledger.witnessed': ledgerWitnessed,
  'ledger.pruned': ledgerPruned,
  'session.opened': sessionOpened,
  'session.received': sessionReceived,
  'session.held': sessionHeld,
  'session.closed': sessionEnd,
  'session.denied': sessionEnd,
  'session.aborted': z.union([sessionEnd, recoveredEnd]),
  'refusals.counted': refusalsCounted,
  'payload.part': payloadPart,
  'payload.revealed': payloadRevealed,
  'payload.reveal_refused': revealRefused,
  'evidence.exported': evidenceExported,
  'approval.requested': approvalRequested,
  'approval.decided': approvalDecided,
  'approval.consumed': approvalConsumed,
  'approval.expired': approvalEnded,
  'approval.withdrawn': approvalEnded,
  'policy.loaded': policyLoaded,
  'policy.rejected': policyRejected,
  'kafka.topics_drifted': topicsDrifted,
  'key.loaded': keyLoaded,
  'key.rejected': keyRejected,
  'key.rotated': keyRotated,
  'key.shredded': keyShredded,
  'key.held': keyHeld,
  'key.released': keyReleased,
} as const satisfies Record<RecordType, z.ZodType>;

export type DataOf<T extends RecordType> = z.output<(typeof dataSchemas)[T]>;
/** What writes records says which: a member that the schema does not have does not compile. */
export type DraftOf<T extends RecordType> = Omit<RecordDraft, 'type' | 'data'> & {
  readonly type: T;
  readonly data: DataOf<T>;
};

/** One sentence for people and for the AsyncAPI document. */
export const recordWhen: Record<RecordType, string> = {
  'ledger.opened': 'A process began to write; names the ledger before of the same replica.',
  'ledger.closed': 'A process ended its ledger; nothing follows.',
  'ledger.degraded': 'The disk is full: nothing is taken any more.',
  'ledger.gap_declared': 'There is room again; how much was refused meanwhile.',
  'ledger.witnessed': 'The newest checkpoints of other replicas that this one saw.',
  'ledger.pruned': 'Before records that Kafka has are removed from a ledger of this replica.',
  'session.opened': 'Before anything of the request goes to the model.',
  'session.received': 'Before the end of a streamed request goes to the model.',
  'session.held': 'A call began to wait for people.',
  'session.closed': 'Before the end of the answer goes to the caller: produced and released.',
  'session.denied': 'A call was refused, or is pending; the model never saw it.',
  'session.aborted': 'The exchange ended any other way.',
  'refusals.counted': 'Anonymous refusals above the rate, of one source and at most 10 s.',
  'payload.part': 'A sealed part of a body, before the record that refers to it.',
  'payload.revealed': 'Before the value of a token, or the payload of a session, is printed.',
  'payload.reveal_refused': 'Somebody wanted to open the payload of a session and was refused.',
  'evidence.exported': 'Before an evidence pack gets its name.',
  'approval.requested': 'People are asked.',
  'approval.decided': 'One person’s verdict with its reason.',
  'approval.consumed': 'An approval is used up by this session.',
  'approval.expired': 'An approval was not decided or not used in its time.',
  'approval.withdrawn': 'Nobody waits for the approval any more.',
  'policy.loaded': 'A policy came into force.',
  'policy.rejected': 'A policy was refused and the last good one stayed.',
  'kafka.topics_drifted': 'Settings of topics endanger the trail; without an entry: no longer.',
  'key.loaded': 'A process began to seal payloads with these keys.',
  'key.rejected': 'The keys of payloads are not fit for use; those in force stay for 24 hours.',
  'key.rotated': 'New keys seal payloads from now on.',
  'key.shredded': 'Before a key is destroyed: what is sealed with it is unreadable from then on.',
  'key.held': 'A legal hold: these keys must not be destroyed.',
  'key.released': 'The end of a legal hold.',
};

/** Whether records of a type belong to one call. */
export const belongsToSession = (type: RecordType): boolean =>
  type.startsWith('session.') || type.startsWith('approval.') || type === 'payload.part';

const chain = z.strictObject({
  ledger: ledgerName,
  prev: leaf,
  pseq: z.int().nonnegative(),
  seq: z.int().nonnegative(),
});

/** A record as it is stored and sent. */
export function recordSchema(type: RecordType): z.ZodType {
  const members = { chain, data: dataSchemas[type], time: utcTime, type: z.literal(type), v: z.literal(1) };
  return belongsToSession(type) ? z.strictObject({ ...members, session: ulid }) : z.strictObject(members);
}

/** Why a record on its way in is not what its type says; undefined: it is. */
export function draftFault({ type, data }: RecordDraft): string | undefined {
  const parsed = dataSchemas[type].safeParse(data);
  return parsed.success ? undefined : `${type}: ${z.prettifyError(parsed.error)}`;
}

/** JSON Schema (draft 2020-12) of each type. */
export function recordJsonSchemas(): ReadonlyMap<RecordType, object> {
  return new Map(
    recordTypes.map((type) => {
      const { $schema, ...schema } = z.toJSONSchema(recordSchema(type), { target: 'draft-2020-12' });
      const named = { $schema, $id: `urn:countersign:record:${type}:v1`, title: type, description: recordWhen[type] };
      return [type, { ...named, ...schema }];
    }),
  );
}
