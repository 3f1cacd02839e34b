/**
 * Lines of a log and sessions of ledgers, joined by session in a database that lies in a temporary file of SQLite's own: sorted
 * there, so that memory does not grow with them.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LineSeen } from '@countersign/core/ledger/reconcile/judge.ts';
import {
  type CountedRefusals,
  mergeSeen,
  type SessionSeen,
} from '@countersign/core/ledger/reconcile/ledger-sessions.ts';
import { type Reason, reasons } from '@countersign/core/ledger/reconcile/reasons.ts';
import { openNameless } from './nameless-database.ts';

const schema = [
  'CREATE TABLE line (session TEXT, file INTEGER, number INTEGER, traits INTEGER, status INTEGER, ended INTEGER, unrecorded INTEGER, request TEXT, source TEXT)',
  'CREATE TABLE seen (session TEXT, traits INTEGER, status INTEGER, ended INTEGER, request TEXT, ledger INTEGER, seq INTEGER)',
  'CREATE TABLE counted (start INTEGER, end INTEGER, source TEXT, count INTEGER, ledger INTEGER, seq INTEGER)',
  'CREATE TABLE orphan (request TEXT)',
  'CREATE TABLE unlogged (session TEXT, request TEXT, ledger INTEGER, seq INTEGER)',
] as const;

const cacheKib = 16 * 1024;
/** Order of the bits. */
const lineTraits = ['minted', 'elsewhere', 'refused', 'forwarded', 'whole', 'grpcFailed'] as const;
const seenTraits = ['opened', 'closed', 'denied', 'aborted', 'recovered', 'beforeIdentity'] as const;
const reasonList = Object.keys(reasons).filter((name): name is Reason => Object.hasOwn(reasons, name));

export interface JoinedSession {
  readonly session: string;
  readonly lines: readonly LineSeen[];
  readonly seen: SessionSeen | undefined;
}

export interface Unlogged {
  readonly session: string;
  readonly requestId: string | undefined;
  readonly ledger: number;
  readonly seq: number;
}

type Row = Readonly<Record<string, unknown>>;

export class Reconciliation {
  readonly #db: DatabaseSync;
  readonly #insert: Readonly<Record<'line' | 'seen' | 'counted' | 'orphan' | 'unlogged', StatementSync>>;

