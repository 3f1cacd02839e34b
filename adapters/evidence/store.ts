/** What was read of the ledgers, in a database that lies in a temporary file of SQLite's own, so that memory does not grow with it. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Rows } from '@countersign/core/evidence/gather/cells.ts';
import type { EvidencePeriod, EvidenceRecord } from '@countersign/core/evidence/gather/evidence-record.ts';
import { isWithin } from '@countersign/core/evidence/gather/evidence-record.ts';
import type { SessionEnded, Tallied } from '@countersign/core/evidence/gather/session-end.ts';
import type {
  ApprovalTold,
  EventKind,
  EvidenceSink,
  SessionBegun,
} from '@countersign/core/evidence/gather/sort-record.ts';
import type { Cell, Row } from '@countersign/core/evidence/report.ts';
import { isUlid } from '@countersign/core/ledger/ledger-id.ts';
import type { Difference } from '@countersign/core/ledger/reconcile/reasons.ts';
import { recordTypes } from '@countersign/core/ledger/record.ts';
import { openNameless } from '../sqlite/nameless-database.ts';

const endedColumns = [
  'session',
  'time',
  'began',
  'outcome',
  'subject',
  'issuer',
  'client',
  'source',
  'endpoint',
  'model',
  'version',
  'tier',
  'rule',
  'effect',
  'reason',
  'code',
  'status',
  'revision',
  'authzRevision',
  'approval',
  'masked',
  'payload',
  'retention',
  'ledger',
  'seq',
] as const satisfies readonly (keyof SessionEnded)[];

const begunColumns = [
  'session',
  'time',
  'type',
  'subject',
  'endpoint',
  'rule',
  'ledger',
  'seq',
] as const satisfies readonly (keyof SessionBegun)[];

const schema = [
  `CREATE TABLE ended (${endedColumns.join(', ')}, is_first INTEGER, rank BLOB)`,
  `CREATE TABLE begun (session TEXT PRIMARY KEY, ${begunColumns.slice(1).join(', ')}) WITHOUT ROWID`,
  'CREATE TABLE finished (session TEXT PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE tally (what TEXT, key TEXT, sessions INTEGER, count INTEGER, PRIMARY KEY (what, key)) WITHOUT ROWID',
  'CREATE TABLE event (kind TEXT, time TEXT, ledger TEXT, seq INTEGER, cells TEXT)',
  'CREATE TABLE approval (id TEXT, time TEXT, within INTEGER, told TEXT)',
  'CREATE TABLE approval_end (id TEXT PRIMARY KEY, time TEXT, told TEXT) WITHOUT ROWID',
  'CREATE TABLE difference (reason TEXT, explained INTEGER, session TEXT, line TEXT, ledger TEXT, seq INTEGER, detail TEXT)',
  'CREATE TABLE sampled (session TEXT, time TEXT, ledger TEXT, seq INTEGER, type TEXT, says TEXT, proven INTEGER, value TEXT, proof TEXT)',
] as const;

const cacheKib = 16 * 1024;
const knownTypes: ReadonlySet<string> = new Set(recordTypes);

export interface SampledRecord {
  readonly session: string;
  readonly time: string;
  readonly ledger: string;
  readonly seq: number;
  readonly type: string;
  readonly says: string;
  readonly proven: boolean;
  /** As it was found. */
  readonly value: string;
  /** Base64, as JSON. */
  readonly proof: string;
}

export class EvidenceStore implements EvidenceSink {
  readonly revisionsLoaded = new Set<string>();
  readonly #db: DatabaseSync;
  readonly #period: EvidencePeriod;
  /** What puts sessions into the order of the sample. */
  readonly #rank: (session: string) => Uint8Array;
  readonly #inserts = new Map<string, StatementSync>();

  constructor(period: EvidencePeriod, rank: (session: string) => Uint8Array) {
    this.#period = period;
    this.#rank = rank;
    this.#db = openNameless(schema, cacheKib);
  }

  type({ type, time }: EvidenceRecord): void {
    const known = knownTypes.has(type) ? 'known' : 'unknown';
    this.#count('type', [type, known, isWithin(this.#period, time) ? 'in' : 'out'], 1);
  }

  begun(begun: SessionBegun): void {
    this.#run(`INSERT OR IGNORE INTO begun VALUES (${marks(begunColumns.length)})`, pick(begunColumns, begun));
  }

  over(session: string): 'first' | 'again' {
    const { changes } = this.#run('INSERT OR IGNORE INTO finished VALUES (?)', [session]);
    return Number(changes) === 0 ? 'again' : 'first';
  }

  ended(ended: SessionEnded, isFirst: boolean): void {
    const rank = isFirst && isUlid(ended.session) ? this.#rank(ended.session) : null;
    const sql = `INSERT INTO ended VALUES (${marks(endedColumns.length + 2)})`;
    this.#run(sql, [...pick(endedColumns, ended), isFirst ? 1 : 0, rank]);
  }

  tally({ what, key, count }: Tallied): void {
    this.#count(what, key, count);
  }

