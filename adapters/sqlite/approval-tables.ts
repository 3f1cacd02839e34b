/** The file behind the approval store: what lies in it, and how it is opened. SQL lives here, rules do not. */
import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Approval, ApprovalEvent } from '@countersign/core/approval/approval.ts';
import { parseApproval, parseApprovalEvent, parseJsonAs } from '@countersign/core/approval/schema.ts';
import type { Principal } from '@countersign/core/identity/principal.ts';
import { UnreadableRow } from './approval-trouble.ts';

/** A held call blocks its process for this long at most when others write; a commit takes a few milliseconds. */
const busyTimeoutMs = 500;
const layoutVersion = 1;

const layout = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    approval TEXT NOT NULL,
    type TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_of ON events (approval, seq);
  CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
  CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

  CREATE TABLE current (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    binding TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    requested_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,        -- when a call last waited for it
    owed INTEGER NOT NULL DEFAULT 0, -- its end is not in any ledger yet
    offered_ms INTEGER,              -- when a process last took it on to write that record
    document TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX current_live ON current (issuer, subject, binding) WHERE state IN ('requested', 'approved');
  CREATE INDEX current_state ON current (state, requested_ms);
  CREATE INDEX current_owed ON current (owed) WHERE owed = 1;
`;

/** Creates the file (0600) when it is missing. Throws when it cannot be used safely: a service does not start then. */
export function openApprovalDatabase(file: string): DatabaseSync {
  createPrivateFile(file);
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal')
      throw new Error(`${file} lies on a file system without shared memory: approvals need a local disk`);
    // FULL: a commit is on disk when it returns. NORMAL would lose the last ones with the host.
    db.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; BEGIN IMMEDIATE');
    const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version === 0) db.exec(`${layout} PRAGMA user_version = ${layoutVersion}`);
    else if (version !== layoutVersion)
      throw new Error(`${file} has layout ${version}, this version reads ${layoutVersion}`);
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw naming(file, error);
  }
}

/** SQLite's own messages do not say which file; ours do. */
function naming(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.message.startsWith(file)) return error;
  return new Error(`${file}: ${error.message}`, { cause: error });
}

function createPrivateFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives -wal and -shm the mode of the database file.
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const { mode } = fstatSync(fd);
    if ((mode & 0o077) !== 0) throw new Error(`${file} is open to other users: chmod 600 it`);
  } finally {
    closeSync(fd);
  }
}

export interface ListFilter {
  readonly states?: readonly Approval['state'][];
  readonly limit: number;
  /** Only what this principal may see. */
  readonly visibleTo?: Pick<Principal, 'subject' | 'issuer' | 'groups'>;
}

/** Prepared statements over one connection. Everything here may throw; the store turns that into an answer. */
export function approvalTables(db: DatabaseSync) {
  const insertEvent = db.prepare('INSERT INTO events (approval, type, at_ms, document) VALUES (?, ?, ?, ?)');
  const upsert = db.prepare(`
    INSERT INTO current (id, state, binding, issuer, subject, requested_ms, seen_ms, document)
    VALUES (:id, :state, :binding, :issuer, :subject, :requested, :requested, :document)
    ON CONFLICT (id) DO UPDATE SET state = :state, document = :document, owed = :state IN ('expired', 'withdrawn')`);
  const byId = db.prepare('SELECT document FROM current WHERE id = ?');
  const live = db.prepare(`SELECT document FROM current WHERE state IN ('requested', 'approved')`);
  const abandoned = db.prepare(`SELECT document FROM current WHERE state = 'requested' AND seen_ms < ?`);
  const same = db.prepare(`
    SELECT document FROM current
    WHERE issuer = ? AND subject = ? AND binding = ? AND state IN ('requested', 'approved')`);
  const holds = db.prepare(
    `SELECT count(*) AS n FROM current WHERE issuer = ? AND subject = ? AND state = 'requested'`,
  );
  const touch = db.prepare('UPDATE current SET seen_ms = ? WHERE id IN (SELECT value FROM json_each(?))');
  const owed = db.prepare(`
    UPDATE current SET offered_ms = :now
    WHERE owed = 1 AND (offered_ms IS NULL OR offered_ms <= :now - :lease OR offered_ms > :now)
    RETURNING document`);
  const settle = db.prepare('UPDATE current SET owed = 0 WHERE id IN (SELECT value FROM json_each(?))');
  const eventsOf = db.prepare('SELECT document FROM events WHERE approval = ? ORDER BY seq');
  const list = db.prepare(`
    SELECT document FROM current
    WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
      AND (:groups IS NULL OR (issuer = :issuer AND subject = :subject) OR EXISTS (
        SELECT 1 FROM json_each(document, '$.terms.groups') AS entitled
        WHERE entitled.value IN (SELECT value FROM json_each(:groups))))
    ORDER BY requested_ms DESC, id DESC LIMIT :limit`);
  const version = db.prepare('PRAGMA data_version');

  return {
    append(event: ApprovalEvent, after: Approval): void {
      insertEvent.run(after.id, event.type, event.atMs, JSON.stringify(event));
      upsert.run({
        id: after.id,
        state: after.state,
        binding: after.binding,
        issuer: after.requester.issuer,
        subject: after.requester.subject,
        requested: after.requestedAtMs,
        document: JSON.stringify(after),
      });
    },
    find: (id: string) => one(byId.get(id)),
    findLive: ({ requester, binding }: Pick<Approval, 'requester' | 'binding'>) =>
      one(same.get(requester.issuer, requester.subject, binding)),
    live: () => live.all().map(approvalIn),
    abandonedSince: (seenMs: number) => abandoned.all(seenMs).map(approvalIn),
    countHolds: ({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>) =>
      Number(holds.get(issuer, subject)?.['n']),
    touch: (ids: readonly string[], seenMs: number): void => void touch.run(seenMs, JSON.stringify(ids)),
    /** Takes on what is owed a record and was not taken on within `leaseMs`. */
    takeOwed: (now: number, lease: number) => owed.all({ now, lease }).map(approvalIn),
    settle: (ids: readonly string[]): void => void settle.run(JSON.stringify(ids)),
    list: ({ states, limit, visibleTo }: ListFilter) =>
      list
        .all({
          states: states === undefined ? null : JSON.stringify(states),
          groups: visibleTo === undefined ? null : JSON.stringify(visibleTo.groups),
          issuer: visibleTo?.issuer ?? null,
          subject: visibleTo?.subject ?? null,
          limit,
        })
        .map(approvalIn),
    events: (id: string): readonly ApprovalEvent[] => eventsOf.all(id).map(eventIn),
    /** Differs from the last answer when another connection has committed since. */
    dataVersion: () => Number(version.get()?.['data_version']),
  };
}

type Row = Record<string, unknown>;

const one = (row: Row | undefined): Approval | undefined => (row === undefined ? undefined : approvalIn(row));

function approvalIn(row: Row): Approval {
  const approval = parseJsonAs(parseApproval, String(row['document']));
  if (approval === undefined) throw new UnreadableRow();
  return approval;
}

function eventIn(row: Row): ApprovalEvent {
  const event = parseJsonAs(parseApprovalEvent, String(row['document']));
  if (event === undefined) throw new UnreadableRow();
  return event;
}
