/** Envoy's access log against the ledgers: every request has a session or a refusal, every session a request. */
import { CountedWindows } from '@countersign/core/ledger/reconcile/counted-windows.ts';
import {
  type JudgePorts,
  judgeSession,
  type SessionPeriod,
  type Verdict,
} from '@countersign/core/ledger/reconcile/judge.ts';
import type { CountedRefusals, SessionSeen } from '@countersign/core/ledger/reconcile/ledger-sessions.ts';
import type { Difference, Reason } from '@countersign/core/ledger/reconcile/reasons.ts';
import { Tally } from '@countersign/core/ledger/reconcile/tally.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { ReplicaSource } from '../sqlite/ledger-sources.ts';
import { type JoinedSession, Reconciliation } from '../sqlite/reconciliation.ts';
import { type ReadLedger, ReconcileError, readLedgers } from './ledger-intake.ts';
import { LogIntake } from './log-intake.ts';

export interface ReconcileOptions {
  readonly logs: readonly string[];
  readonly ledgers: () => readonly ReplicaSource[];
  /** Absent: all that the log has. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Clusters of Envoy that lead to no model. */
  readonly others: ReadonlySet<string>;
  /** Now and then. */
  readonly onProgress: (read: number, what: 'lines' | 'records') => void;
  readonly onEach: (difference: Difference) => void;
}

export interface ReconcileReport {
  /** Of all files, whether they tell of the end of a request or not. */
  readonly lines: number;
  readonly requests: number;
  /** When the first and the last of them ended. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly period: SessionPeriod;
  readonly ledgers: number;
  readonly sessions: Readonly<Record<'all' | 'closed' | 'denied' | 'aborted', number>>;
  /** Requests and sessions that agree. */
  readonly agreeing: number;
  readonly counts: ReadonlyMap<Reason, number>;
  /** The first few of each reason. */
  readonly listed: readonly Difference[];
  readonly exitCode: 0 | 1;
}

/** The end of an answer is recorded before a slow caller has it, and Envoy writes its line only then. */
const lateLineMs = 60_000;
/** Lines of one moment may stand in two files in any order. */
const earlyLineMs = 1000;

/** @throws ReconcileError, and what a file that cannot be read throws */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { fromMs, toMs, others, logs, onProgress } = options;
  const store = new Reconciliation();
  try {
    const tally = new Tally(options.onEach);
    const period = { fromMs: fromMs ?? -Infinity, toMs: toMs ?? Infinity };
    const log = new LogIntake({ logs, store, tally, period, others, onProgress: (read) => onProgress(read, 'lines') });
    // The log first: whatever it names was recorded before.
    await log.read();
    if (log.requests === 0)
      throw new ReconcileError('no line is the end of a request as envoy/README.md has it written');
    const ledgers = readLedgers(options.ledgers(), store, (read) => onProgress(read, 'records'));
    const sessions: SessionPeriod = {
      fromMs: fromMs ?? log.firstMs + earlyLineMs,
      certainToMs: toMs ?? log.lastMs - lateLineMs,
      toMs: toMs ?? log.lastMs,
    };
    assertNotPruned(ledgers, sessions.fromMs);
    const comparison = new Comparison({ store, tally, log, ledgers });
    comparison.run(sessions, { lines: period });
    return {
      lines: log.lines,
      requests: log.requests,
      firstMs: log.firstMs,
      lastMs: log.lastMs,
      period: sessions,
      ledgers: ledgers.length,
      sessions: comparison.sessions,
      agreeing: comparison.agreeing,
      counts: tally.counts,
      listed: tally.listed,
      exitCode: tally.exitCode,
    };
  } finally {
    store.close();
  }
}

/** Calls of before that moment would look as if nobody had recorded them. @throws ReconcileError */
function assertNotPruned(ledgers: readonly ReadLedger[], fromMs: number): void {
  for (const { id, prunedUntilMs } of ledgers) {
    if (prunedUntilMs === undefined || fromMs >= prunedUntilMs + lateLineMs) continue;
    const since =
      prunedUntilMs === Infinity ? 'nothing of it is left' : `ask with --from ${isoTime(prunedUntilMs + lateLineMs)}`;
    throw new ReconcileError(`the oldest records of ${id} were pruned, and are in Kafka only: ${since}`);
  }
}

