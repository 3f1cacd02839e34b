/** Calls as Envoy logs them and as a ledger records them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Difference, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import type { JsonObject, RecordType } from '@countersign/core/ledger/record.ts';
import { isoTime } from '@countersign/core/ledger/time.ts';
import type { LedgerSource, OpenedLedger, ReplicaSource } from '../sqlite/ledger-sources.ts';
import { type ReconcileOptions, type ReconcileReport, reconcile } from './reconcile.ts';

export interface StoredRecord {
  readonly type: RecordType;
  readonly session?: string;
  readonly data: JsonObject;
}
export type Line = Readonly<Record<string, string | number | null>>;
export interface Call {
  readonly line?: Line;
  readonly records: readonly StoredRecord[];
}

export const beginMs = Date.UTC(2026, 0, 2);
const callMs = 10;
const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The id of the call with this number: one begins each ten milliseconds. */
export function sessionOf(n: number): string {
  let time = '';
  for (let rest = beginMs + n * callMs; time.length < 10; rest = Math.floor(rest / 32))
    time = crockford.charAt(rest % 32) + time;
  return `${time}${String(n).padStart(16, '0')}`;
}

/** A call that went well, as Envoy logs it. */
export function lineOf(n: number, more: Line = {}): Line {
  const session = sessionOf(n);
  return {
    time: isoTime(beginMs + n * callMs),
    session,
    answered: session,
    request_id: `request-${n}`,
    source: '10.0.0.1',
    status: 200,
    details: 'via_upstream',
    flags: '-',
    duration_ms: 5,
    upstream: 'model',
    upstream_bytes_sent: 300,
    type: 'DownstreamEnd',
    ...more,
  };
}

export function record(n: number, type: RecordType, data: JsonObject = {}): StoredRecord {
  return { type, session: sessionOf(n), data };
}

export function end(n: number, type: RecordType, status: number | undefined, more: JsonObject = {}): StoredRecord {
  const http_response = status === undefined ? undefined : { code: status };
  return record(n, type, {
    time: beginMs + n * callMs + 4,
    http_response,
    http_request: { uid: `request-${n}` },
    ...more,
  });
}

const nothingSent = { upstream_bytes_sent: 0 };
const envoyFailed = { ...nothingSent, answered: null, status: 500, details: 'ext_proc_error_gRPC_error_14{…}' };

/** By what happens. */
export const calls = {
  closed: (n) => ({ line: lineOf(n), records: [record(n, 'session.opened'), end(n, 'session.closed', 200)] }),
  model_failed: (n) => ({
    line: lineOf(n, { status: 503, details: 'upstream_reset_before_response_started{…}', flags: 'UC' }),
    records: [record(n, 'session.opened'), end(n, 'session.closed', 503)],
  }),
  refused_by_authz: (n) => ({
    line: lineOf(n, { ...nothingSent, status: 403, details: 'ext_authz_denied', flags: 'UAEX' }),
    records: [end(n, 'session.denied', 403)],
  }),
  refused_in_grpc: (n) => ({
    line: lineOf(n, { ...nothingSent, grpc_status: 7, details: 'ext_authz_denied', flags: 'UAEX' }),
    records: [end(n, 'session.denied', 403)],
  }),
  failed_in_grpc: (n) => ({
    line: lineOf(n, { grpc_status: 5 }),
    records: [record(n, 'session.opened'), end(n, 'session.closed', 200)],
  }),
  refused_by_proc: (n) => ({
    line: lineOf(n, { ...nothingSent, status: 409, details: 'err_pending' }),
    records: [record(n, 'session.held'), end(n, 'session.denied', 409)],
  }),
  caller_left: (n) => ({
    line: lineOf(n, { answered: null, status: 0, details: 'downstream_remote_disconnect', flags: 'DC' }),
    records: [record(n, 'session.opened'), end(n, 'session.aborted', undefined)],
  }),
  answer_cut: (n) => ({
    line: lineOf(n, { details: 'upstream_reset_after_response_started{…}', flags: 'UPE' }),
    records: [record(n, 'session.opened'), end(n, 'session.aborted', 200)],
  }),
  killed: (n) => ({
    line: lineOf(n, { ...envoyFailed, upstream_bytes_sent: 300 }),
    records: [record(n, 'session.opened'), record(n, 'session.aborted', { reason: 'process_ended' })],
  }),
  left_early: (n) => ({
    line: lineOf(n, {
      ...nothingSent,
      answered: null,
      status: 0,
      details: 'downstream_remote_disconnect',
      flags: 'DC',
    }),
    records: [],
  }),
  proc_away: (n) => ({ line: lineOf(n, envoyFailed), records: [] }),
  refused_and_proc_away: (n) => ({
    line: lineOf(n, { ...envoyFailed, flags: 'UAEX' }),
    records: [end(n, 'session.denied', 401)],
  }),
  disk_full: (n) => ({
    line: lineOf(n, { ...nothingSent, status: 503, details: 'ext_authz_denied', flags: 'UAEX' }),
    records: [],
  }),
  disk_full_in_grpc: (n) => ({
    line: lineOf(n, { ...nothingSent, grpc_status: 14, details: 'ext_authz_denied', flags: 'UAEX' }),
    records: [],
  }),
  no_route: (n) => ({
    line: lineOf(n, { ...nothingSent, session: null, status: 403, details: 'err_hand_off' }),
    records: [end(n, 'session.denied', 403, { status_detail: 'hand_off_missing' })],
  }),
  no_http: (n) => ({
    line: lineOf(n, { ...envoyFailed, session: null, request_id: null, status: 400, details: 'http1.codec_error' }),
    records: [],
  }),
  no_http_recorded: (n) => ({
    line: lineOf(n, { ...envoyFailed, session: null, request_id: null, status: 400, details: 'http1.codec_error' }),
    records: [
      end(n, 'session.denied', 400, { status_detail: 'answered_by_envoy_before_identity', http_request: undefined }),
    ],
  }),
  left_while_asked: (n) => ({
    line: lineOf(n, {
      ...nothingSent,
      session: null,
      answered: null,
      status: 0,
      details: 'downstream_remote_disconnect',
      flags: 'DC',
    }),
    records: [end(n, 'session.denied', 401)],
  }),
} as const satisfies Readonly<Record<string, (n: number) => Call>>;
export type CallKind = keyof typeof calls;

