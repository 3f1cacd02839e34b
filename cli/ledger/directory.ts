import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { readConfiguration, UsageError } from '../up/configuration.ts';

export interface LedgerPlace {
  readonly config?: string;
  readonly ledger?: string;
}

/** Where the ledgers are: said directly, or by the configuration of whoever writes them. */
export function withLedgerPlace(command: Command): Command {
  return command
    .addOption(new Option('--ledger <dir>', 'folder of the ledgers').conflicts('config'))
    .option('--config <dir>', 'folder with countersign.yaml, which names the folder of the ledgers');
}

/** @throws UsageError */
export function ledgerDirectory({ config, ledger }: LedgerPlace, positional?: string): string {
  const said = positional ?? ledger ?? (config === undefined ? undefined : readConfiguration(config).ledger.directory);
  if (said === undefined) throw new UsageError('--ledger DIR or --config DIR is needed: where are the ledgers?');
  const directory = resolve(said);
  if (!existsSync(directory)) throw new UsageError(`${directory} does not exist`);
  return directory;
}
