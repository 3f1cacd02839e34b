import { parseDuration } from '@countersign/core/policy/units.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { OpenedPayload, Opening } from '../payload/open.ts';
import { RevealRefused } from '../payload/refused.ts';
import { revealPayload } from '../payload/reveal.ts';
import { NotApproved } from '../payload/second-person.ts';
import { payloadJson, payloadText } from '../payload/text.ts';
import { UsageError } from '../up/configuration.ts';

interface Options {
  readonly config: string;
  readonly what: Opening;
  readonly reason: string;
  readonly tokenFile: string;
  readonly keys?: string;
  readonly ledger?: string;
  readonly wait: number;
  readonly json: boolean;
}

const defaultWaitMs = 10 * 60 * 1000;

/** Exit codes: 0 revealed, 1 refused or a part that does not open, 2 wrong usage, no ledger to record it in. */
export function registerPayload(program: Command): void {
  program
    .command('payload')
    .description('what was sealed of calls')
    .command('reveal <session>')
    .description('open it, for a person in the role that the endpoint names; recorded before it is printed')
    .requiredOption('--config <dir>', 'folder with countersign.yaml and policy/')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .requiredOption('--token-file <file>', 'your token of an issuer of the configuration; - for standard input')
    .addOption(
      new Option('--what <what>', 'the masked copy, or the original, for which a second person may have to agree')
        .choices(['copy', 'original'])
        .default('copy'),
    )
    .option('--keys <dir>', 'folder of the private halves (keys.private of the configuration)')
    .option('--ledger <place>', 'folder or bundle that has the session (ledger.directory of the configuration)')
    .option('--wait <duration>', 'for the second person', parseWait, defaultWaitMs)
    .option('--json', 'print one JSON document', false)
    .action(async (session: string, options: Options) => {
      const { config, what, reason, tokenFile, keys, ledger, wait, json } = options;
      const tell = (text: string): void => console.error(text);
      try {
        const opened = await revealPayload({
          session,
          opening: what,
          reason,
          config,
          tokenFile,
          keys,
          ledger,
          waitMs: wait,
          tell,
        });
        console.log(json ? JSON.stringify({ session, payload: payloadJson(opened) }) : payloadText(opened));
        if (!opened.every(isWhole)) process.exitCode = 1;
      } catch (error) {
        if (error instanceof UsageError) fail(error.message, 2);
        else if (error instanceof RevealRefused || error instanceof NotApproved) fail(error.message, 1);
        else throw error;
      }
    });
}

const isWhole = ({ faults }: OpenedPayload): boolean => faults.length === 0;

function parseWait(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('a duration such as 30s or 10m');
  return ms;
}

function fail(message: string, code: number): void {
  console.error(message);
  process.exitCode = code;
}
