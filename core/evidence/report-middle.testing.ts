/** Parts 4 to 8 of the fixture report. */
import { column, digestAt, longTable, part, picked, sessionAt, table, timeAt } from './report-pieces.testing.ts';

const people = ['ana', 'rex', 'svc-batch-scoring', 'mia', 'spiffe://bank.internal/ns/risk/sa/nightly-scoring'];
const endpoints = ['credit-scoring', 'chat', 'embeddings'];
const outcomes = ['completed', 'completed', 'completed', 'completed', 'denied', 'completed', 'aborted'];

const invocations = part(
  'invocations',
  'Who called which model',
  'fine',
  '12,480 sessions of 5 callers on 3 endpoints.',
  {
    tables: [
      table(
        { name: 'callers', title: 'Callers', says: 'One row for each caller and endpoint.', none: 'Nobody called.' },
        [
          column('subject', 'Caller', 'code'),
          column('issuer', 'Issuer', 'code'),
          column('endpoint', 'Endpoint'),
          column('model', 'Model'),
          column('sessions', 'Sessions', 'number'),
          column('denied', 'Denied', 'number'),
          column('held', 'Held', 'number'),
        ],
        people.flatMap((person, index) =>
          endpoints
            .slice(index % 2)
            .map((endpoint, at) => [
              person,
              'https://idp.bank.internal/realms/staff',
              endpoint,
              at === 0 ? 'credit-risk 7' : 'llama-3.1-8b',
              4_096 >> (index + at),
              index * 7,
              at === 0 ? index * 3 : undefined,
            ]),
        ),
      ),
      longTable(
        {
          name: 'sessions',
          title: 'Sessions',
          says: 'One row for each, by time of its end.',
          none: 'There was no session.',
        },
        [
          column('closed', 'Ended', 'time'),
          column('session', 'Session', 'code'),
          column('subject', 'Caller', 'code'),
          column('endpoint', 'Endpoint'),
          column('rule', 'Rule'),
          column('outcome', 'Outcome'),
          column('status', 'Status', 'number'),
          column('request_bytes', 'Request bytes', 'number'),
          column('response_bytes', 'Response bytes', 'number'),
        ],
        12_480,
        (index) => {
          const outcome = picked(outcomes, index);
          return [
            timeAt(index),
            sessionAt(index),
            picked(people, index),
            picked(endpoints, index),
            outcome === 'denied' ? undefined : 'analysts-score',
            outcome,
            outcome === 'denied' ? 403 : outcome === 'aborted' ? undefined : 200,
            (index * 7919) % 90_000,
            outcome === 'denied' ? 0 : (index * 104_729) % 3_000_000,
          ];
        },
      ),
    ],
  },
);

const data = part('data', 'Data supplied and returned', 'told', '31,077 values were masked in 8,203 sessions.', {
  text: [
    'No value stands in this pack. Counts are those of the records; originals are sealed to keys that the gateway does not have.',
  ],
  tables: [
    table(
      {
        name: 'masked',
        title: 'Masked values',
        says: 'One row for each endpoint, direction and kind of value.',
        none: 'Nothing was masked.',
      },
      [
        column('endpoint', 'Endpoint'),
        column('direction', 'Direction'),
        column('entity', 'Kind of value'),
        column('action', 'Action'),
        column('count', 'Values', 'number'),
        column('sessions', 'Sessions', 'number'),
      ],
      ['us_ssn', 'credit_card', 'iban', 'email', 'phone', 'date_of_birth'].flatMap((entity, index) =>
        ['request', 'response'].map((direction, at) => [
          endpoints[index % 3],
          direction,
          entity,
          index === 3 ? 'tokenize' : 'mask',
          (index + 1) * (at + 3) * 411,
          (index + 1) * (at + 2) * 97,
        ]),
      ),
    ),
    table(
      {
        name: 'unmasked',
        title: 'Endpoints without masking',
        says: 'One row for each direction that policy leaves as it is.',
        none: 'Every endpoint masks both ways.',
      },
      [column('endpoint', 'Endpoint'), column('direction', 'Direction'), column('sessions', 'Sessions', 'number')],
      [['credit-scoring', 'request', 4_411]],
    ),
  ],
});

