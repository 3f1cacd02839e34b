/** What the tables of a report are in SQL. Sessions are first ends; what ends again is told apart. */
import type { Rows } from '@countersign/core/evidence/gather/cells.ts';
import type { Unclosed } from '@countersign/core/evidence/gather/exceptions.ts';
import type { SessionCounts } from '@countersign/core/evidence/gather/usage.ts';
import type { EvidenceStore } from './store.ts';

/** Where a process ended, only the subject is known: it is counted where nothing else tells of whose issuer it is. */
const isTellingOne = `subject IS NOT NULL AND (issuer IS NOT NULL
  OR subject NOT IN (SELECT subject FROM ended WHERE issuer IS NOT NULL AND subject IS NOT NULL))`;

export function sessionCounts(store: EvidenceStore): SessionCounts {
  const outcome = (name: string): number =>
    store.number('SELECT count(*) FROM ended WHERE is_first AND outcome = ?', name);
  return {
    all: store.number('SELECT count(*) FROM ended WHERE is_first'),
    completed: outcome('completed'),
    denied: outcome('denied'),
    pending: outcome('pending'),
    aborted: outcome('aborted'),
    callers: store.number(`SELECT count(*) FROM (SELECT DISTINCT subject, issuer FROM ended WHERE ${isTellingOne})`),
    endpoints: store.number('SELECT count(DISTINCT endpoint) FROM ended'),
    strangers: store.number('SELECT count(*) FROM ended WHERE is_first AND subject IS NULL'),
  };
}

const outcomes = ['completed', 'denied', 'pending', 'aborted']
  .map((outcome) => `sum(outcome = '${outcome}') AS ${outcome}`)
  .join(', ');

export const byCaller = (store: EvidenceStore): Rows =>
  store.rows(`SELECT subject, issuer, client, endpoint, model, version, tier, count(*) AS sessions, ${outcomes},
    sum(masked) AS masked, min(time) AS first, max(time) AS last FROM ended WHERE is_first
    GROUP BY subject, issuer, client, endpoint, model, version, tier ORDER BY 1, 2, 3, 4, 5, 6, 7`);

export const everySession = (store: EvidenceStore): Rows =>
  store.rows(`SELECT time, session, began, outcome, subject, issuer, client, source, endpoint, model, version, rule,
    reason, status, masked, approval, revision, ledger, seq FROM ended WHERE is_first ORDER BY time, session`);

export const stopped = (store: EvidenceStore): Rows =>
  store.rows(`SELECT outcome, rule, reason, code, subject, issuer, endpoint, count(*) AS sessions, min(time) AS first,
    max(time) AS last FROM ended WHERE is_first AND outcome <> 'completed'
    GROUP BY outcome, rule, reason, code, subject, issuer, endpoint ORDER BY 1, 2, 3, 4, 5, 6, 7`);

export const endedAgain = (store: EvidenceStore): Rows =>
  store.rows('SELECT time, session, outcome, reason, ledger, seq FROM ended WHERE NOT is_first ORDER BY time, session');

export const policiesInUse = (store: EvidenceStore): Rows =>
  store.rows(`SELECT revision, count(*) AS sessions, min(time) AS first, max(time) AS last FROM ended
    WHERE is_first AND revision IS NOT NULL GROUP BY revision ORDER BY first, revision`);

export const newestPolicy = (store: EvidenceStore): string | undefined => {
  const query = 'SELECT revision FROM ended WHERE revision IS NOT NULL ORDER BY time DESC LIMIT 1';
  const [[revision] = []] = [...store.rows(query).rows()];
  return typeof revision === 'string' ? revision : undefined;
};

/** Of both services: either decides by the policy that it has. */
export function policiesUnannounced(store: EvidenceStore): readonly string[] {
  const query =
    'SELECT revision FROM ended WHERE revision IS NOT NULL UNION SELECT authzRevision FROM ended WHERE authzRevision IS NOT NULL';
  return [...store.rows(query).rows()].flatMap(([revision]) =>
    typeof revision === 'string' && !store.revisionsLoaded.has(revision) ? [revision] : [],
  );
}

export const retentionClasses = (store: EvidenceStore): Rows =>
  store.rows(`SELECT endpoint, retention, payload, count(*) AS sessions FROM ended WHERE is_first AND retention IS NOT NULL
    GROUP BY endpoint, retention, payload ORDER BY 1, 2, 3`);

/** @param writing ids of ledgers: what is under way there may still end */
export function unclosedSessions(store: EvidenceStore, writing: readonly string[]): Unclosed {
  const among = writing.map(() => '?').join(', ');
  const query = (
    underWay: boolean,
  ): string => `SELECT time, session, type, subject, endpoint, rule, ledger, seq FROM begun
    WHERE session NOT IN (SELECT session FROM finished) AND ledger ${underWay ? 'IN' : 'NOT IN'} (${among}) ORDER BY time, session`;
  return { left: store.rows(query(false), ...writing), underWay: store.rows(query(true), ...writing) };
}

export const differences = (store: EvidenceStore): Rows =>
  store.rows(`SELECT CASE WHEN explained THEN 'explained' ELSE 'DIFFERS' END AS kind, reason, session, line, ledger, seq, detail
    FROM difference ORDER BY explained, reason, session, line`);
