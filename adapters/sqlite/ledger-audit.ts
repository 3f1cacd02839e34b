/** Verifies every ledger of a directory. */
import { exitCodeOf, type Finding } from '@countersign/core/ledger/findings.ts';
import { OpenSessions } from '@countersign/core/ledger/open-sessions.ts';
import { checkSuccession, type LedgerEnd } from '@countersign/core/ledger/succession.ts';
import { type LedgerSummary, LedgerVerifier } from '@countersign/core/ledger/verify.ts';
import { systemHash } from '../process/system.ts';
import { type LedgerFilePlace, listLedgerFiles, listReplicas, type ReplicaPlace } from './ledger-directory.ts';
import { LedgerReader } from './ledger-reader.ts';
import { isReplicaLocked } from './replica-lock.ts';

export interface AuditedLedger {
  readonly id: string;
  readonly file: string;
  readonly records: number;
  readonly end: LedgerEnd | 'unreadable';
  /** Base64url; what to write down to recognise this very ledger later. */
  readonly lastLeaf: string | undefined;
}

export interface Audit {
  readonly ledgers: readonly AuditedLedger[];
  /** In the order of the ledgers and their records. */
  readonly findings: readonly Finding[];
  /** Findings beyond the first few of each reason in each ledger. */
  readonly moreFindings: number;
  readonly exitCode: number;
}

/** @param onProgress called now and then with the number of records verified so far; @throws when the directory is unreadable */
export function auditLedgers(directory: string, onProgress: (records: number) => void): Audit {
  const count = { records: 0, onProgress };
  const audits = listReplicas(directory).map((place) => auditReplica(place, count));
  const findings = audits.flatMap((audit) => audit.findings);
  return {
    ledgers: audits.flatMap((audit) => audit.ledgers),
    findings,
    moreFindings: audits.reduce((sum, audit) => sum + audit.moreFindings, 0),
    exitCode: exitCodeOf(findings),
  };
}

type Progress = { records: number; readonly onProgress: (records: number) => void };
const progressEvery = 1024;

function auditReplica(place: ReplicaPlace, progress: Progress): Omit<Audit, 'exitCode'> {
  const isWriting = isReplicaLocked(place); // asked first: a writer that closes its ledger meanwhile has done nothing wrong
  const sessions = new OpenSessions();
  const read = listLedgerFiles(place).map((file) => ({ file, ...auditFile(file, sessions, progress) }));
  const summaries = read.flatMap(({ summary }) => summary ?? []);
  const succession = checkSuccession(summaries, isWriting, sessions);
  // A ledger that lies there unreadable is not missing.
  const unread = new Set(read.flatMap(({ file, summary }) => (summary === undefined ? [file.id] : [])));
  const between = succession.findings.filter(
    ({ reason, detail }) => reason !== 'ledger_missing' || !unread.has(detail ?? ''),
  );
  return {
    ledgers: read.map(({ file: { id, file }, summary }) => ({
      id,
      file,
      records: summary?.records ?? 0,
      end: succession.ends.get(id) ?? 'unreadable',
      lastLeaf: summary?.lastLeaf,
    })),
    findings: [...read.flatMap((ledger) => ledger.findings), ...between],
    moreFindings: summaries.reduce((sum, { moreFindings }) => sum + moreFindings, 0),
  };
}

interface ReadLedger {
  readonly summary: LedgerSummary | undefined;
  readonly findings: readonly Finding[];
}

function auditFile(place: LedgerFilePlace, sessions: OpenSessions, progress: Progress): ReadLedger {
  const { id: ledger } = place;
  let reader: LedgerReader | undefined;
  try {
    reader = new LedgerReader(place);
    const verifier = new LedgerVerifier({ ledger, hash: systemHash, sessions });
    const file: readonly Finding[] = [
      ...(reader.hasLedgerSchema() ? [] : [{ ledger, reason: 'schema_differs' } as const]),
      ...(reader.isSound() ? [] : [{ ledger, reason: 'index_damaged' } as const]),
    ];
    for (const row of reader.rows()) {
      verifier.row(row);
      if (++progress.records % progressEvery === 0) progress.onProgress(progress.records);
    }
    const summary = verifier.end();
    return { summary, findings: [...file, ...summary.findings] };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { summary: undefined, findings: [{ ledger, reason: 'unreadable', detail }] };
  } finally {
    reader?.close();
  }
}
