/** Where Envoy's access log and the ledgers differ: each reason either explains the difference, or is one. */

export const reasons = {
  request_without_session: { explains: false, says: 'Envoy sent a request on that authz-service never saw' },
  session_not_recorded: { explains: false, says: 'Envoy sent the request on, and no ledger has its session' },
  refusal_not_recorded: { explains: false, says: 'we answered it, and no ledger has its session' },
  forwarded_without_opening: {
    explains: false,
    says: 'Envoy sent the request on, and by its record the model never saw it',
  },
  answered_without_closing: {
    explains: false,
    says: 'the caller has the whole answer, and no session.closed came before its end',
  },
  status_differs: { explains: false, says: 'the caller got another status than the record says' },
  session_without_line: { explains: false, says: 'a session that no request in the log belongs to' },
  session_without_end: { explains: false, says: 'no record ends the session, and nobody is writing its ledger' },
  line_repeated: { explains: false, says: 'another line names the same session' },
  counted_without_lines: {
    explains: false,
    says: 'refusals of strangers were counted that no request in the log belongs to',
  },
  line_unreadable: { explains: false, says: 'the line cannot be read, so its request is not known' },

  answered_by_envoy: {
    explains: true,
    says: 'Envoy answered by itself before authz-service was asked, or had answered',
  },
  health_check: { explains: true, says: 'Envoy’s own answer to a health check' },
  other_upstream: { explains: true, says: 'sent to an upstream that you said is no model (--other)' },
  left_before_record: {
    explains: true,
    says: 'the caller left before there was anything to record: nothing went to the model',
  },
  processor_failed: {
    explains: true,
    says: 'proc-service was not there, or was ended, before there was anything to record: nothing went to the model',
  },
  could_not_be_recorded: {
    explains: true,
    says: 'answered 503 because nothing could be recorded: nothing went to the model; ledger.gap_declared counts them',
  },
  ended_by_envoy: {
    explains: true,
    says: 'Envoy ended it before there was anything to record: nothing went to the model',
  },
  recorded_elsewhere: {
    explains: true,
    says: 'proc-service did not take what authz-service handed over, and recorded it under a session of its own',
  },
  counted: {
    explains: true,
    says: 'a refusal of a stranger that was counted, not recorded by itself (refusals.counted)',
  },
  count_lost: {
    explains: true,
    says: 'a refusal of a stranger while refusals were counted, and the process ended before it wrote how many: the record before says so',
  },
  process_ended: {
    explains: true,
    says: 'cut off by the end of a process; the next run of its replica recorded the session as aborted',
  },
  answer_lost: {
    explains: true,
    says: 'recorded as produced and released, and Envoy could not hand all of it to the caller',
  },
  named_by_no_line: {
    explains: true,
    says: 'refused before authz-service had answered Envoy: a line without a session is its own',
  },
  under_way: { explains: true, says: 'not over yet: its ledger is being written' },
  line_may_follow: {
    explains: true,
    says: 'ended in the last minute of the log, which may have its line later; with --to and the log that follows it would be asked about',
  },
  before_log: { explains: true, says: 'ended before the log begins, or before the period' },
  after_log: { explains: true, says: 'ended after the log ends, or after the period' },
  outside_period: { explains: true, says: 'a line before or after the period' },
} as const satisfies Readonly<Record<string, { readonly explains: boolean; readonly says: string }>>;
export type Reason = keyof typeof reasons;

export interface Difference {
  readonly reason: Reason;
  readonly session?: string;
  /** `file:line` of the log. */
  readonly line?: string;
  /** Ledger and place of the record. */
  readonly ledger?: string;
  readonly seq?: number;
  /** A few words of Envoy's or of the record's: never content of a call. */
  readonly detail?: string;
}

/** 1: there is a difference that nothing explains. */
export const exitCodeOf = (found: readonly Reason[]): 0 | 1 =>
  found.every((reason) => reasons[reason].explains) ? 0 : 1;
