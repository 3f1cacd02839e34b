/** Verifies every ledger of a directory, or of a bundle. */

import { checkCertificates } from '@countersign/core/ledger/certificate-chain.ts';
import { FindingList } from '@countersign/core/ledger/finding-list.ts';
import { exitCodeOf, type Finding } from '@countersign/core/ledger/findings.ts';
import { replicaOf } from '@countersign/core/ledger/ledger-id.ts';
import type { NoteKey } from '@countersign/core/ledger/notes/note.ts';
import { OpenSessions } from '@countersign/core/ledger/open-sessions.ts';
import {
  type AnchoredNotes,
  openCertificate,
  type SealedCertificate,
  type SealPorts,
  SealVerifier,
} from '@countersign/core/ledger/seal.ts';
import { checkSuccession, type LedgerEnd } from '@countersign/core/ledger/succession.ts';
import { type LedgerSummary, LedgerVerifier, type PrunedPart } from '@countersign/core/ledger/verify.ts';
import { ed25519 } from '../keys/ed25519.ts';
import { ThreadsOnDemand } from './block-threads.ts';
import { directorySources, type LedgerSource, type OpenedLedger, type ReplicaSource } from './ledger-sources.ts';
import { oneShotHash } from './one-shot-hash.ts';
import { walkRecords } from './record-walk.ts';
import { WitnessedHeads } from './witnessed-heads.ts';

export interface AuditedLedger {
  readonly id: string;
  readonly file: string;
  readonly records: number;
  readonly end: LedgerEnd | 'unreadable';
  /** Base64url of the tree's root; what to write down to recognise this very ledger later. */
  readonly root: string | undefined;
  readonly certificate: SealedCertificate['certificate'] | undefined;
  /** Records that were removed here because Kafka has them, and what cannot be checked without them. */
  readonly pruned: PrunedPart | undefined;
  /** Records that the newest anchored checkpoint covers. */
  readonly anchored: number | undefined;
}

export interface Audit {
  readonly ledgers: readonly AuditedLedger[];
  /** In the order of the ledgers and their records. */
  readonly findings: readonly Finding[];
  /** Findings beyond the first few of each reason in each ledger. */
  readonly moreFindings: number;
  readonly exitCode: number;
}

/** What the auditor believes without having been told by the host. */
export interface Trust {
  /** Long-term keys. None: those that the ledgers name themselves. */
  readonly pinned: readonly NoteKey[];
  readonly anchor: AnchorReader | undefined;
}

/** Copies of checkpoints, where the administrators of the host do not reach. */
export interface AnchorReader {
  /** Ids of all ledgers that it has a checkpoint of. */
  ledgers(): readonly string[];
  read(ledger: string): AnchoredNotes;
  /** Size of the newest checkpoint; undefined when there is none. */
  newest(ledger: string): number | undefined;
}

export const noTrust: Trust = { pinned: [], anchor: undefined };

const ports: SealPorts = { hash: oneShotHash, signatures: ed25519 };

/** @param onProgress called now and then with the number of records verified so far; @throws when the directory is unreadable */
export function auditLedgers(directory: string, onProgress: (records: number) => void, trust: Trust = noTrust): Audit {
  return auditSources(directorySources(directory), onProgress, trust);
}

/** Of all replicas that an auditor has: what one says of another counts. @param given threads that read ahead; else some are begun where they help */
export function auditSources(
  replicas: readonly ReplicaSource[],
  onProgress: (records: number) => void,
  trust: Trust,
  given?: ThreadsOnDemand,
): Audit {
  const threads = given ?? new ThreadsOnDemand();
  const anchored = new Set(trust.anchor?.ledgers());
  const witnessed = new WitnessedHeads(replicas.flatMap(({ ledgers }) => ledgers()));
  try {
    const context = { trust, anchored, witnessed, threads, progress: { records: 0, onProgress } };
    const audits = replicas.map((place) => auditReplica(place, context));
    const ledgers = audits.flatMap((audit) => audit.ledgers);
    const findings = [...audits.flatMap((audit) => audit.findings), ...missingLedgers(ledgers, context)];
    const moreFindings = audits.reduce((sum, audit) => sum + audit.moreFindings, 0);
    return { ledgers, findings, moreFindings, exitCode: exitCodeOf(findings) };
  } finally {
    witnessed.close();
    if (given === undefined) threads.close();
  }
}

interface Context {
  readonly trust: Trust;
  readonly anchored: ReadonlySet<string>;
  readonly witnessed: WitnessedHeads;
  readonly threads: ThreadsOnDemand;
  readonly progress: { records: number; readonly onProgress: (records: number) => void };
}

/**
 * Ledgers that somebody vouched for and that are not here. Of witnesses only those of a replica that has others here: it may have
 * been seen from another host, whose ledgers lie there.
 */
function missingLedgers(
  ledgers: readonly AuditedLedger[],
  { trust, anchored, witnessed }: Context,
): readonly Finding[] {
  const present = new Set(ledgers.map(({ id }) => id));
  const replicas = new Set(ledgers.map(({ id }) => replicaOf(id)));
  const ofAnchor = [...anchored].filter((ledger) => !present.has(ledger));
  const ofWitnesses = witnessed
    .ledgers()
    .filter((ledger) => !present.has(ledger) && !anchored.has(ledger) && replicas.has(replicaOf(ledger)));
  return [
    ...ofAnchor.map((ledger) => missingFromAnchor(ledger, trust)),
    ...ofWitnesses.map((ledger): Finding => ({ ledger, reason: 'witnessed_ledger_missing' })),
  ];
}

