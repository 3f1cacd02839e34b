import type { Trail } from '@countersign/adapters/kafka/trail.ts';
import { auditTrail } from '@countersign/adapters/kafka/trail-audit.ts';
import { type Audit, auditSources } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { directorySources } from '@countersign/adapters/sqlite/ledger-sources.ts';
import { kindOf } from '@countersign/core/ledger/findings.ts';
import type { Command } from 'commander';
import { auditText, limitsOf } from '../ledger/audit-text.ts';
import { readSources, writeBundle } from '../ledger/bundle.ts';
import { type LedgerPlace, ledgerDirectory, withLedgerPlace } from '../ledger/directory.ts';
import { type KafkaPlace, trailJson, trailText, withKafka, withTrail } from '../ledger/kafka.ts';
import { nowAndThen } from '../ledger/now-and-then.ts';
import { type ReconcileArguments, runReconcile } from '../ledger/reconcile.ts';
import { publicKeyLine, readTrust, type Trusted, trustedBy } from '../ledger/trust.ts';
import { UsageError } from '../up/configuration.ts';

interface VerifyOptions extends LedgerPlace, KafkaPlace {
  readonly json: boolean;
  readonly key: readonly string[];
  readonly anchor?: string;
}

/**
 * Exit codes of `verify`: 0 consistent, 10 altered, 11 gap, 12 fork, 13 signature, 14 not closed; of `reconcile`: 0 every difference
 * is explained, 1 not; of all: 2 unreadable or wrong usage.
 */
export function registerLedger(program: Command): void {
  const group = program.command('ledger').description('the append-only record of every call');
  withKafka(
    withLedgerPlace(
      group
        .command('verify [dir]')
        .description('walk every ledger of a folder, of an exported file or of Kafka, and say where it breaks'),
    ),
  )
    .option(
      '--key <key>',
      'a long-term key to trust, as `ledger key` prints it, or a file with such lines; may be given again',
      collect,
      [],
    )
    .option('--anchor <dir>', 'folder with anchored checkpoints, out of reach of whoever runs the host')
    .option('--json', 'print one JSON document', false)
    .action((dir: string | undefined, options: VerifyOptions) =>
      orUsage(() => (options.kafka ? verifyKafka(dir, options) : verify(ledgerDirectory(options, dir), options))),
    );
  withKafka(
    withLedgerPlace(group.command('export [dir]').description('all ledgers as one file of JSON lines, for verifiers')),
  )
    .requiredOption('--out <file>', 'must not exist yet')
    .action((dir: string | undefined, options: LedgerPlace & KafkaPlace & { readonly out: string }) =>
      orUsage(() => (options.kafka ? exportKafka(dir, options) : exportFolder(ledgerDirectory(options, dir), options))),
    );
  withLedgerPlace(
    group
      .command('reconcile <log...>')
      .description("hold Envoy's access log against the ledgers: every request has a session, every session a request"),
  )
    .option('--from <time>', 'ask only about what ended from then on, like 2026-01-31T00:00:00Z')
    .option(
      '--to <time>',
      'ask only about what ended until then; the log must go on for as long as a slow caller takes',
    )
    .option('--other <cluster>', 'a cluster of Envoy that leads to no model; may be given again', collect, [])
    .option('--list <file>', 'write every difference there, explained or not, a line of JSON each; must not exist yet')
    .option('--json', 'print one JSON document', false)
    .action((logs: readonly string[], options: LedgerPlace & ReconcileArguments) =>
      orUsage(() => runReconcile(logs, ledgerDirectory(options), options)),
    );
  group
    .command('key')
    .description('the public half of the long-term key, for auditors to pin')
    .requiredOption('--config <dir>', 'folder with countersign.yaml')
    .action(({ config }: { readonly config: string }) => orUsage(() => console.log(publicKeyLine(config))));
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

async function orUsage(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

function verify(place: string, options: VerifyOptions): void {
  const trust = readTrust(options);
  const say = nowAndThen();
  const audit = auditSources(readSources(place), (records) => say(`${records} records verified`), trust);
  if (audit.ledgers.length === 0 && audit.findings.length === 0) throw new UsageError(`${place} holds no ledger`);
  const trusted = trustedBy(audit, trust, options.anchor);
  console.log(options.json ? JSON.stringify(toJson(audit, trusted)) : auditText(audit, trusted));
  process.exitCode = audit.exitCode;
}

async function verifyKafka(dir: string | undefined, options: VerifyOptions): Promise<void> {
  const trust = readTrust(options);
  const say = nowAndThen();
  await withTrail(dir, options, (trail) => {
    const audit = auditTrail(trail, (records) => say(`${records} records verified`), trust);
    const trusted = trustedBy(audit, trust, options.anchor);
    const text = (): string => [...trailText(trail), auditText(audit, trusted)].join('\n');
    console.log(options.json ? JSON.stringify({ ...toJson(audit, trusted), kafka: trailJson(trail) }) : text());
    process.exitCode = audit.exitCode;
  });
}

function exportFolder(directory: string, { out }: { readonly out: string }): void {
  writeBundle(directorySources(directory), out);
}

/** Without what no checkpoint covers yet: a bundle has no word for that, and would not verify. */
async function exportKafka(dir: string | undefined, options: KafkaPlace & { readonly out: string }): Promise<void> {
  const write = (trail: Trail): void => {
    writeBundle(trail.replicas, options.out);
    for (const line of trailText(trail)) console.error(line);
  };
  await withTrail(dir, options, write, { coveredOnly: true });
}

function toJson({ ledgers, findings, moreFindings, exitCode }: Audit, trusted: Trusted): object {
  return {
    consistent: exitCode === 0,
    exit_code: exitCode,
    ledgers: ledgers.map(({ id, file, records, end, root, certificate, anchored, pruned }) => ({
      id,
      file,
      records,
      end,
      root,
      certificate: certificate?.counter,
      anchored,
      pruned: pruned && { to: pruned.to, checkpoints_not_computable: pruned.passed },
    })),
    findings: findings.map((finding) => ({ kind: kindOf(finding), ...finding })),
    more_findings: moreFindings,
    trusted: {
      pinned_keys: trusted.pinned,
      keys_of_the_ledgers: trusted.carried,
      anchor: trusted.anchor ?? null,
    },
    limits: limitsOf(trusted),
  };
}
