/**
 * All that the ledgers say about one call, joined. Tolerant of shapes: what a record does not have is left out, and what a later
 * version adds still shows in `records`.
 */
import { sessionEnds } from './open-sessions.ts';
import type { JsonObject, RecordType, StoredRecord } from './record.ts';
import { endFacts, present } from './session-facts.ts';
import { memberAt } from './stored-record.ts';

/** A record and where it lies. */
export interface PlacedRecord {
  readonly ledger: string;
  readonly seq: number;
  readonly record: StoredRecord;
}

/** How far the call came. `open`: the model may have it, and no end is recorded yet. */
export type SessionState = 'open' | 'held' | 'closed' | 'denied' | 'aborted';

export interface SessionDocument {
  readonly session: string;
  readonly state: SessionState;
  /** identity, endpoint, request, decision, approval, masking, response, refusal, times, outcome, reason: as last recorded. */
  readonly facts: JsonObject;
  /** Keyed digests, hex or as recorded. */
  readonly digests: JsonObject;
  readonly approvals: readonly PlacedRecord[];
  /** The session's own records, in the order of their times. */
  readonly records: readonly PlacedRecord[];
}

const stateOfType: Partial<Record<RecordType, SessionState>> = {
  'session.opened': 'open',
  'session.received': 'open',
  'session.held': 'held',
  'session.closed': 'closed',
  'session.denied': 'denied',
  'session.aborted': 'aborted',
};

/**
 * @param records what carries the session's id, from any ledger
 * @param approvals approval records of all ledgers; those of this session are picked from them
 * @returns undefined when no record carries the id
 */
export function joinSession(
  session: string,
  records: readonly PlacedRecord[],
  approvals: readonly PlacedRecord[],
): SessionDocument | undefined {
  if (records.length === 0) return undefined;
  const own = records.toSorted(byTime);
  const told = own.filter(({ record }) => stateOfType[record.type] !== undefined);
  const last = told.at(-1)?.record;
  const facts: JsonObject = Object.fromEntries(told.flatMap(({ record }) => Object.entries(factsOf(record))));
  return {
    session,
    state: (last && stateOfType[last.type]) ?? 'open',
    facts,
    digests: digestsOf(facts, told),
    approvals: approvalsOf(session, own, approvals),
    records: own.filter(({ record }) => !record.type.startsWith('approval.')),
  };
}

/** Records of one ledger keep their order although its clock may have jumped within a millisecond. */
function byTime(a: PlacedRecord, b: PlacedRecord): number {
  if (a.record.time !== b.record.time) return a.record.time < b.record.time ? -1 : 1;
  if (a.ledger !== b.ledger) return a.ledger < b.ledger ? -1 : 1;
  return a.seq - b.seq;
}

/** An end is self-contained; a beginning has a few members only, under short names. */
function factsOf(record: StoredRecord): JsonObject {
  if (sessionEnds.some((end) => end === record.type)) return endFacts(record);
  const { subject, endpoint, rule } = record.data;
  return present({
    identity: subject === undefined ? undefined : { subject },
    endpoint: endpoint === undefined ? undefined : { name: endpoint },
    decision: rule === undefined ? undefined : { rule },
  });
}

function digestsOf({ request, response }: JsonObject, told: readonly PlacedRecord[]): JsonObject {
  const opened = told.find(({ record }) => record.data['digest'] !== undefined)?.record.data['digest'];
  return present({
    request: memberAt(request, 'digest') ?? opened,
    forwarded: memberAt(request, 'forwarded_digest'),
    response: memberAt(response, 'digest'),
    released: memberAt(response, 'released_digest'),
  });
}

/** Those that name the session, and all of every approval that it used: a grant may have been asked for by an earlier call. */
function approvalsOf(
  session: string,
  own: readonly PlacedRecord[],
  approvals: readonly PlacedRecord[],
): readonly PlacedRecord[] {
  const naming = approvals.filter(({ record }) => record.session === session);
  const ids = new Set([...own, ...naming].flatMap(({ record }) => approvalId(record) ?? []));
  return approvals
    .filter(({ record }) => record.session === session || ids.has(approvalId(record) ?? ''))
    .toSorted(byTime);
}

function approvalId({ data }: StoredRecord): string | undefined {
  const { approval } = data;
  const id = typeof approval === 'string' ? approval : memberAt(approval, 'id');
  return typeof id === 'string' ? id : undefined;
}
