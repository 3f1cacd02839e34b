/** `npm run bench`; see README.md. Exit codes: 0 fine, 1 a call failed or a promise was not kept, 2 wrong usage. */
import { parseCommand, usage } from './arguments.ts';
import { benchCalls } from './calls/run.ts';
import { benchLedger } from './ledger/run.ts';
import { benchMask } from './mask/run.ts';
import { benchRecords } from './records/run.ts';
import { benchSoak } from './soak/run.ts';
import { benchStreams } from './streams/run.ts';

async function run(argv: readonly string[]): Promise<number> {
  const command = commandOf(argv);
  switch (command?.name) {
    case 'calls':
      return (await benchCalls(command.options)) ? 0 : 1;
    case 'ledger':
      return (await benchLedger(command.options)) ? 0 : 1;
    case 'mask':
      return (await benchMask(command.options)) ? 0 : 1;
    case 'records':
      return (await benchRecords(command.options)) ? 0 : 1;
    case 'soak':
      return (await benchSoak(command.options)) ? 0 : 1;
    case 'streams':
      return (await benchStreams(command.options)) ? 0 : 1;
    case undefined:
      return 2;
  }
}

function commandOf(argv: readonly string[]): ReturnType<typeof parseCommand> | undefined {
  try {
    return parseCommand(argv);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : 'wrong arguments'}\n\n${usage}`);
    return undefined;
  }
}

process.exitCode = await run(process.argv.slice(2));
