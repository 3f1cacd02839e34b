/** Ledgers of a real writer in which something of everything happened, as the services record it. */
import type { TestContext } from 'node:test';
import { approvalConsumed, approvalRequested } from '@countersign/core/exchange/hold-records.ts';
import { deniedCall, heldSession, scoredSession } from '@countersign/core/exchange/records.testing.ts';
import { sessionEnded } from '@countersign/core/exchange/records.ts';
import type { Session } from '@countersign/core/exchange/session.ts';
import type { JsonObject, RecordDraft } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import { directorySources } from '../sqlite/ledger-sources.ts';
import { ledgerFolder, open } from '../sqlite/test/ledgers.ts';
import { type Gathered, type GatherOptions, gather } from './gather.ts';

/** When the sessions of `scoredSession` begin; the period begins then too. */
export const beginMs = 1_790_000_000_123;
export const revision = '0123456789abcdef'.repeat(4);
export const approvalId = '01M83J0V1F000000000000000A';
const endpoint = 'credit-scoring';
const issuer = 'https://login.bank.internal/realms/staff';

export const sessionOf = (n: number): string => `01M83J0W0H${String(n).padStart(16, '0')}`;
const at = (n: number): string => isoTime(beginMs + n);

export const record = (type: RecordDraft['type'], n: number, data: JsonObject, session?: string): RecordDraft => ({
  type,
  time: at(n),
  data,
  ...(session === undefined ? {} : { session }),
});

const sealed = { box: 'A'.repeat(64), enc: 'A'.repeat(43), key: 'a1b2c3d4e5f60718' };

/** Opened, its masked copy sealed, closed. */
export function scored(n: number, session: Session = scoredSession()): readonly RecordDraft[] {
  const own = { ...session, id: sessionOf(n) };
  return [
    record('session.opened', n, { subject: 'f2b6c2b4', endpoint, rule: 'analysts-score' }, own.id),
    record('payload.part', n, { direction: 'response', part: 0, bytes: 48, copy: sealed }, own.id),
    sessionEnded(
      'session.closed',
      own,
      { outcome: 'completed' },
      { nowMs: beginMs + n, monotonic: 1077.5 },
      (text) => text,
    ),
  ];
}

export function refused(n: number): RecordDraft {
  return { ...deniedCall({}), session: sessionOf(n), time: at(n) };
}

/** @param by who approves; else somebody else than who asks */
export function approved(n: number, by = { subject: 'rex', issuer }): readonly RecordDraft[] {
  const held = { ...heldSession(), id: sessionOf(n) };
  const { approval } = held;
  if (approval === undefined) throw new Error('it was not held');
  const votes = approval.votes.map((vote) => ({ ...vote, by: { ...vote.by, ...by } }));
  const session = { ...held, approval: { ...approval, votes } };
  const decided = {
    approval: approval.id,
    binding: approval.binding,
    requester: { ...approval.requester },
    endpoint,
    rule: approval.rule,
    model: approval.model,
    count: 1,
    digest: approval.digest,
    verdict: 'approve',
    reason: 'Quarterly review of the portfolio',
    by: { ...by, groups: ['model-risk'], amr: ['hwk'] },
    outcome: 'cast',
  };
  return [
    approvalRequested(session, approval, 'ab'.repeat(32), beginMs),
    record('approval.decided', 60_000, decided, session.id),
    approvalConsumed(session, session.approval, beginMs + 60_001),
    ...scored(n, session),
  ];
}

export const requesterOf = (): { readonly subject: string; readonly issuer: string } => {
  const { approval } = heldSession();
  if (approval === undefined) throw new Error('it was not held');
  const { subject, issuer: of } = approval.requester;
  return { subject, issuer: of };
};

const operator = { user: 'ops', uid: 1000 };
const gapOf = { reason: 'disk_full', refused_appends: 3, refused_records: 5, since: at(10), until: at(20) };

/** One of each, between whole sessions. */
export const everything: readonly RecordDraft[] = [
  record('policy.loaded', 0, { revision }),
  ...scored(1),
  ...scored(2),
  refused(3),
  ...approved(4),
  record('ledger.gap_declared', 21, gapOf),
  record('policy.rejected', 30, {
    in_force: revision,
    errors: 1,
    diagnostics: [{ file: 'a.yaml', line: 1, column: 2, message: 'no such endpoint' }],
  }),
  record('key.held', 40, { hold: 'lawsuit', keys: ['k1'], reason: 'lawsuit', operator }),
  record('payload.revealed', 50, {
    what: 'copy',
    session: sessionOf(1),
    endpoint,
    keys: ['k1'],
    parts: 1,
    by: { subject: 'ada', issuer, groups: ['audit'] },
    reason: 'complaint',
    operator,
  }),
  record('session.opened', 60, { subject: 'left', endpoint }, sessionOf(9)),
];

/** In one ledger, closed. @returns the folder */
export async function written(t: TestContext, drafts: readonly RecordDraft[]): Promise<string> {
  const directory = ledgerFolder(t);
  const ledger = await open(directory);
  for (let from = 0; from < drafts.length; from += 500) {
    const done = await ledger.append(drafts.slice(from, from + 500));
    if (!done.ok) throw new Error(done.error.reason);
  }
  await ledger.close('done');
  return directory;
}

export const optionsFor = (directory: string): GatherOptions => ({
  sources: () => directorySources(directory),
  origin: { name: 'a folder', says: [], findings: [], moreFindings: 0 },
  trust: { pinned: [], anchor: undefined },
  fromMs: beginMs,
  toMs: beginMs + 86_400_000,
  logs: [],
  others: new Set(),
  sample: 2,
  seed: 'spring',
  madeMs: beginMs + 86_400_000,
  version: '0.0.0-test',
  requester: 'ada',
  reason: 'yearly examination',
  onProgress: () => undefined,
});

/** Closed when the test is over. */
export async function gathered(
  t: TestContext,
  directory: string,
  more: Partial<GatherOptions> = {},
): Promise<Gathered> {
  const pack = await gather({ ...optionsFor(directory), ...more });
  t.after(() => pack.close());
  return pack;
}