  constructor() {
    const db = openNameless(schema, cacheKib);
    const into = (table: string, columns: number): StatementSync =>
      db.prepare(`INSERT INTO ${table} VALUES (${Array.from({ length: columns }, () => '?').join(', ')})`);
    this.#db = db;
    this.#insert = {
      line: into('line', 9),
      seen: into('seen', 7),
      counted: into('counted', 6),
      orphan: into('orphan', 1),
      unlogged: into('unlogged', 4),
    };
  }

  addLine(line: LineSeen): void {
    const { session, file, number, status, endedMs, requestId, source } = line;
    const reason = reasonList.indexOf(line.unrecorded);
    this.#insert.line.run(
      session,
      file,
      number,
      bits(lineTraits, line),
      status,
      endedMs,
      reason,
      requestId ?? null,
      source ?? null,
    );
  }

  addSession(seen: SessionSeen): void {
    const { session, status, endedMs, requestId, ledger, seq } = seen;
    const traits = bits(seenTraits, seen);
    this.#insert.seen.run(session, traits, status ?? null, endedMs, requestId ?? null, ledger, seq);
  }

  addCounted({ startMs, endMs, source, count, ledger, seq }: CountedRefusals): void {
    this.#insert.counted.run(startMs, endMs, source ?? null, count ?? null, ledger, seq);
  }

  /** A request that no session of a ledger was found for. */
  addOrphan(requestId: string): void {
    this.#insert.orphan.run(requestId);
  }

  /** A refusal that no line names: its request may be among the orphans. */
  addUnlogged({ session, requestId, ledger, seq }: Unlogged): void {
    this.#insert.unlogged.run(session, requestId ?? null, ledger, seq);
  }

  /** Every session of either side, by id. */
  *sessions(): Generator<JoinedSession> {
    const lines = groups(this.#db.prepare('SELECT * FROM line ORDER BY session, ended').iterate());
    const seen = groups(this.#db.prepare('SELECT * FROM seen ORDER BY session').iterate());
    let [line, record] = [lines.next().value, seen.next().value];
    while (line !== undefined || record !== undefined) {
      const session = [line?.session, record?.session].filter((id) => id !== undefined).toSorted()[0] ?? '';
      const isLine = line?.session === session;
      const isRecord = record?.session === session;
      yield {
        session,
        lines: isLine ? (line?.rows ?? []).map(toLine) : [],
        seen: isRecord ? mergeSeen((record?.rows ?? []).map(toSeen)) : undefined,
      };
      if (isLine) line = lines.next().value;
      if (isRecord) record = seen.next().value;
    }
  }

  *counted(): Generator<CountedRefusals> {
    for (const row of this.#db.prepare('SELECT * FROM counted ORDER BY start').iterate()) {
      yield {
        startMs: Number(row['start']),
        endMs: Number(row['end']),
        source: textOf(row['source']),
        count: row['count'] === null ? undefined : Number(row['count']),
        ledger: Number(row['ledger']),
        seq: Number(row['seq']),
      };
    }
  }

  /** Those that were added, and whether an orphan is theirs: each orphan is one request's. */
  *unlogged(): Generator<Unlogged & { readonly isOrphans: boolean }> {
    this.#db.exec('CREATE INDEX orphan_request ON orphan (request)');
    const query =
      'SELECT *, EXISTS (SELECT 1 FROM orphan WHERE orphan.request = unlogged.request) AS found FROM unlogged';
    for (const row of this.#db.prepare(query).iterate()) {
      yield {
        session: String(row['session']),
        requestId: textOf(row['request']),
        ledger: Number(row['ledger']),
        seq: Number(row['seq']),
        isOrphans: row['found'] === 1,
      };
    }
  }

  close(): void {
    this.#db.close();
  }
}

interface Group {
  readonly session: string;
  readonly rows: readonly Row[];
}

/** Rows that follow each other with one session. */
function* groups(rows: Iterable<Row>): Generator<Group, undefined> {
  let group: { readonly session: string; readonly rows: Row[] } | undefined;
  for (const row of rows) {
    const session = String(row['session']);
    if (group?.session === session) {
      group.rows.push(row);
      continue;
    }
    if (group !== undefined) yield group;
    group = { session, rows: [row] };
  }
  if (group !== undefined) yield group;
  return undefined;
}

function toLine(row: Row): LineSeen {
  const traits = Number(row['traits']);
  return {
    session: String(row['session']),
    file: Number(row['file']),
    number: Number(row['number']),
    minted: has(lineTraits, traits, 'minted'),
    elsewhere: has(lineTraits, traits, 'elsewhere'),
    refused: has(lineTraits, traits, 'refused'),
    forwarded: has(lineTraits, traits, 'forwarded'),
    whole: has(lineTraits, traits, 'whole'),
    grpcFailed: has(lineTraits, traits, 'grpcFailed'),
    status: Number(row['status']),
    endedMs: Number(row['ended']),
    unrecorded: reasonList[Number(row['unrecorded'])] ?? 'ended_by_envoy',
    requestId: textOf(row['request']),
    source: textOf(row['source']),
  };
}

function toSeen(row: Row): SessionSeen {
  const traits = Number(row['traits']);
  const { status } = row;
  return {
    session: String(row['session']),
    opened: has(seenTraits, traits, 'opened'),
    closed: has(seenTraits, traits, 'closed'),
    denied: has(seenTraits, traits, 'denied'),
    aborted: has(seenTraits, traits, 'aborted'),
    recovered: has(seenTraits, traits, 'recovered'),
    beforeIdentity: has(seenTraits, traits, 'beforeIdentity'),
    status: typeof status === 'number' ? status : undefined,
    endedMs: Number(row['ended']),
    requestId: textOf(row['request']),
    ledger: Number(row['ledger']),
    seq: Number(row['seq']),
  };
}

function bits<Name extends string>(names: readonly Name[], of: Readonly<Record<Name, boolean>>): number {
  return names.reduce((all, name, index) => (of[name] ? all | (1 << index) : all), 0);
}

function has<Name extends string>(names: readonly Name[], traits: number, name: Name): boolean {
  return (traits & (1 << names.indexOf(name))) !== 0;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
