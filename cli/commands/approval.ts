import { approvalStates } from '@countersign/core/approval/approval.ts';
import { parseApprovalList, parseApprovalView } from '@countersign/core/approval/view.ts';
import { isUlid } from '@countersign/core/ledger/ledger-id.ts';
import { type Command, Option } from 'commander';
import { type ConsoleClient, createConsoleClient, NotAskedError, RefusedError } from '../approval/console-client.ts';
import { approvalText, listText, refusalText } from '../approval/text.ts';
import { readToken } from '../approval/token-file.ts';
import { readConfiguration, UsageError } from '../up/configuration.ts';

interface Options {
  readonly tokenFile: string;
  readonly url?: string;
  readonly config?: string;
  readonly json: boolean;
}
interface Answer {
  /** What --json prints. */
  readonly value: unknown;
  readonly text: string;
}

/** Decides through the console's API with one's own token. Exit codes: 0 done, 1 refused, 2 wrong usage or not reachable. */
export function registerApproval(program: Command): void {
  const group = program.command('approval').description('see and decide calls that wait for a person');
  withConsole(group.command('list').description('what waits for a decision, and what you asked for yourself'))
    .addOption(new Option('--state <state>', 'only these').choices([...approvalStates, 'all']).default('requested'))
    .action((options: Options & { readonly state: string }) => run(options, (client) => list(client, options.state)));
  withConsole(group.command('show <id>').description('who asks for what, masked')).action(
    (id: string, options: Options) => run(options, async (client) => one(await client.get(`/${checked(id)}`))),
  );
  for (const verdict of ['approve', 'deny'] as const) {
    withConsole(group.command(`${verdict} <id>`).description(`${verdict} a request of somebody else`))
      .requiredOption('--reason <text>', 'why; goes into the record (3 to 1000 characters)')
      .action((id: string, options: Options & { readonly reason: string }) =>
        run(options, async (client) =>
          one(await client.post(`/${checked(id)}/decision`, { verdict, reason: options.reason })),
        ),
      );
  }
}

function withConsole(command: Command): Command {
  return command
    .requiredOption('--token-file <file>', 'file with your access token; - reads stdin')
    .addOption(new Option('--url <url>', 'address of the console').conflicts('config'))
    .option('--config <dir>', 'folder with countersign.yaml, which names the console')
    .option('--json', 'print one JSON document', false);
}

async function run(options: Options, ask: (client: ConsoleClient) => Promise<Answer>): Promise<void> {
  try {
    const client = createConsoleClient(consoleUrl(options), await readToken(options.tokenFile));
    const { value, text } = await ask(client);
    console.log(options.json ? JSON.stringify(value) : text);
  } catch (error) {
    if (error instanceof RefusedError) {
      if (options.json) console.log(JSON.stringify(error.refusal));
      console.error(refusalText(error.refusal));
      process.exitCode = 1;
    } else if (error instanceof UsageError || error instanceof NotAskedError) {
      console.error(error.message);
      process.exitCode = 2;
    } else throw error;
  }
}

function consoleUrl({ url, config }: Options): string {
  if (url !== undefined) return url;
  if (config !== undefined) return readConfiguration(config).approvals.url;
  throw new UsageError('--url URL or --config DIR is needed: where is the console?');
}

async function list(client: ConsoleClient, state: string): Promise<Answer> {
  const value = await client.get(state === 'all' ? '' : `?state=${state}`);
  const approvals = parseApprovalList(value);
  if (approvals === undefined) throw new NotAskedError('the console answers in a way this version does not read');
  return { value, text: listText(approvals) };
}

function one(value: unknown): Answer {
  const approval = parseApprovalView(value);
  if (approval === undefined) throw new NotAskedError('the console answers in a way this version does not read');
  return { value, text: approvalText(approval) };
}

/** An id goes into a path: only what an id can be. */
function checked(id: string): string {
  if (!isUlid(id)) throw new UsageError(`${JSON.stringify(id)} is not an approval's id`);
  return id;
}
