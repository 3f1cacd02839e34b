/** Where each record of a ledger goes: to the sessions, to what is counted, and to what is told one by one. */
import type { Json, JsonObject } from '../../ledger/record.ts';
import { endFacts } from '../../ledger/session-facts.ts';
import { isObject } from '../../ledger/stored-record.ts';
import type { Row } from '../report.ts';
import { listAt, numberAt, textAt, timeAt, wordsAt } from './cells.ts';
import { type EvidencePeriod, type EvidenceRecord, isWithin } from './evidence-record.ts';
import { isSessionEnd, type SessionEnded, sessionEndOf, shadowsOf, type Tallied, talliesOf } from './session-end.ts';

/** What is told one by one. `hold` and `shred` also of the time before the period, as a hold may still be in force. */
export type EventKind =
  | 'counted'
  | 'degraded'
  | 'evidence'
  | 'gap'
  | 'hold'
  | 'kafka'
  | 'key'
  | 'policy'
  | 'revealed'
  | 'reveal_refused'
  | 'shadow';

export interface SessionBegun {
  readonly session: string;
  readonly time: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly endpoint: string | undefined;
  readonly rule: string | undefined;
  readonly ledger: string;
  readonly seq: number;
}

/** One record of an approval, or its state as the end of a session tells it (`type` is `session`). */
export interface ApprovalTold {
  readonly approval: string;
  readonly type: string;
  readonly time: string;
  readonly session: string | undefined;
  readonly data: JsonObject;
  readonly isWithin: boolean;
}

export interface EvidenceSink {
  /** @param known whether this version has such a type */
  type(record: EvidenceRecord): void;
  begun(begun: SessionBegun): void;
  /** Every end, also of sessions that are not of the period. */
  over(session: string): 'first' | 'again';
  ended(ended: SessionEnded, isFirst: boolean): void;
  tally(tallied: Tallied): void;
  event(kind: EventKind, record: EvidenceRecord, cells: Row): void;
  approval(told: ApprovalTold): void;
  /** Whenever it was. */
  policyLoaded(revision: string): void;
}

const sessionStarts: ReadonlySet<string> = new Set(['session.opened', 'session.held']);

export function sortRecord(record: EvidenceRecord, period: EvidencePeriod, sink: EvidenceSink): void {
  const { type, session, time, data } = record;
  sink.type(record);
  if (session !== undefined && sessionStarts.has(type) && time < period.to) sink.begun(beginningOf(record, session));
  if (session !== undefined && isSessionEnd(type)) sortEnd(record, session, period, sink);
  if (type.startsWith('approval.')) sortApproval(record, period, sink);
  const revision = data['revision'];
  if (type === 'policy.loaded' && typeof revision === 'string') sink.policyLoaded(revision);
  const told = eventsOf[type];
  if (told === undefined) return;
  const isTold = told.always === true ? time < period.to : isWithin(period, time) || isAcross(record, period);
  if (isTold) for (const cells of told.cells(record)) sink.event(told.kind, record, cells);
}

/** A gap is declared when it is over, perhaps after the period that nothing was recorded in. */
function isAcross({ type, data }: EvidenceRecord, { from, to }: EvidencePeriod): boolean {
  const [since, until] = [textAt(data, 'since'), textAt(data, 'until')];
  return type === 'ledger.gap_declared' && since !== undefined && until !== undefined && since < to && until >= from;
}

function beginningOf({ type, time, data, ledger, seq }: EvidenceRecord, session: string): SessionBegun {
  const subject = textAt(data, 'subject') ?? textAt(data, 'requester', 'subject');
  return { session, time, type, subject, endpoint: textAt(data, 'endpoint'), rule: textAt(data, 'rule'), ledger, seq };
}

function sortEnd(record: EvidenceRecord, session: string, period: EvidencePeriod, sink: EvidenceSink): void {
  const isFirst = sink.over(session) === 'first';
  if (!isWithin(period, record.time)) return;
  const facts = endFacts(record);
  const ended = sessionEndOf(record, session, facts);
  sink.ended(ended, isFirst);
  const approval = approvalOfEnd(record, session, facts['approval']);
  if (approval !== undefined) sink.approval(approval);
  if (!isFirst) return;
  for (const tallied of talliesOf(facts)) sink.tally(tallied);
  for (const { rule, effect } of shadowsOf(facts)) {
    sink.event('shadow', record, [session, rule, effect, ended.effect, ended.subject, ended.endpoint]);
  }
}

function approvalOfEnd({ time }: EvidenceRecord, session: string, told: Json | undefined): ApprovalTold | undefined {
  const approval = textAt(told, 'id');
  if (approval === undefined || !isObject(told)) return undefined;
  return { approval, type: 'session', time, session, data: told, isWithin: true };
}

function sortApproval(record: EvidenceRecord, period: EvidencePeriod, sink: EvidenceSink): void {
  const { type, time, session, data } = record;
  const approval = textAt(data, 'approval');
  if (approval !== undefined) sink.approval({ approval, type, time, session, data, isWithin: isWithin(period, time) });
}

interface Telling {
  readonly kind: EventKind;
  readonly always?: true;
  readonly cells: (record: EvidenceRecord) => readonly Row[];
}

