/** Parts 4 and 5: who invoked which model, and what kinds of data went in and came out. */
import type { Part } from '../report.ts';
import { column, counted, fact, placeColumns, type Rows, tableOf, withoutLast } from './cells.ts';

export interface SessionCounts {
  readonly all: number;
  readonly completed: number;
  readonly denied: number;
  readonly pending: number;
  readonly aborted: number;
  /** By subject and issuer. */
  readonly callers: number;
  readonly endpoints: number;
  /** Nobody was identified. */
  readonly strangers: number;
}

const callerColumns = [column('subject', 'Subject'), column('issuer', 'Issuer'), column('client', 'Client')];
const targetColumns = [column('endpoint', 'Endpoint'), column('model', 'Model'), column('version', 'Version')];

export function invocationsPart(counts: SessionCounts, by: { readonly caller: Rows; readonly session: Rows }): Part {
  return {
    id: 'invocations',
    title: 'Who invoked which model',
    verdict: 'told',
    says: `${counted(counts.all, 'session')} of ${counted(counts.callers, 'caller')} at ${counted(counts.endpoints, 'endpoint')}.`,
    text: [
      'A session is one call. It is of the period by the time of its end; sessions that had not ended are under exceptions. A caller is a subject as its issuer names it.',
    ],
    facts: [
      fact('Sessions', counts.all),
      fact('Completed', counts.completed),
      fact('Denied', counts.denied),
      fact('Pending (told to come back)', counts.pending),
      fact('Aborted', counts.aborted),
      fact('Of callers whom nobody identified', counts.strangers),
    ],
    tables: [
      tableOf(
        {
          name: 'invocations',
          title: 'By caller, endpoint and model',
          says: 'Sessions of the period; without a subject: nobody was identified.',
          columns: [
            ...callerColumns,
            ...targetColumns,
            column('tier', 'Risk tier'),
            column('sessions', 'Sessions', 'number'),
            column('completed', 'Completed', 'number'),
            column('denied', 'Denied', 'number'),
            column('pending', 'Pending', 'number'),
            column('aborted', 'Aborted', 'number'),
            column('masked', 'Values masked', 'number'),
            column('first', 'First', 'time'),
            column('last', 'Last', 'time'),
          ],
          none: 'No session ended in the period.',
        },
        by.caller,
      ),
      tableOf(
        {
          name: 'sessions',
          title: 'Every session',
          says: 'One row for each session that ended in the period, in the order of their ends.',
          columns: [
            column('ended', 'Ended', 'time'),
            column('session', 'Session', 'code'),
            column('began', 'Began', 'time'),
            column('outcome', 'Outcome'),
            ...callerColumns,
            column('source', 'From', 'code'),
            ...targetColumns,
            column('rule', 'Rule'),
            column('reason', 'Reason'),
            column('status', 'Status', 'number'),
            column('masked', 'Values masked', 'number'),
            column('approval', 'Approval', 'code'),
            column('revision', 'Policy', 'code'),
            ...placeColumns,
          ],
          none: 'No session ended in the period.',
        },
        by.session,
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}

export interface DataTold {
  readonly masked: Rows;
  readonly bodies: Rows;
  readonly faults: Rows;
  readonly copies: Rows;
  readonly maskedValues: number;
  /** Bodies that nothing looked at. */
  readonly unlooked: number;
}

export function dataPart({ masked, bodies, faults, copies, maskedValues, unlooked }: DataTold): Part {
  const where = [column('endpoint', 'Endpoint'), column('direction', 'Direction')];
  return {
    id: 'data',
    title: 'Data supplied and returned',
    verdict: 'told',
    says: `${maskedValues} values were masked or replaced on their way; ${unlooked} bodies were passed without being looked at.`,
    text: [
      'Classes of values and how many, never a value: records have none. What of a body is kept is sealed to keys that the gateway does not have, and is opened with separate authority only, which leaves a record (part 11).',
      'Found is what has the form of its class: names and addresses in prose are not found by form.',
    ],
    facts: [
      fact('Values masked or replaced on their way', maskedValues),
      fact('Bodies that nothing looked at', unlooked),
    ],
    tables: [
      tableOf(
        {
          name: 'masked_values',
          title: 'Values found',
          says: 'What became of the values of a class: hidden (mask and the like), replaced, or kept as the profile says. What is masked in the copy alone went on as it was.',
          columns: [
            ...where,
            column('class', 'Class'),
            column('action', 'What became of them'),
            column('profile', 'Profile'),
            column('sessions', 'Sessions', 'number'),
            column('values', 'Values', 'number'),
          ],
          none: 'No value was found.',
        },
        masked,
      ),
      tableOf(
        {
          name: 'bodies',
          title: 'What was looked at',
          says: 'Traffic: it was masked on its way. Copy: it went on as it was, and only what is kept of it was masked. Nothing: unmasked, and unread by anything.',
          columns: [
            ...where,
            column('of', 'Looked at'),
            column('profile', 'Profile'),
            column('bodies', 'Bodies', 'number'),
          ],
          none: 'No body was recorded.',
        },
        withoutLast(bodies),
      ),
      tableOf(
        {
          name: 'masking_faults',
          title: 'What could not be read',
          says: 'It was masked or dropped, never passed on raw.',
          columns: [...where, column('fault', 'Fault', 'code'), column('times', 'Times', 'number')],
          none: 'Everything that was to be masked could be read.',
        },
        withoutLast(faults),
      ),
      tableOf(
        {
          name: 'kept_copies',
          title: 'Sealed copies',
          says: 'Truncated: the body was longer than what is kept of it.',
          columns: [...where, column('kept', 'Kept'), column('bodies', 'Bodies', 'number')],
          none: 'No copy was kept.',
        },
        withoutLast(copies),
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}
