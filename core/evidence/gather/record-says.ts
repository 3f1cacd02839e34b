/** One record in a line, for a timeline. Nothing of it is a value of a body: records have none. */
import { numberAt, textAt, wordsAt } from './cells.ts';
import type { EvidenceRecord } from './evidence-record.ts';
import { isSessionEnd, sessionEndOf } from './session-end.ts';

export function recordSays(record: EvidenceRecord): string {
  if (isSessionEnd(record.type)) return endSays(record);
  return says[record.type]?.(record) || record.type;
}

const says: Readonly<Record<string, (record: EvidenceRecord) => string>> = {
  'session.opened': ({ data }) =>
    line(named('endpoint', data['endpoint']), named('rule', data['rule']), named('subject', data['subject'])),
  'session.received': ({ data }) => line(bytes(numberAt(data, 'bytes')), 'of a streamed request'),
  'session.held': ({ data }) =>
    line(
      'waits for people',
      named('rule', data['rule']),
      named('endpoint', data['endpoint']),
      named('until', data['expires']),
    ),
  'payload.part': ({ data }) =>
    line(textAt(data, 'direction'), numbered('part', numberAt(data, 'part')), bytes(numberAt(data, 'bytes')), 'sealed'),
  'approval.requested': ({ data }) =>
    line(
      'asked',
      wordsAt(data, 'groups'),
      named('by', textAt(data, 'requester', 'subject')),
      named('rule', data['rule']),
    ),
  'approval.decided': ({ data }) =>
    line(
      textAt(data, 'verdict'),
      named('by', textAt(data, 'by', 'subject')),
      textAt(data, 'outcome'),
      named('because', data['reason']),
    ),
  'approval.consumed': () => 'used up by this call',
  'payload.revealed': ({ data }) =>
    line(textAt(data, 'what'), named('by', textAt(data, 'by', 'subject')), named('because', data['reason'])),
  'payload.reveal_refused': ({ data }) =>
    line(
      textAt(data, 'refusal'),
      named('to', textAt(data, 'by', 'subject')),
      named('who wanted it because', data['reason']),
    ),
};

function endSays(record: EvidenceRecord): string {
  const { outcome, subject, endpoint, model, rule, reason, status, masked } = sessionEndOf(record, '');
  return line(
    outcome,
    subject === undefined ? 'nobody was identified' : named('subject', subject),
    named('endpoint', endpoint),
    named('model', model),
    named('rule', rule),
    named('reason', reason),
    numbered('status', status),
    masked > 0 ? `${masked} values masked` : undefined,
  );
}

const line = (...words: readonly (string | undefined)[]): string =>
  words.filter((word) => word !== undefined && word !== '').join(', ');

const named = (name: string, value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? `${name} ${value}` : undefined;

const numbered = (name: string, value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${name} ${value}`;

const bytes = (count: number | undefined): string | undefined => (count === undefined ? undefined : `${count} bytes`);
