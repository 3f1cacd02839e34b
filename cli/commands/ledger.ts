import { type Audit, auditLedgers } from '@countersign/adapters/sqlite/ledger-audit.ts';
import { kindOf } from '@countersign/core/ledger/findings.ts';
import type { Command } from 'commander';
import { auditText, limits } from '../ledger/audit-text.ts';
import { type LedgerPlace, ledgerDirectory, withLedgerPlace } from '../ledger/directory.ts';
import { UsageError } from '../up/configuration.ts';

interface Options extends LedgerPlace {
  readonly json: boolean;
}

/** Below this a person does not wonder whether anything happens. */
const quietMs = 1000;

/** Exit codes: 0 consistent, 10 altered, 11 gap, 12 fork, 14 not closed, 2 unreadable or wrong usage. */
export function registerLedger(program: Command): void {
  const group = program.command('ledger').description('the append-only record of every call');
  withLedgerPlace(group.command('verify [dir]').description('walk every ledger and say where it breaks'))
    .option('--json', 'print one JSON document', false)
    .action((dir: string | undefined, options: Options) => {
      try {
        verify(ledgerDirectory(options, dir), options);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        console.error(error.message);
        process.exitCode = 2;
      }
    });
}

function verify(directory: string, { json }: Options): void {
  const audit = auditLedgers(directory, progress());
  if (audit.ledgers.length === 0) throw new UsageError(`${directory} holds no ledger`);
  console.log(json ? JSON.stringify(toJson(audit)) : auditText(audit));
  process.exitCode = audit.exitCode;
}

function progress(): (records: number) => void {
  let saidAt = performance.now();
  return (records) => {
    if (performance.now() - saidAt < quietMs) return;
    saidAt = performance.now();
    console.error(`${records} records verified …`);
  };
}

function toJson({ ledgers, findings, moreFindings, exitCode }: Audit): object {
  return {
    consistent: exitCode === 0,
    exit_code: exitCode,
    ledgers: ledgers.map(({ id, file, records, end, lastLeaf }) => ({ id, file, records, end, last_leaf: lastLeaf })),
    findings: findings.map((finding) => ({ kind: kindOf(finding), ...finding })),
    more_findings: moreFindings,
    trusted: { key: null, anchor: null },
    limits,
  };
}
