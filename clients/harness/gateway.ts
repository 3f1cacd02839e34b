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
import { readTrail, terminalTypes } from '@countersign/envoy/test/harness/trail.ts';
import { type Document, parseDocument } from './document.ts';

const countersign = fileURLToPath(new URL('../../bin/countersign.mjs', import.meta.url));

export interface Gateway {
  /** Where callers call, `http://127.0.0.1:PORT`. */
  readonly proxy: string;
  /** An access token of one of the demo's people, by a real login. */
  token(name: string): Promise<string>;
  /** Resolves with the approval that somebody has asked for, once there is one. */
  approvalAskedFor(): Promise<string>;
  /** By the command line, as rex of model-risk. */
  decide(verdict: 'approve' | 'deny', approval: string): Promise<void>;
  /** `countersign session show`, once the session has its terminal record. */
  session(id: string): Promise<Document>;
  /** Sessions that have ended; each has one terminal record, or this throws. */
  endedSessions(): readonly string[];
  /** Ends it; throws unless every call has one terminal record and `ledger verify` says yes. */
  end(): Promise<void>;
}

export interface GatewayOptions {
  /** Values of `--upstream`. The first is asked for its model by the starter configuration. */
  readonly upstreams: readonly string[];
  /** Replaces the policy of the starter configuration, while it runs. */
  readonly policy: string;
}

/** The first start is that of a newcomer: an empty folder, `--issuer`, and the starter configuration. Then the policy is edited. */
export async function startGateway({ upstreams, policy }: GatewayOptions): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-clients-'));
  const config = join(directory, 'gateway');
  mkdirSync(config);
  const provider = await startIdentityProvider();
  const starter = ['--issuer', provider.issuer, '--audience', provider.audience, '--group', 'credit-analysts'];
  const places = upstreams.flatMap((upstream) => ['--upstream', upstream]);
  const args = ['up', '--config', config, ...places, ...starter, '--processes', '1', '--json'];
  const child = spawn(process.execPath, [countersign, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit');
  const ready = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => parseDocument(String(line))),
    exited.then(([code]) => Promise.reject(new Error(`up ended with ${code}:\n${log}`))),
  ]);
  const ledger = ready.text('ledger');
  await editPolicy(join(config, 'policy', 'first.yaml'), policy, ledger);
  const tokenFile = join(directory, 'rex.token');
  const asRex = ['--config', config, '--token-file', tokenFile, '--json'];
  writeFileSync(tokenFile, await login(provider.issuer, 'rex'), { mode: 0o600 });

  const terminals = (): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const { type, session = '' } of readTrail(ledger)) {
      if (!type.startsWith('session.')) continue;
      const isTerminal = terminalTypes.some((terminal) => terminal === type);
      counts.set(session, (counts.get(session) ?? 0) + (isTerminal ? 1 : 0));
    }
    return counts;
  };

  return {
    proxy: ready.text('proxy'),
    token: (name) => login(provider.issuer, name),
    async approvalAskedFor() {
      let found: string | undefined;
      await until('an approval is asked for', async () => {
        const { stdout } = await run('approval', 'list', ...asRex);
        found = parseDocument(stdout)
          .list('approvals')
          .find((approval) => approval.at('state') === 'requested')
          ?.text('id');
        return found !== undefined;
      });
      return found ?? '';
    },
    async decide(verdict, approval) {
      const { code, stderr } = await run('approval', verdict, approval, '--reason', 'Seen by rex', ...asRex);
      assert.equal(code, 0, stderr);
    },
    async session(id) {
      await until(`${id} has ended`, () => terminals().get(id) === 1);
      const { code, stdout, stderr } = await run('session', 'show', id, '--json', '--config', config);
      assert.equal(code, 0, stderr);
      return parseDocument(stdout);
    },
    endedSessions() {
      const counts = terminals();
      for (const [session, count] of counts) assert.ok(count <= 1, `${count} terminal records of ${session}`);
      return [...counts].filter(([, count]) => count === 1).map(([session]) => session);
    },
    async end() {
      const calls = await envoyCount(ready.text('admin'));
      child.kill('SIGTERM');
      const [code] = await exited;
      try {
        assert.equal(code, 0, log);
        const counts = terminals();
        const odd = [...counts].filter(([, count]) => count !== 1);
        assert.deepEqual(odd, [], 'sessions without exactly one terminal record');
        assert.equal(counts.size, calls, 'sessions on record, and requests that Envoy counted');
        const verified = await run('ledger', 'verify', ledger, '--json');
        assert.equal(verified.code, 0, verified.stdout);
      } finally {
        await provider.close();
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

/** Saves the file and waits until both services decide by it. */
async function editPolicy(file: string, policy: string, ledger: string): Promise<void> {
  const services = 2;
  const loads = (): number => readTrail(ledger).filter(({ type }) => type === 'policy.loaded').length;
  const before = loads();
  writeFileSync(file, policy);
  await until('both services have the new policy', () => loads() === before + services);
}

async function envoyCount(admin: string): Promise<number> {
  const name = 'http.countersign.downstream_rq_total';
  const text = await (await fetch(`${admin}/stats?filter=^${name}$`)).text();
  return Number(/: (\d+)/.exec(text)?.[1]);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [countersign, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