export interface Compared extends ReconcileReport {
  readonly differences: readonly Difference[];
  readonly explained: readonly Difference[];
}

export function logFolder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

export const logText = (lines: readonly (Line | undefined)[]): string =>
  lines.flatMap((line) => (line === undefined ? [] : [`${JSON.stringify(line)}\n`])).join('');

/** Calls against each other: of each its line and its records; asked about are all of them. */
export async function compare(
  t: TestContext,
  all: readonly Call[],
  options: Partial<ReconcileOptions> & { readonly isWriting?: boolean } = {},
): Promise<Compared> {
  const file = join(logFolder(t), 'access.log');
  writeFileSync(file, logText(all.map(({ line }) => line)));
  const { isWriting = false, ...more } = options;
  return compareLogs(
    [file],
    ledgerOf(
      all.flatMap(({ records }) => records),
      isWriting,
    ),
    more,
  );
}

export async function compareLogs(
  logs: readonly string[],
  ledger: ReplicaSource,
  more: Partial<ReconcileOptions> = {},
): Promise<Compared> {
  const each: Difference[] = [];
  const report = await reconcile({
    logs,
    ledgers: () => [ledger],
    fromMs: 0,
    toMs: beginMs * 2,
    others: new Set(),
    onProgress: () => undefined,
    onEach: (difference) => each.push(difference),
    ...more,
  });
  const explained = each.filter(({ reason }) => reasons[reason].explains);
  return { ...report, differences: each.filter((difference) => !explained.includes(difference)), explained };
}

/** One ledger with these records. */
export function ledgerOf(records: readonly StoredRecord[], isWriting = false): ReplicaSource {
  const id = 'proc-service/p1/01KDY30000000000000000000A';
  const utf8 = new TextEncoder();
  const ofTypes: OpenedLedger['ofTypes'] = (types) =>
    records
      .map((each, seq) => ({ ...each, chain: { seq } }))
      .filter(({ type }) => types.includes(type))
      .map((each) => utf8.encode(JSON.stringify(each)));
  const source: LedgerSource = { id, file: `${id}.db`, open: () => ({ ...empty, ofTypes }) };
  return { isWriting: () => isWriting, ledgers: () => [source] };
}

const empty: OpenedLedger = {
  faults: () => [],
  sealRows: () => ({ certificates: [], tips: [], published: [] }),
  rows: () => [],
  pruned: () => undefined,
  blocks: undefined,
  witnesses: () => [],
  ofTypes: () => [],
  close: () => undefined,
};
