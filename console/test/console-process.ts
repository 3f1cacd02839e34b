/** A real console: its own process, its own folder, the store it shares with whoever asks for approvals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { createKey } from '@countersign/adapters/keys/key-file.ts';
import { createIds, systemClock } from '@countersign/adapters/process/system.ts';
import { openApprovalStore, type SqliteApprovalStore } from '@countersign/adapters/sqlite/approval-store.ts';
import { audience, type IdentityProvider } from './identity-provider.ts';

const script = fileURLToPath(new URL('../main.ts', import.meta.url));

const policy = `version: 1
endpoints:
  - name: credit-scoring
    match: { host: scoring.bank.test, path: "/v2/models/*/infer" }
    api: open-inference-v2
    model: { name: "{path[2]}" }
    mask: { request: none, response: none }
rules:
  - name: analysts-score
    match: { endpoint: credit-scoring, groups: [credit-analysts] }
    then: allow
`;

export interface Folder {
  readonly path: string;
  readonly store: SqliteApprovalStore;
  /** Records of all runs of the console so far, in order, as they were written. */
  records(): readonly Record<string, unknown>[];
  remove(): void;
}

export function makeFolder(provider: IdentityProvider): Folder {
  const path = mkdtempSync(join(tmpdir(), 'console-'));
  for (const folder of ['policy', 'keys']) mkdirSync(join(path, folder), { mode: 0o700 });
  for (const name of ['hand-off', 'digest', 'ledger']) createKey(join(path, 'keys', `${name}.key`));
  writeFileSync(join(path, 'policy', 'policy.yaml'), policy);
  writeFileSync(
    join(path, 'countersign.yaml'),
    JSON.stringify({
      version: 1,
      issuers: [{ issuer: provider.issuer, audience: [audience], algorithms: ['ES256'], jwks_uri: provider.jwksUri }],
      approvals: { store: 'approvals.db', url: 'http://127.0.0.1:1' },
    }),
  );
  const file = join(path, 'approvals.db');
  const store = openApprovalStore({ file, ids: createIds(), clock: systemClock, holdsPerSubject: 100 });
  return {
    path,
    store,
    records: () => recordsBelow(join(path, 'ledger', 'console', '1')),
    remove: () => {
      store.close();
      rmSync(path, { recursive: true });
    },
  };
}

export interface ConsoleProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it has said on stderr. */
  log(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Rejects with the log when it does not become ready. */
export async function startConsole(folder: string, listen = '127.0.0.1:0'): Promise<ConsoleProcess> {
  const child = spawn(process.execPath, [script, '--config', folder, '--listen', listen, '--replica', '1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = once(child, 'close');
  const line = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (line.done === true) {
    const [code] = await ended;
    throw new Error(`exit ${code}: ${log}`);
  }
  const ready: unknown = JSON.parse(line.value);
  const at = typeof ready === 'object' && ready !== null && 'listen' in ready ? String(ready.listen) : '';
  return {
    url: `http://${at}`,
    process: child,
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

function recordsBelow(directory: string): readonly Record<string, unknown>[] {
  const runs = readdirSync(directory).filter((name) => name.endsWith('.db'));
  return runs.toSorted().flatMap((name) => {
    const db = new DatabaseSync(join(directory, name), { readOnly: true });
    try {
      return db
        .prepare('SELECT CAST(value AS TEXT) AS text FROM record ORDER BY seq')
        .all()
        .map((row) => JSON.parse(String(row['text'])));
    } finally {
      db.close();
    }
  });
}
