/** One ledger of a few records, and what the verifier finds once it was changed. */
import assert from 'node:assert/strict';
import { leafOf } from './chain.ts';
import { FindingList } from './finding-list.ts';
import type { Finding } from './findings.ts';
import { testHash as hash } from './hash.testing.ts';
import type { Head } from './heads.ts';
import { OpenSessions } from './open-sessions.ts';
import type { RecordDraft } from './record.ts';
import type { LedgerRow } from './row.ts';
import { type BuiltRow, buildRows, closed, opened, session } from './test/build-rows.ts';
import { type LedgerSummary, LedgerVerifier } from './verify.ts';

export const ledger = 'proc-service/p1/01M83J0V1F841W12H22PCQPV63';
export const firstId = '01M83J0V1F0000000000000001';

export const drafts: readonly RecordDraft[] = [
  opened(null),
  session('session.opened', firstId, { digest: 'ab' }),
  session('payload.part', firstId, { part: 0, sealed: 'AAAA' }),
  session('session.closed', firstId, { outcome: 'completed' }),
  { ...session('approval.requested', firstId), data: { approval: 'x' } },
  session('session.denied', '01M83J0V1F0000000000000002', { outcome: 'denied' }),
  closed,
];
export const clean = buildRows(hash, ledger, drafts);

export type Verified = LedgerSummary & { readonly findings: readonly Finding[]; readonly moreFindings: number };

export function verify(
  rows: Iterable<LedgerRow>,
  sessions = new OpenSessions(),
  heads: readonly Head[] = [],
): Verified {
  const findings = new FindingList(ledger);
  const verifier = new LedgerVerifier({ ledger, hash, sessions, heads, findings });
  for (const row of rows) verifier.row(row);
  return { ...verifier.end(), findings: findings.found, moreFindings: findings.more };
}

export function found(rows: Iterable<LedgerRow>, heads: readonly Head[] = []): readonly string[] {
  return verify(rows, new OpenSessions(), heads).findings.map(({ seq, reason }) => `${reason}@${seq ?? ''}`);
}

/** One row replaced by another; undefined takes it away. */
export function replaced(place: number, change: (row: BuiltRow) => LedgerRow | undefined): readonly LedgerRow[] {
  return clean.flatMap((row) => (row.seq === place ? (change(row) ?? []) : [row]));
}

/** The value rewritten, with its leaf or without. */
export function rewritten(place: number, from: string, to: string, withLeaf: boolean): readonly LedgerRow[] {
  return replaced(place, (row) => {
    const text = new TextDecoder().decode(row.value);
    assert.ok(text.includes(from), `${from} in ${text}`);
    const value = new TextEncoder().encode(text.replace(from, to));
    return { ...row, value, leaf: withLeaf ? leafOf(hash, value) : row.leaf };
  });
}
