/** Part 8: policies, keys and topics that changed, and by which policy calls were decided when. */
import type { Fact, Part } from '../report.ts';
import { column, counted, fact, placeColumns, type Rows, tableOf } from './cells.ts';

export interface ChangesTold {
  readonly policy: Rows;
  readonly keys: Rows;
  readonly kafka: Rows;
  readonly inUse: Rows;
  /** Policies that calls were decided by, and no record says that they were loaded. */
  readonly unannounced: readonly string[];
  readonly newestInUse: string | undefined;
  readonly configured: string | undefined;
  readonly keysRejected: number;
  readonly drifted: number;
}

/** Why somebody has to look. */
const strange = ({ unannounced, keysRejected, drifted }: ChangesTold): readonly string[] => [
  ...(unannounced.length > 0
    ? [`No record says that ${counted(unannounced.length, 'revision')} in use came into force.`]
    : []),
  ...(keysRejected > 0 ? [`Keys were rejected ${counted(keysRejected, 'time')}.`] : []),
  ...(drifted > 0 ? [`Settings of topics endangered the trail ${counted(drifted, 'time')}.`] : []),
];

export function changesPart(told: ChangesTold): Part {
  const { policy, keys, kafka, inUse } = told;
  return {
    id: 'changes',
    title: 'Changes of policy, configuration and keys',
    verdict: strange(told).length > 0 ? 'attention' : 'told',
    says: [
      `${counted(policy.count, 'policy', 'policies')} loaded or rejected, ${counted(keys.count, 'event')} of keys, ${kafka.count} of Kafka's topics; calls were decided by ${counted(inUse.count, 'revision')} of policy.`,
      ...strange(told),
    ].join(' '),
    text: [
      'A revision is the SHA-256 of the canonical form of a policy, and each decision names it: so it can be said of each call by which rules it was decided on its day. Who wrote a policy and who agreed to it is not recorded here: that is in the system where policy files are kept.',
    ],
    facts: factsOf(told),
    tables: [
      tableOf(
        {
          name: 'policies_in_use',
          title: 'Policies in use',
          says: 'By the decisions of the period: from the first to the last end of a session.',
          columns: [
            column('revision', 'Revision', 'code'),
            column('sessions', 'Sessions', 'number'),
            column('first', 'First', 'time'),
            column('last', 'Last', 'time'),
          ],
          none: 'Nothing was decided.',
        },
        inUse,
      ),
      tableOf(
        {
          name: 'policy_changes',
          title: 'Policies loaded and rejected',
          says: 'Every process loads a policy when it starts. Of a rejected one: the revision that stayed, and the first error.',
          columns: [
            column('time', 'Time', 'time'),
            column('type', 'What', 'code'),
            column('revision', 'Revision in force', 'code'),
            column('errors', 'Errors', 'number'),
            column('first_error', 'First error'),
            ...placeColumns,
          ],
          none: 'None in the period.',
        },
        policy,
      ),
      tableOf(
        {
          name: 'key_changes',
          title: 'Keys of payloads',
          says: 'Loaded, rejected, rotated. Holds and destroyed keys are in part 11.',
          columns: [
            column('time', 'Time', 'time'),
            column('type', 'What', 'code'),
            column('keys', 'Keys', 'code'),
            column('retired', 'Retired', 'code'),
            column('retention', 'Retention'),
            column('reason', 'Reason'),
            column('operator', 'By'),
            ...placeColumns,
          ],
          none: 'None in the period.',
        },
        keys,
      ),
      tableOf(
        {
          name: 'topic_drift',
          title: "Settings of Kafka's topics that drifted",
          says: 'A setting that endangers the trail is not what it should be.',
          columns: [
            column('time', 'Time', 'time'),
            column('topic', 'Topic', 'code'),
            column('setting', 'Setting', 'code'),
            column('expected', 'Expected', 'code'),
            column('actual', 'Found', 'code'),
            ...placeColumns,
          ],
          none: 'None in the period.',
        },
        kafka,
      ),
    ],
    timelines: [],
    signOffs: [],
  };
}

function factsOf({ unannounced, newestInUse, configured, keysRejected, drifted }: ChangesTold): readonly Fact[] {
  const attention = (name: string, value: string): Fact => ({ name, value, verdict: 'attention' });
  return [
    ...(configured === undefined ? [] : [fact('Configured when this pack was made', configured)]),
    ...(newestInUse === undefined ? [] : [fact('Last used in the period', newestInUse)]),
    ...unannounced.map((revision) => attention('Used, and no record at hand says it was loaded', revision)),
    ...(keysRejected === 0 ? [] : [attention('Rings of keys rejected', String(keysRejected))]),
    ...(drifted === 0 ? [] : [attention("Settings of Kafka's topics that drifted", String(drifted))]),
  ];
}
