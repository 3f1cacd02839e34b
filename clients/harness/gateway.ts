/** `countersign up` as a person types it, in front of a server that is not its own; the people log in at the demo's provider. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startIdentityProvider } from '@countersign/demo/identity-provider.ts';
import { login } from '@countersign/demo/login.ts';
import { until } from '@countersign/envoy/test/harness/processes.ts';
import { type Document, parseDocument } from './document.ts';
import { endedSessions, endings, policyIsAnother } from './trail.ts';

const countersign = fileURLToPath(new URL('../../bin/countersign.mjs', import.meta.url));
/** Of a machine that does much else besides. */
const patienceMs = 60_000;

export interface Gateway {
  /** Where callers call, `http://127.0.0.1:PORT`. */
  readonly proxy: string;
  /** An access token of one of the demo's people, by a real login. */
  token(name: string): Promise<string>;
  /**
   * The answer to a call that is held: rex of model-risk decides by the command line what has been asked for.
   *
   * @param holds when he does: not before this is true
   */
  decided<T>(verdict: 'approve' | 'deny', answer: Promise<T>, holds?: () => boolean): Promise<T>;
  /** `countersign session show`, once the session has its terminal record. */
  session(id: string): Promise<Document>;
  /** Those that have their terminal record, in the order in which they began. */
  endedSessions(): readonly string[];
}

export interface GatewayOptions {
  /** Values of `--upstream`. The first is asked for its model by the starter configuration. */
  readonly upstreams: readonly string[];
  /** Replaces the policy of the starter configuration, while it runs. */
  readonly policy: string;
}

/**
 * The start is that of a newcomer: an empty folder, `--issuer`, and the starter configuration. Then the policy is edited.
 *
 * @param ends what the end of the test disposes of. The gateway's end throws unless every call that Envoy counted has exactly one
 *   terminal record and `ledger verify` finds nothing.
 */
export async function startGateway(
  { upstreams, policy }: GatewayOptions,
  ends: AsyncDisposableStack,
): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-clients-'));
  ends.defer(async () => rmSync(directory, { recursive: true, force: true }));
  const provider = await startIdentityProvider();
  ends.defer(() => provider.close());
  const config = join(directory, 'gateway');
  mkdirSync(config);
  const starter = ['--issuer', provider.issuer, '--audience', provider.audience, '--group', 'credit-analysts'];
  const places = upstreams.flatMap((upstream) => ['--upstream', upstream]);
  const ready = await startUp(['--config', config, ...places, ...starter, '--processes', '1', '--json'], ends);
  const ledger = ready.text('ledger');
  writeFileSync(join(config, 'policy', 'first.yaml'), policy);
  await until('every service has the new policy', () => policyIsAnother(ledger), patienceMs);
  const tokenFile = join(directory, 'rex.token');
  const asRex = ['--config', config, '--token-file', tokenFile, '--json'];
  writeFileSync(tokenFile, await login(provider.issuer, 'rex'), { mode: 0o600 });

  return {
    proxy: ready.text('proxy'),
    token: (name) => login(provider.issuer, name),
    async decided(verdict, answer, holds = () => true) {
      const decide = async (): Promise<void> => {
        const approval = await approvalAskedFor(asRex);
        await until('it is time to decide', holds, patienceMs);
        await run('approval', verdict, approval, '--reason', 'Seen by rex', ...asRex);
      };
      const [answered] = await Promise.all([answer, decide()]);
      return answered;
    },
    async session(id) {
      await until(`${id} has ended`, () => endings(ledger).get(id) === 1, patienceMs);
      return parseDocument(await run('session', 'show', id, '--json', '--config', config));
    },
    endedSessions: () => endedSessions(ledger),
  };
}

async function approvalAskedFor(as: readonly string[]): Promise<string> {
  let found: string | undefined;
  const asked = async (): Promise<boolean> => {
    const listed = parseDocument(await run('approval', 'list', ...as)).list('approvals');
    found = listed.find((approval) => approval.at('state') === 'requested')?.text('id');
    return found !== undefined;
  };
  await until('an approval is asked for', asked, patienceMs);
  return found ?? '';
}

/** Resolves with what `up --json` says when it is ready. */
async function startUp(options: readonly string[], ends: AsyncDisposableStack): Promise<Document> {
  const child = spawn(process.execPath, [countersign, 'up', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit');
  let ready: Document | undefined;
  ends.defer(async () => {
    const calls = ready === undefined ? 0 : await callsOf(ready.text('admin'));
    child.kill('SIGTERM');
    const [code] = await exited;
    assert.equal(code, 0, log);
    if (ready !== undefined) await assertComplete(ready.text('ledger'), calls);
  });
  ready = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => parseDocument(String(line))),
    exited.then(([code]) => Promise.reject(new Error(`up ended with ${code}:\n${log}`))),
  ]);
  return ready;
}

async function assertComplete(ledger: string, calls: number): Promise<void> {
  const counts = endings(ledger);
  const open = [...counts].filter(([, count]) => count === 0).map(([session]) => session);
  assert.deepEqual(open, [], 'sessions without a terminal record');
  assert.equal(counts.size, calls, 'sessions on record, and requests that Envoy counted');
  await run('ledger', 'verify', ledger, '--json');
}

async function callsOf(admin: string): Promise<number> {
  const name = 'http.countersign.downstream_rq_total';
  const text = await (await fetch(`${admin}/stats?filter=^${name}$`)).text();
  return Number(/: (\d+)/.exec(text)?.[1]);
}

/** `countersign …`, its stdout. Rejects unless it exits 0. */
const run = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [countersign, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
