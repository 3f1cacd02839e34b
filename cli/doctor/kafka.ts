/** Whether Kafka lets us in, and what its topics are like. */
import { type ClusterLook, lookAtCluster } from '@countersign/adapters/kafka/look.ts';
import { needsOperator, type Problem } from '@countersign/adapters/kafka/problem.ts';
import type { Configuration, KafkaConfig } from '@countersign/core/policy/config.ts';
import { printable } from '../terminal-text.ts';
import type { Check } from './check.ts';

export async function checkKafka({ kafka }: Pick<Configuration, 'kafka'>): Promise<readonly Check[]> {
  if (kafka === undefined) return [];
  const looked = await lookAtCluster(kafka);
  return looked.ok
    ? [login(kafka, looked.value), ...topicChecks(looked.value)]
    : [refused('Kafka login', looked.error)];
}

function login({ tls, sasl }: KafkaConfig, { brokers }: ClusterLook): Check {
  const who = sasl?.mechanism ?? (tls?.identity === undefined ? 'without a login' : 'by certificate');
  const how = tls === undefined ? 'in clear' : 'over TLS';
  return { about: 'Kafka login', state: 'ok', detail: `${who}, ${how}: a cluster of ${brokers}` };
}

function topicChecks({ topics: { partitions, refused: unfit, drift, unreadable } }: ClusterLook): readonly Check[] {
  return [
    ...[...partitions.keys()].map((topic): Check => {
      const own = drift.filter((each) => each.topic === topic);
      const about = `topic ${topic}`;
      if (unreadable.includes(topic))
        return {
          about,
          state: 'warning',
          detail: 'its settings are not ours to read',
          remedy: 'grant DESCRIBE_CONFIGS',
        };
      if (own.length === 0) return { about, state: 'ok', detail: 'as the trail needs it' };
      const detail = own.map(({ setting, expected, actual }) => `${setting} is ${actual}, not ${expected}`).join('; ');
      return { about, state: 'warning', detail: printable(detail), remedy: 'docs/kafka.md, "Topics"' };
    }),
    ...[...(unfit ?? [])].map(
      ([topic, problem]): Check =>
        problem.reason === 'topic_missing'
          ? { about: `topic ${topic}`, state: 'absent', detail: 'not there: the services make it if they may' }
          : refused(`topic ${topic}`, problem),
    ),
  ];
}

const refused = (about: string, { reason, detail }: Problem): Check => ({
  about,
  state: 'wrong',
  detail: printable(detail),
  remedy: needsOperator(reason) ? `docs/kafka.md (${reason})` : `try again; docs/kafka.md (${reason})`,
});
