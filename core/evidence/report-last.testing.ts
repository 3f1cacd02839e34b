/** Parts 9 to 12 of the fixture report. */
import { isoTime } from '../ledger/time.ts';
import type { Timeline } from './report.ts';
import { column, ledgers, part, sessionAt, table, timeAt } from './report-pieces.testing.ts';

/** `[milliseconds from the first, type, what]`. */
type Told = readonly (readonly [number, string, string])[];

const timeline = (index: number, says: string, steps: Told, unproven = -1): Timeline => ({
  session: sessionAt(index),
  says,
  file: `sample/${sessionAt(index)}.json`,
  steps: steps.map(([after, type, what], at) => ({
    time: isoTime(Date.parse(timeAt(index)) + after),
    type,
    says: what,
    ledger: type.startsWith('approval.decided') ? ledgers[3] : ledgers[index % 2 === 0 ? 0 : 1],
    seq: 1_200 + index * 3 + at,
    proven: at !== unproven,
  })),
});

const sample = part(
  'sample',
  'Sample',
  'fine',
  '3 of 12,480 sessions, drawn by seed “AUD-2214”, each proven to its ledger.',
  {
    text: [
      'The sessions of the period are put in the order of SHA-256(seed ‖ session) and the first ones taken. Anybody with the seed and the list of sessions draws the same.',
    ],
    timelines: [
      timeline(4242, 'ana asked credit-scoring for 500 rows; held, approved by rex, completed with 200', [
        [0, 'session.held', 'rule bulk-needs-a-second-person, 500 rows, waits up to 240 s'],
        [3, 'approval.requested', 'one of model-risk has to agree'],
        [96_412, 'approval.decided', 'rex approves: Quarterly rescoring'],
        [96_430, 'approval.consumed', '1 vote'],
        [96_431, 'session.opened', 'request sent on, 18,204 bytes'],
        [97_903, 'session.closed', 'status 200, 11,940 bytes, 500 values masked'],
      ]),
      timeline(77, 'svc-batch-scoring asked chat; completed with 200', [
        [0, 'session.opened', 'rule analysts-chat'],
        [8_120, 'session.closed', 'status 200, streamed, 3 values masked'],
      ]),
      timeline(9001, 'mia asked credit-scoring for 50,001 rows; denied', [
        [0, 'session.denied', 'rule never-a-dump: Whole-portfolio scoring runs in the batch system'],
      ]),
    ],
  },
);

const population = part(
  'population',
  'Population and completeness',
  'attention',
  '12,694 requests of Envoy, 3 of them without a session.',
  {
    facts: [
      { name: 'Requests in Envoy’s access log', value: '12,694 (2 files)' },
      { name: 'Sessions and refusals in the ledgers', value: '12,691' },
      { name: 'Explained differences', value: '41', verdict: 'fine' },
      { name: 'Unexplained differences', value: '3', verdict: 'attention' },
    ],
    tables: [
      table(
        {
          name: 'differences',
          title: 'Unexplained differences',
          says: 'One row for each. docs/reconcile.md says what a reason means.',
          none: 'Every request has its record, and every record its request.',
        },
        [
          column('time', 'Time', 'time'),
          column('reason', 'Reason', 'code'),
          column('session', 'Session', 'code'),
          column('cluster', 'Cluster'),
          column('line', 'Line', 'code'),
        ],
        [
          [timeAt(5000), 'request_without_session', undefined, 'scoring-canary', 'access.log.1:80211'],
          [timeAt(5001), 'request_without_session', undefined, 'scoring-canary', 'access.log.1:80214'],
          [timeAt(5002), 'request_without_session', undefined, 'scoring-canary', 'access.log.1:80215'],
        ],
      ),
    ],
  },
);

const access = part(
  'access',
  'Access to the audit data',
  'told',
  '2 readings of sealed payloads, both with a second person; one legal hold.',
  {
    tables: [
      table(
        { name: 'reveals', title: 'Payloads revealed', says: 'One row for each.', none: 'Nobody revealed a payload.' },
        [
          column('time', 'Time', 'time'),
          column('session', 'Session', 'code'),
          column('by', 'By'),
          column('approvers', 'Agreed by'),
          column('reason', 'Reason'),
          column('proof', 'Proof', 'file'),
        ],
        [
          [
            timeAt(6000),
            sessionAt(4242),
            'uid 1004 (audit)',
            'rex',
            'Sampled for the quarterly review',
            `sample/${sessionAt(4242)}.json`,
          ],
          [
            timeAt(6500),
            sessionAt(77),
            'uid 1004 (audit)',
            'rex',
            'Sampled for the quarterly review',
            `sample/${sessionAt(77)}.json`,
          ],
        ],
      ),
    ],
  },
);

const exceptions = part('exceptions', 'Exceptions and sign-off', 'attention', '2 exceptions wait for an answer.', {
  tables: [
    table(
      {
        name: 'exceptions',
        title: 'Exceptions',
        says: 'One row for each that this report found.',
        none: 'This report found none.',
      },
      [column('part', 'Part', 'file'), column('finding', 'Finding'), column('count', 'Count', 'number')],
      [
        ['#population', 'Requests that Envoy sent to a model and that no session records', 3],
        ['#changes', 'Policy in force without a second approver on record', 1],
      ],
    ),
  ],
  signOffs: ['Reviewed, exceptions answered', 'Model risk management', 'Internal audit'],
});

export const sampleToExceptions = [sample, population, access, exceptions] as const;
