/** Parts 2 and 3 of the fixture report. */
import { column, digestAt, ledgers, part, table, timeAt } from './report-pieces.testing.ts';

const integrity = part('integrity', 'Integrity', 'fine', '4 ledgers verified, 48,211 records, no finding.', {
  text: [
    'Each ledger was read from its first record to its last: every hash, every signature, every place in the chain.',
    'Trusted for this: the key above, and the newest checkpoint of each ledger that lies in the anchor.',
  ],
  facts: [
    { name: 'Records', value: '48,211, from 2026-06-30 21:58:03.114 to 2026-10-01 00:04:17.902' },
    { name: 'Altered, missing, forked', value: 'none', verdict: 'fine' },
    { name: 'Anchored', value: '4 of 4 ledgers, the last one 8 s before its end', verdict: 'fine' },
    { name: 'Time without recording', value: '0 s', verdict: 'fine' },
  ],
  tables: [
    table(
      {
        name: 'ledgers',
        title: 'Ledgers',
        says: 'One row for each run of a process. The root covers all of its records.',
        none: 'There is no ledger of this period.',
      },
      [
        column('ledger', 'Ledger', 'code'),
        column('records', 'Records', 'number'),
        column('first', 'First record', 'time'),
        column('last', 'Last record', 'time'),
        column('root', 'Root', 'code'),
        column('anchored', 'Anchored records', 'number'),
        column('closed', 'Closed'),
      ],
      ledgers.map((ledger, index) => [
        ledger,
        [21_904, 20_118, 6_171, 18][index],
        timeAt(index),
        timeAt(12_000 + index),
        digestAt(index),
        [21_904, 20_118, 6_171, 18][index],
        index !== 1,
      ]),
    ),
    table(
      {
        name: 'gaps',
        title: 'Gaps and degraded time',
        says: 'One row for each.',
        none: 'No ledger declared a gap, and none was degraded.',
      },
      [column('ledger', 'Ledger', 'code'), column('since', 'Since', 'time'), column('until', 'Until', 'time')],
      [],
    ),
  ],
});

const controls = part(
  'controls',
  'Controls',
  'told',
  '9 controls are supported by evidence in this pack; 5 are not covered.',
  {
    text: ['Nothing here certifies anything. The table says which evidence bears on which control, and where it ends.'],
    tables: [
      table(
        {
          name: 'controls',
          title: 'Control matrix',
          says: 'One row for each control and part. The count is of rows or records in that part.',
          none: 'No control was asked for.',
        },
        [
          column('source', 'Source'),
          column('control', 'Control'),
          column('evidence', 'Evidence'),
          column('count', 'Count', 'number'),
          column('part', 'Part', 'file'),
        ],
        [
          ['NIST SP 800-53', 'AU-3 Content of audit records', 'Fields of every session', 12_480, '#invocations'],
          ['NIST SP 800-53', 'AU-9(3) Cryptographic protection', 'Ledgers verified to a pinned key', 4, '#integrity'],
          ['NIST SP 800-53', 'AC-5 Separation of duties', 'Approvals with another person', 37, '#approvals'],
          [
            'GLBA, 12 CFR 30 App. B III.C',
            'Dual control procedures',
            'Approvals with another person',
            37,
            '#approvals',
          ],
          [
            'GLBA, 12 CFR 30 App. B III.C',
            'Monitoring systems',
            'Refusals, and what was done with them',
            214,
            '#blocks',
          ],
          ['FFIEC Information Security II.C.22', 'Log management', 'Reconciled population', 12_694, '#population'],
          ['NIST AI RMF', 'MEASURE 2.8 Transparency and accountability', 'Sample with full timelines', 3, '#sample'],
        ],
      ),
      table(
        {
          name: 'not_covered',
          title: 'Not covered',
          says: 'What an examiner may ask and this pack does not answer.',
          none: 'Everything is covered.',
        },
        [column('topic', 'Topic'), column('where', 'Where to look')],
        [
          ['Quality of the models’ answers', 'Model risk management'],
          [
            'Calls that reach a model without this gateway',
            'Network controls; Envoy’s log shows only what passes Envoy',
          ],
          ['Retention settings of the archive', 'The bucket’s own configuration'],
          ['Who may change the host’s clock', 'Operating system'],
          ['Names in free prose', 'docs/masking.md says what masking finds and what it does not'],
        ],
      ),
    ],
  },
);

export const integrityToControls = [integrity, controls] as const;
