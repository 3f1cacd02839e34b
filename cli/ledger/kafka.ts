/** Ledgers as Kafka has them, in the place of a folder. */
import { readTrail, type Trail } from '@countersign/adapters/kafka/trail.ts';
import { type Command, Option } from 'commander';
import { printable } from '../terminal-text.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

/** Below this a person does not wonder whether anything happens. */
const quietMs = 1000;

export interface KafkaPlace {
  readonly config?: string;
  readonly kafka?: boolean;
}

export function withKafka(command: Command): Command {
  const says = 'read the ledgers from the topics of Kafka that --config names';
  return command.addOption(new Option('--kafka', says).conflicts('ledger'));
}

/** @throws UsageError */
export async function withTrail<T>(
  dir: string | undefined,
  { config }: KafkaPlace,
  use: (trail: Trail) => T | Promise<T>,
  { coveredOnly = false }: { readonly coveredOnly?: boolean } = {},
): Promise<T> {
  if (dir !== undefined) throw new UsageError(`${dir} or --kafka, not both: where are the ledgers?`);
  if (config === undefined) throw new UsageError('--kafka needs --config DIR: which cluster, and how to get in?');
  const { kafka } = readConfiguration(config);
  if (kafka === undefined) throw new UsageError(`${config}: there is no section kafka`);
  const trail = await readTrail(kafka, { coveredOnly, onProgress: progress() });
  if (!trail.ok) throw new UsageError(`kafka: ${trail.error.detail} (${trail.error.reason})`);
  try {
    if (trail.value.ledgers.length === 0 && trail.value.strays.found.length === 0) {
      throw new UsageError(
        `${[...trailText(trail.value), `the topics of ${kafka.topicPrefix} hold no ledger`].join('\n')}`,
      );
    }
    return await use(trail.value);
  } finally {
    trail.value.close();
  }
}

function progress(): (messages: number) => void {
  let saidAt = performance.now();
  return (messages) => {
    if (performance.now() - saidAt < quietMs) return;
    saidAt = performance.now();
    console.error(`${messages} messages read …`);
  };
}

/** What was read, and what no finding says. */
export function trailText({ topics, duplicates, ledgers, expired }: Trail): readonly string[] {
  return [
    ...topics.flatMap(({ name, partitions }) => {
      if (partitions === undefined) return [`${name} does not exist`];
      const messages = partitions.reduce((sum, { begin, end }) => sum + (end - begin), 0n);
      const cut = partitions.filter(({ begin }) => begin > 0n);
      return [
        `${name}  ${partitions.length} partitions, ${messages} offsets`,
        ...cut.map(({ partition, begin }) => `${name}/${partition} begins at ${begin}: what was before is gone`),
      ];
    }),
    ...(duplicates > 0 ? [`${duplicates} messages came again, byte for byte`] : []),
    ...ledgers.flatMap((ledger) => {
      const { uncovered, leftOut } = ledger.uncovered();
      const name = printable(ledger.name);
      return [
        ...(uncovered > 0
          ? [`${name}  ${uncovered} records after its newest checkpoint: nothing vouches for them yet`]
          : []),
        ...(leftOut > 0 ? [`${name}  ${leftOut} of them left out`] : []),
      ];
    }),
    ...(expired.length > 0 ? [`${expired.length} ledgers are older than kafka.retention: their records are gone`] : []),
  ];
}

/** The same for a machine. */
export function trailJson({ topics, duplicates, ledgers, expired }: Trail): object {
  return {
    topics: topics.map(({ name, partitions }) => ({
      topic: name,
      exists: partitions !== undefined,
      partitions: (partitions ?? []).map(({ partition, begin, end }) => ({
        partition,
        begin: String(begin),
        end: String(end),
      })),
    })),
    duplicates,
    uncovered: ledgers.flatMap((ledger) => {
      const { uncovered, leftOut } = ledger.uncovered();
      return uncovered > 0 ? [{ ledger: ledger.name, records: uncovered, left_out: leftOut }] : [];
    }),
    expired,
  };
}