const operatorOf = (data: JsonObject): string | undefined => textAt(data, 'operator', 'user');

const key: Telling = {
  kind: 'key',
  cells: ({ type, data }) => {
    const made = [...listAt(data, 'made'), ...listAt(data, 'keys')].flatMap((each) => keyWords(each));
    const ids = made.length > 0 ? made.join(', ') : (textAt(data, 'id') ?? wordsAt(data, 'in_force'));
    return [[type, ids, wordsAt(data, 'retired'), textAt(data, 'retention'), textAt(data, 'reason'), operatorOf(data)]];
  },
};

function keyWords(each: Json): readonly string[] {
  if (typeof each === 'string') return [each];
  const [id, use, retention] = [textAt(each, 'id'), textAt(each, 'use'), textAt(each, 'retention')];
  return id === undefined ? [] : [[id, use, retention].filter((word) => word !== undefined).join(' ')];
}

const hold: Telling = {
  kind: 'hold',
  always: true,
  cells: ({ type, data }) => [
    [
      type,
      textAt(data, 'hold'),
      wordsAt(data, 'keys') ?? textAt(data, 'id'),
      textAt(data, 'session'),
      textAt(data, 'reason'),
      operatorOf(data),
    ],
  ],
};

const evidence: Telling = {
  kind: 'evidence',
  cells: ({ type, data }) => [
    [
      type,
      textAt(data, 'from'),
      textAt(data, 'to'),
      textAt(data, 'reason'),
      operatorOf(data),
      numberAt(data, 'sessions'),
      textAt(data, 'pack'),
    ],
  ],
};

const eventsOf: Readonly<Record<string, Telling>> = {
  'ledger.degraded': { kind: 'degraded', cells: ({ data }) => [[textAt(data, 'reason')]] },
  'ledger.gap_declared': {
    kind: 'gap',
    cells: ({ data }) => [
      [
        textAt(data, 'since'),
        textAt(data, 'until'),
        numberAt(data, 'refused_appends'),
        numberAt(data, 'refused_records'),
        textAt(data, 'reason'),
      ],
    ],
  },
  'policy.loaded': {
    kind: 'policy',
    cells: ({ type, data }) => [[type, textAt(data, 'revision'), undefined, undefined]],
  },
  'policy.rejected': {
    kind: 'policy',
    cells: ({ type, data }) => [
      [type, textAt(data, 'in_force'), numberAt(data, 'errors'), diagnosticOf(listAt(data, 'diagnostics')[0])],
    ],
  },
  'kafka.topics_drifted': {
    kind: 'kafka',
    cells: ({ data }) => {
      const drift = listAt(data, 'drift').map((each) =>
        ['topic', 'setting', 'expected', 'actual'].map((name) => textAt(each, name)),
      );
      return drift.length > 0 ? drift : [['all', 'in order again', undefined, undefined]];
    },
  },
  'key.loaded': key,
  'key.rejected': key,
  'key.rotated': key,
  'key.shredded': hold,
  'key.held': hold,
  'key.released': hold,
  'payload.revealed': {
    kind: 'revealed',
    cells: ({ data }) => [
      [
        textAt(data, 'what'),
        textAt(data, 'session'),
        textAt(data, 'endpoint') ?? textAt(data, 'entity'),
        textAt(data, 'by', 'subject'),
        textAt(data, 'by', 'issuer'),
        operatorOf(data),
        textAt(data, 'approval'),
        approversOf(data),
        textAt(data, 'reason'),
      ],
    ],
  },
  'payload.reveal_refused': {
    kind: 'reveal_refused',
    cells: ({ data }) => [
      [
        textAt(data, 'what'),
        textAt(data, 'session'),
        textAt(data, 'endpoint'),
        textAt(data, 'by', 'subject'),
        textAt(data, 'by', 'issuer'),
        operatorOf(data),
        textAt(data, 'refusal'),
        textAt(data, 'reason'),
      ],
    ],
  },
  'evidence.read': evidence,
  'evidence.exported': evidence,
  'refusals.counted': {
    kind: 'counted',
    cells: ({ data }) => [
      [
        textAt(data, 'src_endpoint', 'ip'),
        numberAt(data, 'count'),
        timeAt(data, 'start_time'),
        timeAt(data, 'end_time'),
        reasonsOf(data),
        numberAt(data, 'unmapped', 'sources'),
      ],
    ],
  },
};

function approversOf(data: JsonObject): string | undefined {
  const subjects = listAt(data, 'approvers').flatMap((each) => textAt(each, 'subject') ?? []);
  return subjects.length === 0 ? undefined : subjects.join(', ');
}

function diagnosticOf(found: Json | undefined): string | undefined {
  const message = textAt(found, 'message');
  return message === undefined
    ? undefined
    : `${textAt(found, 'file') ?? ''}:${numberAt(found, 'line') ?? ''}: ${message}`;
}

function reasonsOf(data: JsonObject): string | undefined {
  const unmapped = data['unmapped'];
  const reasons = isObject(unmapped) ? unmapped['reasons'] : undefined;
  if (!isObject(reasons)) return undefined;
  return Object.entries(reasons)
    .map(([reason, count]) => `${reason} ${String(count)}`)
    .join(', ');
}