  event(kind: EventKind, { time, ledger, seq }: EvidenceRecord, cells: Row): void {
    this.#run('INSERT INTO event VALUES (?, ?, ?, ?, ?)', [kind, time, ledger, seq, JSON.stringify(cells)]);
  }

  approval(told: ApprovalTold): void {
    const { approval, time, type, isWithin: within } = told;
    const text = JSON.stringify(told);
    if (type !== 'session')
      this.#run('INSERT INTO approval VALUES (?, ?, ?, ?)', [approval, time, within ? 1 : 0, text]);
    else {
      const newest =
        'ON CONFLICT (id) DO UPDATE SET time = excluded.time, told = excluded.told WHERE excluded.time > time';
      this.#run(`INSERT INTO approval_end VALUES (?, ?, ?) ${newest}`, [approval, time, text]);
    }
  }

  policyLoaded(revision: string): void {
    this.revisionsLoaded.add(revision);
  }

  difference({ reason, session, line, ledger, seq, detail }: Difference, isExplained: boolean): void {
    const cells = [reason, isExplained ? 1 : 0, session, line, ledger, seq, detail];
    this.#run(`INSERT INTO difference VALUES (${marks(cells.length)})`, cells.map(cell));
  }

  sampled({ session, time, ledger, seq, type, says, proven, value, proof }: SampledRecord): void {
    const cells = [session, time, ledger, seq, type, says, proven ? 1 : 0, value, proof];
    this.#run(`INSERT INTO sampled VALUES (${marks(cells.length)})`, cells);
  }

  /** After everything was read. A session whose process ended has no facts at its end: they are at its beginning. */
  complete(): void {
    this.#db.exec('CREATE INDEX ended_approval ON ended (approval) WHERE approval IS NOT NULL');
    this.#db.exec('CREATE INDEX approval_id ON approval (id)');
    this.#db.exec('CREATE INDEX event_kind ON event (kind, time)');
    this.#db.exec(`UPDATE ended SET subject = begun.subject, endpoint = begun.endpoint, rule = begun.rule FROM begun
      WHERE begun.session = ended.session AND ended.reason = 'process_ended' AND ended.endpoint IS NULL`);
  }

  rows(sql: string, ...args: readonly SQLInputValue[]): Rows {
    const db = this.#db;
    return {
      count: this.number(`SELECT count(*) FROM (${sql})`, ...args),
      *rows() {
        for (const row of db.prepare(sql).iterate(...args)) yield Object.values(row).map(cellOf);
      },
    };
  }

  number(sql: string, ...args: readonly SQLInputValue[]): number {
    const [value] = Object.values(this.#db.prepare(sql).get(...args) ?? {});
    return typeof value === 'number' ? value : 0;
  }

  /** `[time, …cells, ledger, seq]`, by time. */
  events(kind: EventKind): Rows {
    const from = 'FROM event WHERE kind = ?';
    const db = this.#db;
    return {
      count: this.number(`SELECT count(*) ${from}`, kind),
      *rows() {
        const query = `SELECT time, cells, ledger, seq ${from} ORDER BY time, ledger, seq`;
        for (const { time, cells, ledger, seq } of db.prepare(query).iterate(kind)) {
          yield [cellOf(time), ...cellsOf(cells), cellOf(ledger), cellOf(seq)];
        }
      },
    };
  }

  /** `[…key, sessions, count]`, by key. */
  tallied(what: Tallied['what'] | 'type'): Rows {
    const from = 'FROM tally WHERE what = ?';
    const db = this.#db;
    return {
      count: this.number(`SELECT count(*) ${from}`, what),
      *rows() {
        const query = `SELECT key, sessions, count ${from} ORDER BY key`;
        for (const { key, sessions, count } of db.prepare(query).iterate(what)) {
          yield [...cellsOf(key), cellOf(sessions), cellOf(count)];
        }
      },
    };
  }

  /** As they are stored. */
  *stored(sql: string, ...args: readonly SQLInputValue[]): Generator<Readonly<Record<string, unknown>>> {
    yield* this.#db.prepare(sql).iterate(...args);
  }

  close(): void {
    this.#db.close();
  }

  #count(what: string, key: readonly (string | undefined)[], count: number): void {
    const more = 'ON CONFLICT (what, key) DO UPDATE SET sessions = sessions + 1, count = count + excluded.count';
    this.#run(`INSERT INTO tally VALUES (?, ?, 1, ?) ${more}`, [what, JSON.stringify(key), count]);
  }

  #run(sql: string, cells: readonly SQLInputValue[]) {
    const statement = this.#inserts.get(sql) ?? this.#db.prepare(sql);
    this.#inserts.set(sql, statement);
    return statement.run(...cells);
  }
}

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

function pick<Name extends string>(
  names: readonly Name[],
  of: Readonly<Record<Name, string | number | undefined>>,
): readonly SQLInputValue[] {
  return names.map((name) => cell(of[name]));
}

const cell = (value: string | number | undefined): SQLInputValue => value ?? null;

function cellOf(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function cellsOf(text: unknown): readonly Cell[] {
  const cells: unknown = JSON.parse(String(text));
  return Array.isArray(cells) ? cells.map(cellOf) : [];
}
