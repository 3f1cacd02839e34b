/** What the ledgers say of each session, as far as a line of the access log could say otherwise. */
import { isUlid, ulidTimeMs } from '../ledger-id.ts';
import type { Json, JsonObject, RecordType } from '../record.ts';
import { isObject, memberAt } from '../stored-record.ts';

/** Of one ledger; a session may have records in several. */
export interface SessionSeen {
  readonly session: string;
  /** The model may have seen the request. */
  opened: boolean;
  closed: boolean;
  denied: boolean;
  aborted: boolean;
  /** Its end was written by the next run of the replica. */
  recovered: boolean;
  /** Nobody had been identified, and authz-service had not answered: Envoy knows no session of this call. */
  beforeIdentity: boolean;
  /** As the record says it. */
  status: number | undefined;
  /** When its last record was written; of a session without an end of its own, when it began. */
  endedMs: number;
  /** x-request-id; of refusals only. */
  requestId: string | undefined;
  readonly ledger: number;
  readonly seq: number;
}

/** Refusals of strangers that have no record each. */
export interface CountedRefusals {
  readonly startMs: number;
  readonly endMs: number;
  /** Absent: of several. */
  readonly source: string | undefined;
  /** Absent: the process ended before it could write how many there were. */
  readonly count: number | undefined;
  readonly ledger: number;
  readonly seq: number;
}

export interface SessionSink {
  session(seen: SessionSeen): void;
  counted(refusals: CountedRefusals): void;
}

export const reconciledTypes = [
  'session.opened',
  'session.held',
  'session.closed',
  'session.denied',
  'session.aborted',
  'refusals.counted',
  'ledger.closed',
] as const satisfies readonly RecordType[];

/** Far above the calls one process has under way: those that are told before they end are joined later. */
const maxOpen = 100_000;

/** Folds the records of one ledger, in their order. False: a record that cannot be read. */
export class LedgerSessions {
  readonly #open = new Map<string, SessionSeen>();
  readonly #ledger: number;
  readonly #sink: SessionSink;
  /** A record said that refusals are counted from there on, and no count has come yet. */
  #announced: CountedRefusals | undefined;

  constructor(ledger: number, sink: SessionSink) {
    this.#ledger = ledger;
    this.#sink = sink;
  }

  see(record: unknown): boolean {
    if (!isObject(record)) return false;
    const { type, session, data, chain } = record;
    const seq = memberAt(chain, 'seq');
    if (typeof seq !== 'number' || !isObject(data)) return false;
    if (type === 'refusals.counted') return this.#counted(data, seq);
    if (type === 'ledger.closed') {
      this.#announced = undefined; // whatever was counted was written before
      return true;
    }
    if (typeof session !== 'string' || !isUlid(session)) return false;
    const seen = this.#open.get(session) ?? fresh(session, this.#ledger, seq);
    if (type === 'session.opened' || type === 'session.held') {
      if (type === 'session.opened') seen.opened = true;
      this.#keep(seen);
      return true;
    }
    if (!takeEnd(seen, type, data)) return false;
    this.#announce(data, seq);
    this.#open.delete(session);
    this.#sink.session(seen);
    return true;
  }

  /** Those that this ledger does not end. */
  end(): void {
    for (const seen of this.#open.values()) this.#sink.session(seen);
    this.#open.clear();
    if (this.#announced !== undefined) this.#sink.counted(this.#announced);
  }

  #keep(seen: SessionSeen): void {
    this.#open.set(seen.session, seen);
    if (this.#open.size <= maxOpen) return;
    const [oldest] = this.#open.values();
    if (oldest === undefined) return;
    this.#open.delete(oldest.session);
    this.#sink.session(oldest);
  }

  #counted(data: JsonObject, seq: number): boolean {
    const { count, start_time: startMs, end_time: endMs, src_endpoint } = data;
    if (typeof count !== 'number' || typeof startMs !== 'number' || typeof endMs !== 'number') return false;
    const ip = memberAt(src_endpoint, 'ip');
    const source = typeof ip === 'string' ? ip : undefined;
    this.#sink.counted({ startMs, endMs, source, count, ledger: this.#ledger, seq });
    this.#announced = undefined;
    return true;
  }

  /** Of one source or of all: the record does not say. */
  #announce(data: JsonObject, seq: number): void {
    const [startMs, endMs] = [data['time'], memberAt(data, 'unmapped', 'counting_until')];
    if (typeof startMs !== 'number' || typeof endMs !== 'number') return;
    const known = this.#announced;
    const since = known !== undefined && known.endMs > startMs ? known.startMs : startMs;
    this.#announced = { startMs: since, endMs, source: undefined, count: undefined, ledger: this.#ledger, seq };
  }
}

function fresh(session: string, ledger: number, seq: number): SessionSeen {
  return {
    session,
    opened: false,
    closed: false,
    denied: false,
    aborted: false,
    recovered: false,
    beforeIdentity: false,
    status: undefined,
    endedMs: ulidTimeMs(session),
    requestId: undefined,
    ledger,
    seq,
  };
}

function takeEnd(seen: SessionSeen, type: Json | undefined, data: JsonObject): boolean {
  if (type === 'session.closed') seen.closed = true;
  else if (type === 'session.denied') seen.denied = true;
  else if (type === 'session.aborted') seen.aborted = true;
  else return false;
  if (data['reason'] === 'process_ended') {
    seen.recovered = true;
    return true;
  }
  const status = memberAt(data, 'http_response', 'code');
  if (typeof status === 'number') seen.status = status;
  if (typeof data['time'] === 'number') seen.endedMs = data['time'];
  if (!seen.denied) return true;
  const uid = memberAt(data, 'http_request', 'uid');
  if (typeof uid === 'string') seen.requestId = uid;
  seen.beforeIdentity = isBeforeIdentity(data);
  return true;
}

/** By proc-service, which had no hand-off: the session is one that it minted itself. */
const withoutHandOff: readonly unknown[] = ['answered_by_envoy_before_identity', 'hand_off_missing'];
const isBeforeIdentity = (data: JsonObject): boolean => withoutHandOff.includes(data['status_detail']);

/** One session of several ledgers: an end in any of them is its end. */
export function mergeSeen(seen: readonly SessionSeen[]): SessionSeen | undefined {
  const [first, ...others] = seen;
  if (first === undefined) return undefined;
  const merged = { ...first };
  for (const other of others) {
    merged.opened ||= other.opened;
    merged.closed ||= other.closed;
    merged.denied ||= other.denied;
    merged.aborted ||= other.aborted;
    merged.recovered ||= other.recovered;
    merged.beforeIdentity ||= other.beforeIdentity;
    merged.status ??= other.status;
    merged.requestId ??= other.requestId;
    merged.endedMs = Math.max(merged.endedMs, other.endedMs);
  }
  return merged;
}
