import type { Command } from 'commander';
import { revealToken } from '../token/reveal.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

interface Options {
  readonly config: string;
  readonly entity: string;
  readonly reason: string;
}

const maxTokenBytes = 4096;

/** Exit codes: 0 revealed, 1 no token of this entity, 2 wrong usage, no key, or no ledger to record it in. */
export function registerToken(program: Command): void {
  program
    .command('token')
    .description('tokens that stand in for values')
    .command('reveal')
    .description('the value of the token on standard input; recorded before it is printed')
    .requiredOption('--config <dir>', 'folder with countersign.yaml, which names the key and the folder of the ledgers')
    .requiredOption('--entity <name>', 'what the value is: us_ssn, email, …, or the name of a custom one')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action(async ({ config, entity, reason }: Options) => {
      try {
        const value = await revealToken({ entity, reason, token: await readToken() }, readConfiguration(config));
        if (value === undefined) fail(`no token of ${entity}`, 1);
        else process.stdout.write(`${value}\n`);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        fail(error.message, 2);
      }
    });
}

/** On standard input, as arguments end up in histories and process lists. */
async function readToken(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxTokenBytes) throw new UsageError('one token, on standard input');
  }
  const token = text.replace(/\r?\n$/, '');
  if (token === '' || token.includes('\n')) throw new UsageError('one token, on standard input');
  return token;
}

function fail(message: string, code: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}
