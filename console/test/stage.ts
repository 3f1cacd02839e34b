/** A real console process, a real key set over HTTP, the real store: everything but the callers' Envoy. */
import assert from 'node:assert/strict';
import { good } from '@countersign/adapters/sqlite/test/approvals.ts';
import { type Approval, type ApprovalRequest, parseApprovalBinding } from '@countersign/core/approval/approval.ts';
import { requestOf } from '@countersign/core/approval/request.testing.ts';
import { type ConsoleProcess, type Folder, makeFolder, startConsole } from './console-process.ts';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Of a problem document. */
  readonly code: unknown;
  readonly headers: Headers;
}

export interface Stage {
  readonly provider: IdentityProvider;
  readonly folder: Folder;
  readonly console: ConsoleProcess;
  /** What proc-service does when a call of ana's is held; every call is another one. */
  hold(change?: Partial<ApprovalRequest>, atMs?: number): Approval;
  standing(approval: Approval): Approval;
  ask(path: string, token: string | undefined, init?: RequestInit): Promise<Answer>;
  decision(id: string, token: string, body: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export const approve = { verdict: 'approve', reason: 'Quarterly review, sample of 101' };
export const answered = ({ status, code }: Answer): string => `${status} ${String(code)}`;

export async function setStage(): Promise<Stage> {
  const provider = await startIdentityProvider();
  const folder = makeFolder(provider);
  const running = await startConsole(folder.path);
  const ask: Stage['ask'] = (path, token, init = {}) => askConsole(`${running.url}${path}`, token, init);
  let calls = 0;
  return {
    provider,
    folder,
    console: running,
    ask,
    hold(change = {}, atMs = Date.now()) {
      calls += 1;
      const binding = parseApprovalBinding(calls.toString(16).padStart(64, '0'));
      assert.ok(binding);
      const requester = { subject: 'ana', issuer: provider.issuer, client: 'cli' };
      return good(folder.store.request(requestOf({ binding, requester, ...change }), atMs)).approval;
    },
    standing: ({ id }) => good(folder.store.get(id, Date.now())),
    decision: (id, token, body) =>
      ask(`/api/approvals/${id}/decision`, token, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    async stop() {
      await running.stop();
      folder.remove();
      provider.stop();
    },
  };
}

async function askConsole(url: string, token: string | undefined, init: RequestInit): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { ...init, headers: { ...authorization, ...init.headers } });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = type.includes('json') ? JSON.parse(text) : text;
  if (response.status >= 400) assert.match(type, /^application\/problem\+json/);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return { status: response.status, body, code, headers: response.headers };
}