const blocks = part(
  'blocks',
  'Blocks and overrides',
  'fine',
  '214 calls were refused before a model saw them; nothing was overridden.',
  {
    tables: [
      longTable(
        {
          name: 'blocks',
          title: 'Refused calls',
          says: 'One row for each, with the reason that the caller was given.',
          none: 'No call was refused.',
        },
        [
          column('time', 'Time', 'time'),
          column('session', 'Session', 'code'),
          column('subject', 'Caller', 'code'),
          column('endpoint', 'Endpoint'),
          column('code', 'Error', 'code'),
          column('reason', 'Reason'),
        ],
        214,
        (index) => [
          timeAt(index * 56),
          sessionAt(index * 56),
          index % 3 === 0 ? undefined : picked(people, index),
          picked(endpoints, index),
          index % 3 === 0 ? 'ERR_CREDENTIAL' : 'ERR_POLICY_DENIED',
          index % 3 === 0 ? 'token_expired' : 'Whole-portfolio scoring runs in the batch system',
        ],
      ),
      table(
        { name: 'overrides', title: 'Break-glass', says: 'One row for each use.', none: 'Nobody broke the glass.' },
        [
          column('time', 'Time', 'time'),
          column('subject', 'Who'),
          column('reason', 'Reason'),
          column('reviewed_by', 'Reviewed by'),
        ],
        [],
      ),
    ],
  },
);

const approvals = part(
  'approvals',
  'Approvals',
  'fine',
  '37 approvals, each decided by somebody other than who asked.',
  {
    facts: [
      { name: 'Requester and approver are one person', value: 'never', verdict: 'fine' },
      { name: 'Median time to decide', value: '3 min 41 s' },
      { name: 'Used more than once', value: 'never', verdict: 'fine' },
    ],
    tables: [
      longTable(
        {
          name: 'approvals',
          title: 'Approvals',
          says: 'One row for each that was asked for. The digest binds it to one body.',
          none: 'None was asked for.',
        },
        [
          column('asked', 'Asked', 'time'),
          column('approval', 'Approval', 'code'),
          column('requester', 'Requester', 'code'),
          column('approvers', 'Approvers', 'code'),
          column('state', 'State'),
          column('seconds', 'Seconds', 'number'),
          column('digest', 'Digest approved', 'code'),
          column('separate', 'Separate people'),
          column('reason', 'Reason'),
        ],
        37,
        (index) => [
          timeAt(index * 331),
          sessionAt(index * 331 + 5),
          picked(['ana', 'mia'], index),
          index % 9 === 4 ? undefined : 'rex',
          index % 9 === 4 ? 'expired' : index % 5 === 3 ? 'denied' : 'consumed',
          index % 9 === 4 ? undefined : ((index * 97) % 700) + 0.25,
          digestAt(index),
          index % 9 === 4 ? undefined : true,
          index % 9 === 4
            ? undefined
            : 'Quarterly rescoring of the small-business book, as agreed with model risk on the first of the month',
        ],
      ),
    ],
  },
);

const changes = part(
  'changes',
  'Policy, configuration and keys',
  'attention',
  'One of 6 changes has no second approver.',
  {
    tables: [
      table(
        {
          name: 'changes',
          title: 'Changes',
          says: 'One row for each policy loaded or rejected, and each key made, rotated or destroyed.',
          none: 'Nothing was changed.',
        },
        [
          column('time', 'Time', 'time'),
          column('type', 'Change', 'code'),
          column('revision', 'Revision', 'code'),
          column('detail', 'Detail'),
        ],
        [
          [timeAt(3), 'policy.loaded', digestAt(3), 'At the start of gw-1'],
          [timeAt(2200), 'policy.rejected', undefined, 'policy/policy.yaml:11:24: unknown endpoint "credit-scorin"'],
          [timeAt(2203), 'policy.loaded', digestAt(4), '2 rules changed'],
          [timeAt(7001), 'key.rotated', undefined, 'reveal key of 25 months, by uid 1001'],
          [timeAt(9900), 'policy.loaded', digestAt(5), '1 rule changed; no second approver is recorded'],
          [timeAt(9901), 'key.held', undefined, 'Legal hold LH-31'],
        ],
      ),
    ],
  },
);

export const invocationsAndData = [invocations, data] as const;
export const blocksToChanges = [blocks, approvals, changes] as const;
