import { type Command, InvalidArgumentError } from 'commander';
import { type LedgerPlace, ledgerDirectory, withLedgerPlace } from '../ledger/directory.ts';
import { sessionJson } from '../session/json.ts';
import { countPruned, findSession, newestSessions } from '../session/lookup.ts';
import { sessionListText, sessionText } from '../session/text.ts';
import { UsageError } from '../up/configuration.ts';

interface Options extends LedgerPlace {
  readonly json: boolean;
}

const defaultLimit = 20;

/** Exit codes: 0 found, 1 no such session, 2 wrong usage or unreadable input. */
export function registerSession(program: Command): void {
  const group = program.command('session').description('what the ledgers say about a call');
  withLedgerPlace(group.command('list').description('the newest sessions'))
    .option('--limit <n>', 'how many', parseLimit, defaultLimit)
    .option('--json', 'print one JSON document', false)
    .action((options: Options & { readonly limit: number }) =>
      inLedgers(options, (directory) => list(directory, options.limit, options.json)),
    );
  withLedgerPlace(group.command('show <id>').description('everything about one call, joined over all ledgers'))
    .option('--json', 'print one JSON document', false)
    .action((id: string, options: Options) => inLedgers(options, (directory) => show(directory, id, options.json)));
}

function inLedgers(place: LedgerPlace, work: (directory: string) => void): void {
  try {
    work(ledgerDirectory(place));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

function list(directory: string, limit: number, json: boolean): void {
  const documents = newestSessions(directory, limit);
  if (json) console.log(JSON.stringify({ sessions: documents.map(sessionJson) }));
  else console.log(documents.length === 0 ? 'no sessions' : sessionListText(documents));
}

function show(directory: string, id: string, json: boolean): void {
  const document = findSession(directory, id);
  if (document === undefined) {
    const pruned = countPruned(directory);
    const where = pruned > 0 ? `; the oldest records of ${pruned} ledgers were pruned here, Kafka has them` : '';
    console.error(`no record of session ${JSON.stringify(id)}${where}`);
    process.exitCode = 1;
    return;
  }
  console.log(json ? JSON.stringify(sessionJson(document)) : sessionText(document));
}

function parseLimit(value: string): number {
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidArgumentError('a whole number from 1');
  return limit;
}
