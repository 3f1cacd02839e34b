import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../model/json.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The story's hands on the command line: each call is `countersign …` as a process of its own, as a person would type it. */
export interface Operator {
  openApprovals(token: string): Promise<readonly string[]>;
  decide(verdict: 'approve' | 'deny', id: string, reason: string, token: string): Promise<CommandResult>;
  verify(ledger: string): Promise<CommandResult>;
  showSession(session: string): Promise<CommandResult>;
  /** The same for people: one line a field. */
  printSession(session: string): Promise<CommandResult>;
}

export function createOperator(options: {
  /** Program and arguments that stand for `countersign`. */
  readonly command: readonly [string, ...string[]];
  readonly config: string;
  readonly scratch: string;
}): Operator {
  const [file, ...leading] = options.command;
  const run = (...args: readonly string[]): Promise<CommandResult> =>
    new Promise((resolve) => {
      execFile(file, [...leading, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
    });
  // A token on a command line would be in the process list: it goes through a file.
  const asPerson = (token: string): readonly string[] => {
    const path = join(options.scratch, 'person.token');
    writeFileSync(path, token, { mode: 0o600 });
    return ['--config', options.config, '--token-file', path];
  };
  return {
    async openApprovals(token) {
      const { code, stdout, stderr } = await run('approval', 'list', '--json', ...asPerson(token));
      if (code !== 0) throw new Error(`approval list: exit ${code} ${stderr.slice(0, 200)}`);
      return idsOf(JSON.parse(stdout));
    },
    decide: (verdict, id, reason, token) =>
      run('approval', verdict, id, '--reason', reason, '--json', ...asPerson(token)),
    verify: (ledger) => run('ledger', 'verify', ledger, '--json'),
    showSession: (session) => run('session', 'show', session, '--json', '--config', options.config),
    printSession: (session) => run('session', 'show', session, '--config', options.config),
  };
}

function idsOf(list: unknown): readonly string[] {
  const approvals = isObject(list) ? list['approvals'] : list;
  if (!Array.isArray(approvals)) return [];
  return approvals.flatMap((one: unknown) =>
    isObject(one) && one['state'] === 'requested' && typeof one['id'] === 'string' ? [one['id']] : [],
  );
}
