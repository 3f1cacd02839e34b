import { PackFolderError } from '@countersign/adapters/files/pack-folder.ts';
import { BundleError } from '@countersign/adapters/sqlite/bundle-sources.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { exportEvidence } from '../evidence/export.ts';
import { type EvidenceSource, folderSource, trailSource } from '../evidence/source.ts';
import { exitCodeOf, exportJson, exportText } from '../evidence/text.ts';
import { withTrail } from '../ledger/kafka.ts';
import { nowAndThen } from '../ledger/now-and-then.ts';
import { isSystemError } from '../ledger/reconcile.ts';
import { timeOption } from '../ledger/time-option.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

interface Options {
  readonly config: string;
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly accessLog: readonly string[];
  readonly other: readonly string[];
  readonly anchor?: string;
  readonly key: readonly string[];
  readonly sample: number;
  readonly seed?: string;
  readonly reason: string;
  readonly kafka: boolean;
  readonly json: boolean;
}

const sampledByDefault = 25;
const maxSampled = 10_000;

/** Exit codes: 0 exported, 1 exported and something in the report needs attention, 2 not exported. */
export function registerEvidence(program: Command): void {
  program
    .command('evidence')
    .description('what an examiner asks for')
    .command('export')
    .description(
      'one folder for a period: report, records, proofs, keys, a verifier; signed, recorded, checked offline',
    )
    .requiredOption('--config <dir>', 'folder with countersign.yaml, which names ledgers and keys')
    .requiredOption('--from <time>', 'sessions that ended from then on, like 2026-01-01T00:00:00Z')
    .requiredOption('--to <time>', 'and before then')
    .requiredOption('--out <dir>', 'the folder to make; must not exist yet')
    .requiredOption('--reason <text>', 'why it is exported; it is recorded')
    .option('--access-log <file>', "Envoy's access log of the period, for completeness; again for more", collect, [])
    .option('--other <cluster>', 'a cluster of Envoy that leads to no model; may be given again', collect, [])
    .option('--anchor <dir>', 'folder with anchored checkpoints; a copy of it goes into the pack')
    .option('--key <key>', 'a long-term key to trust, or a file with such lines; may be given again', collect, [])
    .option('--sample <n>', 'how many sessions to draw, each with its proofs', parseSample, sampledByDefault)
    .option('--seed <text>', 'what draws them: the same text draws the same; random by default')
    .option('--kafka', 'take the records from the topics of Kafka: of all hosts, and what was pruned here', false)
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExit codes: 0 exported, 1 exported and something needs attention, 2 not exported.')
    .action(async (options: Options) => {
      try {
        await runExport(options);
      } catch (error) {
        if (!isExpected(error)) throw error;
        console.error(error.message);
        process.exitCode = 2;
      }
    });
}

async function runExport({ config, from, to, accessLog: logs, other: others, key: keys, ...rest }: Options) {
  const { out, anchor, sample, seed, reason, kafka, json } = rest;
  const [fromMs, toMs] = [timeOption('--from', from), timeOption('--to', to)];
  if (seed?.trim() === '') throw new UsageError('--seed: a text is needed');
  const request = { config, out, fromMs, toMs, logs, others, anchor, keys, sample, seed, reason };
  const configuration = readConfiguration(config);
  const exportFrom = (source: EvidenceSource) =>
    exportEvidence({ ...request, from: source }, configuration, nowAndThen());
  const { directory } = configuration.ledger;
  const exported = kafka
    ? await withTrail(
        undefined,
        { config },
        (trail) => exportFrom(trailSource(trail, configuration.kafka?.topicPrefix ?? '', directory)),
        { coveredOnly: true },
      )
    : await exportFrom(folderSource(directory));
  console.log(json ? JSON.stringify(exportJson(exported, out)) : exportText(exported, out));
  process.exitCode = exitCodeOf(exported);
}

/** Said in a line; anything else is a bug of ours. */
const isExpected = (error: unknown): error is Error =>
  [UsageError, PackFolderError, BundleError].some((kind) => error instanceof kind) || isSystemError(error);

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function parseSample(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > maxSampled) throw new InvalidArgumentError(`a number up to ${maxSampled}`);
  return count;
}
