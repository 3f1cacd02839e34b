/** The end of a session, as far as the tables of a pack tell it. */
import { isUlid, ulidTimeMs } from '../../ledger/ledger-id.ts';
import type { Json, JsonObject } from '../../ledger/record.ts';
import { endFacts } from '../../ledger/session-facts.ts';
import { isObject, memberAt } from '../../ledger/stored-record.ts';
import { isoTime } from '../../ledger/time.ts';
import { listAt, numberAt, textAt } from './cells.ts';
import type { EvidenceRecord } from './evidence-record.ts';

/** Absent: the record does not say. */
export interface SessionEnded {
  readonly session: string;
  readonly time: string;
  readonly began: string | undefined;
  /** completed, denied, pending, aborted. */
  readonly outcome: string;
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly client: string | undefined;
  readonly source: string | undefined;
  readonly endpoint: string | undefined;
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly tier: string | undefined;
  readonly rule: string | undefined;
  readonly effect: string | undefined;
  readonly reason: string | undefined;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly revision: string | undefined;
  readonly authzRevision: string | undefined;
  readonly approval: string | undefined;
  readonly masked: number;
  readonly payload: string | undefined;
  readonly retention: string | undefined;
  readonly ledger: string;
  readonly seq: number;
}

const outcomeOfType: Readonly<Record<string, string>> = {
  'session.closed': 'completed',
  'session.denied': 'denied',
  'session.aborted': 'aborted',
};

export const isSessionEnd = (type: string): boolean => Object.hasOwn(outcomeOfType, type);

/** @param facts as endFacts() has them */
export function sessionEndOf(record: EvidenceRecord, session: string, facts = endFacts(record)): SessionEnded {
  const { identity, endpoint, decision, request, refusal } = facts;
  return {
    session,
    time: record.time,
    began: textAt(facts, 'times', 'started') ?? (isUlid(session) ? isoTime(ulidTimeMs(session)) : undefined),
    outcome: textAt(facts, 'outcome') ?? outcomeOfType[record.type] ?? record.type,
    subject: textAt(identity, 'subject'),
    issuer: textAt(identity, 'issuer'),
    client: textAt(identity, 'client'),
    source: textAt(request, 'source'),
    endpoint: textAt(endpoint, 'name'),
    model: textAt(endpoint, 'model', 'name'),
    version: textAt(endpoint, 'model', 'version'),
    tier: textAt(endpoint, 'model', 'tier'),
    rule: textAt(decision, 'rule'),
    effect: textAt(decision, 'effect'),
    reason: textAt(refusal, 'reason') ?? textAt(facts, 'reason') ?? textAt(decision, 'reason'),
    code: textAt(refusal, 'code'),
    status: numberAt(refusal, 'status') ?? numberAt(record.data, 'http_response', 'code'),
    revision: textAt(decision, 'revision'),
    authzRevision: textAt(decision, 'authz_revision'),
    approval: textAt(facts, 'approval', 'id'),
    masked: maskedIn(facts),
    payload: textAt(facts, 'record', 'payload'),
    retention: textAt(facts, 'record', 'retention'),
    ledger: record.ledger,
    seq: record.seq,
  };
}

/** Values hidden in what went on; those of a copy alone, and those that were kept, are not among them. */
function maskedIn(facts: JsonObject): number {
  return directions.reduce((sum, direction) => {
    const masking = memberAt(facts['masking'], direction);
    if (textAt(masking, 'of') !== 'traffic') return sum;
    const hidden = countsOf(masking).filter(({ action }) => action !== 'keep');
    return sum + hidden.reduce((all, { count }) => all + count, 0);
  }, 0);
}

const directions = ['request', 'response'] as const;

/** One class of values that was found in a body. */
interface EntityCount {
  readonly entity: string;
  readonly action: string;
  readonly count: number;
}

function countsOf(masking: Json | undefined): readonly EntityCount[] {
  const counts = memberAt(masking, 'counts');
  if (!isObject(counts)) return [];
  return Object.entries(counts).flatMap(([entity, count]) =>
    typeof count === 'number' ? [{ entity, action: textAt(masking, 'actions', entity) ?? 'mask', count }] : [],
  );
}

/** What is counted over many sessions: of `what`, by the cells of `key`. */
export interface Tallied {
  readonly what: 'masked' | 'body' | 'fault' | 'copy' | 'failed_rule';
  readonly key: readonly (string | undefined)[];
  readonly count: number;
}

/** Never a value: classes, counts, and what could not be read. */
export function* talliesOf(facts: JsonObject): Generator<Tallied> {
  const endpoint = textAt(facts, 'endpoint', 'name');
  for (const rule of listAt(facts, 'decision', 'failed')) {
    if (typeof rule === 'string') yield { what: 'failed_rule', key: [rule, endpoint], count: 1 };
  }
  for (const direction of directions) {
    const masking = memberAt(facts['masking'], direction);
    const [of, profile] = [textAt(masking, 'of'), textAt(masking, 'profile')];
    if (of !== undefined) yield { what: 'body', key: [endpoint, direction, of, profile], count: 1 };
    for (const { entity, action, count } of countsOf(masking)) {
      const done = of === 'traffic' ? action : 'masked in the copy alone';
      yield { what: 'masked', key: [endpoint, direction, entity, done, profile], count };
    }
    for (const fault of listAt(masking, 'faults')) {
      if (typeof fault === 'string') yield { what: 'fault', key: [endpoint, direction, fault], count: 1 };
    }
    const truncated = memberAt(facts[direction], 'copy', 'truncated');
    if (typeof truncated === 'boolean') {
      yield { what: 'copy', key: [endpoint, direction, truncated ? 'truncated' : 'whole'], count: 1 };
    }
  }
}

/** A rule in shadow mode that would have decided otherwise. */
export interface ShadowRule {
  readonly rule: string | undefined;
  readonly effect: string | undefined;
}

export function shadowsOf({ decision }: JsonObject): readonly ShadowRule[] {
  const did = textAt(decision, 'effect');
  return listAt(decision, 'shadow')
    .map((rule) => ({ rule: textAt(rule, 'rule'), effect: textAt(rule, 'effect') }))
    .filter(({ effect }) => effect !== did);
}
