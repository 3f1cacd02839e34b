import type { Command } from 'commander';
import { type MaskRunOptions, runMask } from '../mask/run.ts';

export function registerMask(program: Command): void {
  program
    .command('mask')
    .description('mask standard input as the gateway would, to standard output')
    .option('--policy <path>', 'a policy file, a directory of them, or a configuration directory')
    .option('--profile <name>', 'a mask profile', 'bank')
    .option('--content-type <type>', 'what the input is', 'text/plain')
    .option('--api <api>', 'how it is read; by default as its content type says')
    .option('--path <path>', 'path of the call, where an api has several operations', '/')
    .option('--key <file>', 'the key of tokens and pseudonyms; by default keys.masking of the configuration directory')
    .option('--report', 'offset, entity and rule of each value in the text, on standard error', false)
    .option('--jsonl', 'a {"i":N,"text":T} a line; answers have spans, too', false)
    .action(async (options: MaskRunOptions) => {
      process.exitCode = await runMask(options, {
        input: process.stdin,
        output: process.stdout,
        tell: (line) => void process.stderr.write(`${line}\n`),
      });
    });
}
