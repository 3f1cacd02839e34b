/** Part 11: who read the records themselves, how long they are kept, and what must not be destroyed. */
import type { Part, Row } from '../report.ts';
import { column, counted, fact, listed, placeColumns, type Rows, tableOf } from './cells.ts';

export interface AccessTold {
  readonly revealed: Rows;
  readonly refused: Rows;
  readonly evidence: Rows;
  /** Of all times up to the end of the period: `key.held`, `key.released`, `key.shredded`. */
  readonly holdEvents: Rows;
  readonly retention: Rows;
}

export interface Holds {
  readonly inForce: readonly Row[];
  readonly shredded: readonly Row[];
  /** Keys that were destroyed while something held them. */
  readonly shreddedWhileHeld: readonly Row[];
}

/** What is in force at the end of the period. */
export function holdsOf(events: Iterable<Row>): Holds {
  const inForce = new Map<string, Row>();
  const shredded: Row[] = [];
  const shreddedWhileHeld: Row[] = [];
  for (const row of events) {
    const [, type, hold, keys] = row;
    if (type === 'key.held') inForce.set(String(hold), row);
    if (type === 'key.released') inForce.delete(String(hold));
    if (type !== 'key.shredded') continue;
    shredded.push(row);
    if ([...inForce.values()].some(([, , , held]) => String(held).split(', ').includes(String(keys))))
      shreddedWhileHeld.push(row);
  }
  return { inForce: [...inForce.values()], shredded, shreddedWhileHeld };
}

const holdColumns = [
  column('time', 'Time', 'time'),
  column('type', 'What', 'code'),
  column('hold', 'Hold', 'code'),
  column('keys', 'Keys', 'code'),
  column('session', 'Session', 'code'),
  column('reason', 'Reason'),
  column('operator', 'By'),
  ...placeColumns,
];

export function accessPart({ revealed, refused, evidence, holdEvents, retention }: AccessTold, holds: Holds): Part {
  const isDestroyed = holds.shreddedWhileHeld.length > 0;
  const said = `Sealed data was opened ${counted(revealed.count, 'time')} and refused ${counted(refused.count, 'time')}, evidence read or exported ${counted(evidence.count, 'time')}; ${counted(holds.inForce.length, 'legal hold')} in force, ${counted(holds.shredded.length, 'key')} destroyed.`;
  return {
    id: 'access',
    title: 'Access to the audit data, retention and legal hold',
    verdict: isDestroyed ? 'attention' : 'told',
    says: isDestroyed ? `${said} Keys were destroyed while they were held.` : said,
    text: [
      'What is opened with the tools of Countersign leaves a record before it is printed. Who read the ledgers or a topic of Kafka by other means, and who may, is in the records of the operating system, of the broker and of the archive.',
      'Retention is what each session says of its endpoint. That it is kept so long, and cannot be deleted before, is for the archive to show.',
    ],
    facts: [
      fact('Payloads and tokens opened', revealed.count),
      fact('Refused', refused.count),
      fact('Evidence read or exported', evidence.count),
      fact('Legal holds in force at the end of the period', holds.inForce.length),
      fact('Keys destroyed up to then', holds.shredded.length),
      {
        name: 'Keys destroyed while held',
        value: String(holds.shreddedWhileHeld.length),
        verdict: isDestroyed ? 'attention' : 'fine',
      },
    ],
    tables: [
      tableOf(
        {
          name: 'revealed',
          title: 'Sealed data that was opened',
          says: 'A copy is masked; an original and the value of a token are not. Approved by: the second person, where one agreed.',
          columns: [
            column('time', 'Time', 'time'),
            column('what', 'What'),
            column('session', 'Session', 'code'),
            column('of', 'Endpoint or class'),
            column('subject', 'By'),
            column('issuer', 'Issuer'),
            column('operator', 'User of the machine'),
            column('approval', 'Approval', 'code'),
            column('approvers', 'Approved by'),
            column('reason', 'Reason'),
            ...placeColumns,
          ],
          none: 'Nothing was opened in the period.',
        },
        revealed,
      ),
      tableOf(
        {
          name: 'reveals_refused',
          title: 'Sealed data that somebody was not let to open',
          says: 'Without a subject: a token that was not accepted. The session is what was asked for, perhaps none.',
          columns: [
            column('time', 'Time', 'time'),
            column('what', 'What'),
            column('session', 'Session', 'code'),
            column('endpoint', 'Endpoint'),
            column('subject', 'By'),
            column('issuer', 'Issuer'),
            column('operator', 'User of the machine'),
            column('refusal', 'Refused for', 'code'),
            column('reason', 'Reason they gave'),
            ...placeColumns,
          ],
          none: 'Nobody was refused in the period.',
        },
        refused,
      ),
      tableOf(
        {
          name: 'evidence_access',
          title: 'Evidence that was read or exported',
          says: 'Packs like this one, and what of them was read with our tools.',
          columns: [
            column('time', 'Time', 'time'),
            column('type', 'What', 'code'),
            column('from', 'From', 'time'),
            column('to', 'To', 'time'),
            column('reason', 'Reason'),
            column('operator', 'By'),
            column('sessions', 'Sessions', 'number'),
            column('pack', 'Pack', 'code'),
            ...placeColumns,
          ],
          none: 'None was recorded in the period.',
        },
        evidence,
      ),
      tableOf(
        {
          name: 'retention',
          title: 'Retention classes',
          says: 'What sessions of the period say of how long they are to be kept, and of what is kept of their bodies.',
          columns: [
            column('endpoint', 'Endpoint'),
            column('retention', 'Retention'),
            column('payload', 'Bodies'),
            column('sessions', 'Sessions', 'number'),
          ],
          none: 'No session says.',
        },
        retention,
      ),
      tableOf(
        {
          name: 'legal_holds',
          title: 'Legal holds in force',
          says: 'At the end of the period.',
          columns: holdColumns,
          none: 'None.',
        },
        listed(holds.inForce),
      ),
      tableOf(
        {
          name: 'hold_events',
          title: 'Holds and destroyed keys',
          says: 'Of all times up to the end of the period, as far as the ledgers at hand go back.',
          columns: holdColumns,
          none: 'None.',
        },
        holdEvents,
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}