/** Only what a trusted key certified was a ledger: anybody might have put a folder into the anchor. */
function missingFromAnchor(ledger: string, { anchor, pinned }: Trust): Finding {
  const opened = openCertificate({ ...ports, ledger, pinned }, anchor?.read(ledger).certificate);
  return { ledger, reason: typeof opened === 'string' ? 'anchor_forged' : 'anchored_ledger_missing' };
}

function auditReplica(replica: ReplicaSource, context: Context): Omit<Audit, 'exitCode'> {
  const isWriting = replica.isWriting(); // asked first: a writer that closes its ledger meanwhile has done nothing wrong
  const sessions = new OpenSessions();
  const read = replica.ledgers().map((file) => ({ file, ...auditLedger(file, sessions, context) }));
  const walked = read.flatMap(({ summary, sealed }) => (summary === undefined ? [] : [{ summary, sealed }]));
  const summaries = walked.map(({ summary }) => summary);
  const succession = checkSuccession(summaries, isWriting, sessions);
  const certified = walked.map(({ summary: { ledger, opening }, sealed }) => ({
    ledger,
    previous: opening?.previous,
    sealed,
  }));
  // A ledger that lies there unreadable is not missing.
  const unread = new Set(read.flatMap(({ file, summary }) => (summary === undefined ? [file.id] : [])));
  const between = succession.findings.filter(
    ({ reason, detail }) => reason !== 'ledger_missing' || !unread.has(detail ?? ''),
  );
  return {
    ledgers: read.map(({ file: { id, file }, summary, sealed }) => ({
      id,
      file,
      records: summary?.records ?? 0,
      end: succession.ends.get(id) ?? 'unreadable',
      root: summary?.root,
      certificate: sealed?.certificate,
      pruned: summary?.pruned,
      anchored: context.trust.anchor?.newest(id),
    })),
    findings: [
      ...read.flatMap(({ findings }) => findings.found),
      ...between,
      ...unrecordedPruning(summaries, replica, context.witnessed),
      ...checkCertificates(ports, certified, context.trust.pinned.length > 0),
    ],
    moreFindings: read.reduce((sum, { findings }) => sum + findings.more, 0),
  };
}

/**
 * Of the newest that was pruned: its record lies behind what is gone, and ledgers are pruned in their order. Those before it were pruned to
 * their end, and the records that said so may be pruned themselves. Its writer may have gone on since it was asked what it says: the
 * record was durable before the first of what it names went, so it is there now.
 */
function unrecordedPruning(
  summaries: readonly LedgerSummary[],
  replica: ReplicaSource,
  witnessed: WitnessedHeads,
): readonly Finding[] {
  const newest = summaries.findLast(({ pruned }) => pruned !== undefined);
  if (newest?.pruned === undefined || witnessed.mayBePrunedTo(newest.ledger) >= newest.pruned.to) return [];
  witnessed.read(replica.ledgers());
  if (witnessed.mayBePrunedTo(newest.ledger) >= newest.pruned.to) return [];
  return [{ ledger: newest.ledger, seq: 1, reason: 'pruned_unrecorded', detail: `to ${newest.pruned.to - 1}` }];
}

interface ReadLedger {
  readonly summary: LedgerSummary | undefined;
  readonly sealed: SealedCertificate | undefined;
  readonly findings: FindingList;
}

function auditLedger(source: LedgerSource, sessions: OpenSessions, context: Context): ReadLedger {
  const { id: ledger } = source;
  const findings = new FindingList(ledger);
  let opened: OpenedLedger | undefined;
  try {
    opened = source.open(context.threads);
    return { findings, ...walk(opened, { ledger, sessions, findings }, context) };
  } catch (error) {
    const unreadable = new FindingList(ledger);
    unreadable.report('unreadable', undefined, error instanceof Error ? error.message : String(error));
    return { summary: undefined, sealed: undefined, findings: unreadable };
  } finally {
    opened?.close();
  }
}

interface Walk {
  readonly ledger: string;
  readonly sessions: OpenSessions;
  readonly findings: FindingList;
}

function walk(opened: OpenedLedger, { ledger, sessions, findings }: Walk, context: Context) {
  const { trust, anchored, witnessed, progress } = context;
  const others = {
    anchored: anchored.has(ledger) ? trust.anchor?.read(ledger) : undefined,
    witnessed: witnessed.of(ledger),
  };
  const seal = new SealVerifier({ ...ports, ledger, pinned: trust.pinned, findings }, opened.sealRows(), others);
  const heads = seal.heads();
  const pruned = opened.pruned();
  const verifier = new LedgerVerifier({ ledger, hash: oneShotHash, sessions, heads, findings, pruned });
  walkRecords(opened, verifier, (records) => {
    progress.records += records;
    progress.onProgress(progress.records);
  });
  const summary = verifier.end();
  seal.end(summary);
  for (const reason of opened.faults()) findings.report(reason);
  return { summary, sealed: seal.sealed };
}