interface Read {
  readonly store: Reconciliation;
  readonly tally: Tally;
  readonly log: LogIntake;
  readonly ledgers: readonly ReadLedger[];
}

class Comparison {
  readonly #read: Read;
  readonly sessions = { all: 0, closed: 0, denied: 0, aborted: 0 };
  agreeing = 0;
  /** Lines without a session that no record was found for yet. */
  #unnamed: number;

  constructor(read: Read) {
    this.#read = read;
    this.#unnamed = read.log.unnamed;
  }

  run(sessions: SessionPeriod, { lines }: Pick<JudgePorts, 'lines'>): void {
    const { store, ledgers } = this.#read;
    const counted = new CountedWindows(store.counted(), (refusals, left) =>
      this.#countedLeft(refusals, left, sessions),
    );
    const ports: JudgePorts = {
      sessions,
      lines,
      isWriting: (ledger) => ledgers[ledger]?.isWriting === true,
      takeCounted: ({ session, source }) => counted.take(session, source),
    };
    for (const joined of store.sessions()) {
      if (joined.seen !== undefined) this.#countEnd(joined.seen);
      const verdicts = judgeSession(joined.lines, joined.seen, ports);
      if (verdicts.length === 0) this.agreeing++;
      for (const verdict of verdicts) this.#report(joined, verdict);
    }
    counted.end();
    this.#reportUnlogged();
  }

  #countEnd({ closed, denied, aborted }: SessionSeen): void {
    this.sessions.all++;
    if (closed) this.sessions.closed++;
    else if (denied) this.sessions.denied++;
    else if (aborted) this.sessions.aborted++;
  }

  #report({ session, seen }: JoinedSession, { reason, line, detail }: Verdict): void {
    const { store, tally, log } = this.#read;
    if (reason === 'session_without_line' && seen !== undefined && mayBeUnnamed(seen)) {
      store.addUnlogged(seen);
      return;
    }
    if (line?.requestId !== undefined && seen === undefined) store.addOrphan(line.requestId);
    tally.add({
      reason,
      session,
      ...(line === undefined ? {} : { line: log.placeOf(line.file, line.number) }),
      ...(seen === undefined ? {} : this.#placeOf(seen)),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  #countedLeft(refusals: CountedRefusals, left: number, { fromMs, toMs }: SessionPeriod): void {
    const { count, source, endMs } = refusals;
    const isUnnamed = source === undefined && this.#unnamed >= left;
    if (isUnnamed) this.#unnamed -= left;
    const within = endMs < fromMs ? 'before_log' : endMs > toMs ? 'after_log' : 'counted_without_lines';
    const reason = isUnnamed ? 'named_by_no_line' : within;
    this.#read.tally.add({ reason, ...this.#placeOf(refusals), detail: `${left} of ${count}` });
  }

  /** Refusals that no line names: found by x-request-id, or where Envoy gave none, no more than there are lines without a session. */
  #reportUnlogged(): void {
    const { store, tally } = this.#read;
    for (const { session, requestId, isOrphans, ...record } of store.unlogged()) {
      const isExplained = isOrphans || (requestId === undefined && this.#unnamed > 0);
      if (isExplained) this.#unnamed--;
      const reason = isExplained ? 'named_by_no_line' : 'session_without_line';
      tally.add({ reason, session, ...this.#placeOf(record) });
    }
  }

  #placeOf({ ledger, seq }: { readonly ledger: number; readonly seq: number }): Pick<Difference, 'ledger' | 'seq'> {
    return { ledger: this.#read.ledgers[ledger]?.id ?? '', seq };
  }
}

/** Refused while Envoy did not know its session yet. */
const mayBeUnnamed = ({ opened, denied, beforeIdentity, requestId }: SessionSeen): boolean =>
  denied && !opened && (beforeIdentity || requestId !== undefined);
