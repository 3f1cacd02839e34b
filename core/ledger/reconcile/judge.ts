/**
 * One session, by the log and by the ledgers. A call that goes well has one line and one end, and they agree: then there is nothing
 * to say.
 */
import type { AccessLine } from './access-line.ts';
import type { SessionSeen } from './ledger-sessions.ts';
import { type Reason, reasons } from './reasons.ts';

/** A line, as far as a ledger could say otherwise. */
export interface LineSeen {
  readonly session: string;
  readonly file: number;
  readonly number: number;
  /** By authz-service; else it is what an answer of ours said. */
  readonly minted: boolean;
  /** The answer names another session than authz-service minted. */
  readonly elsewhere: boolean;
  /** One of us refused it, whoever had the last word: strangers' refusals may be counted only. */
  readonly refused: boolean;
  readonly forwarded: boolean;
  readonly whole: boolean;
  /** A gRPC call that failed: its HTTP status is 200 all the same. */
  readonly grpcFailed: boolean;
  readonly status: number;
  readonly endedMs: number;
  /** Why there may be no record, when there is none and nothing was sent on. */
  readonly unrecorded: Reason;
  /** Of those that nothing was sent on of. */
  readonly requestId: string | undefined;
  readonly source: string | undefined;
}

/** In milliseconds since 1970; both ends belong to it. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SessionPeriod extends Period {
  /** Of a session that ended later than this, within the period, the line may not have been written yet. */
  readonly certainToMs: number;
}

export interface JudgePorts {
  /** That ledgers are asked about, by the time of their records. */
  readonly sessions: SessionPeriod;
  /** That lines are asked about. */
  readonly lines: Period;
  isWriting(ledger: number): boolean;
  /** Whether this refusal was counted; each count is used up by as many. */
  takeCounted(line: LineSeen): 'counted' | 'count_lost' | undefined;
}

export interface Verdict {
  readonly reason: Reason;
  readonly line?: LineSeen;
  readonly detail?: string;
}

/** What differs; nothing when line and record agree. */
export function judgeSession(
  lines: readonly LineSeen[],
  seen: SessionSeen | undefined,
  on: JudgePorts,
): readonly Verdict[] {
  const [line, ...others] = lines;
  const repeated = others.map((other): Verdict => ({ reason: 'line_repeated', line: other }));
  if (line === undefined) return seen === undefined ? [] : [{ reason: unlogged(seen, on) }];
  const verdict = seen === undefined ? { reason: unrecorded(line, on), line } : judgePair(line, seen, on);
  return verdict === undefined ? repeated : [verdict, ...repeated];
}

/** A line that names no session. What was sent on without one is a way around us. */
export function judgeUnnamed(line: AccessLine, others: ReadonlySet<string>, period: Period): Reason {
  if (!line.forwarded) return line.details.startsWith('health_check') ? 'health_check' : 'answered_by_envoy';
  if (line.upstream !== undefined && others.has(line.upstream)) return 'other_upstream';
  return within(period, line.endedMs) ? 'request_without_session' : 'outside_period';
}

/** Why a request that nothing was sent on of may have no record. */
export function whyUnrecorded({ details, flags, status, grpcStatus, refused }: AccessLine): Reason {
  const isUnavailable = status === unavailable || grpcStatus === grpcUnavailable;
  if (refused) return isUnavailable ? 'could_not_be_recorded' : 'refusal_not_recorded';
  if (flags.includes('DC')) return 'left_before_record';
  return details.startsWith('ext_proc_error') ? 'processor_failed' : 'ended_by_envoy';
}

function unrecorded(line: LineSeen, on: JudgePorts): Reason {
  if (!line.forwarded && line.elsewhere && line.minted) return 'recorded_elsewhere';
  const counted = line.refused && !line.forwarded ? on.takeCounted(line) : undefined;
  if (counted !== undefined) return counted;
  const reason = line.forwarded ? 'session_not_recorded' : line.unrecorded;
  return reasons[reason].explains || within(on.lines, line.endedMs) ? reason : 'outside_period';
}

function unlogged(seen: SessionSeen, on: JudgePorts): Reason {
  if (!isEnded(seen) && on.isWriting(seen.ledger)) return 'under_way';
  const { fromMs, certainToMs, toMs } = on.sessions;
  if (seen.endedMs < fromMs) return 'before_log';
  if (seen.endedMs > toMs) return 'after_log';
  return seen.endedMs > certainToMs ? 'line_may_follow' : 'session_without_line';
}

function judgePair(line: LineSeen, seen: SessionSeen, on: JudgePorts): Verdict | undefined {
  if (line.forwarded && !seen.opened) return { reason: 'forwarded_without_opening', line };
  if (!isEnded(seen)) return { reason: on.isWriting(seen.ledger) ? 'under_way' : 'session_without_end', line };
  if (line.whole && !seen.closed) return { reason: 'answered_without_closing', line };
  if (seen.recovered) return { reason: 'process_ended', line };
  if (seen.closed) return judgeClosed(line, seen);
  return seen.denied && !line.grpcFailed ? judgeStatus(line, seen) : undefined;
}

/** Released, but Envoy had the last word: it may not have had anybody to hand it to any more. */
function judgeClosed(line: LineSeen, seen: SessionSeen): Verdict | undefined {
  const differs = judgeStatus(line, seen);
  if (differs !== undefined) return differs;
  const isFailure = line.status >= firstFailure;
  return line.whole || isFailure ? undefined : { reason: 'answer_lost', line };
}

function judgeStatus(line: LineSeen, { status }: SessionSeen): Verdict | undefined {
  if (status === undefined || status === line.status) return undefined;
  const isEnvoys = line.status === 0 || line.status >= firstServerError;
  const detail = `${status} recorded, ${line.status} in the log`;
  return { reason: isEnvoys && !line.whole ? 'answer_lost' : 'status_differs', line, detail };
}

const unavailable = 503;
const grpcUnavailable = 14;
const firstFailure = 400;
const firstServerError = 500;

const isEnded = ({ closed, denied, aborted }: SessionSeen): boolean => closed || denied || aborted;

const within = ({ fromMs, toMs }: Period, atMs: number): boolean => atMs >= fromMs && atMs <= toMs;
