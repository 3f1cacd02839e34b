/** A replica whose first ledger was pruned to its end and whose second was pruned in part; and what can be done to them. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFolderAnchor } from '@countersign/adapters/anchor/folder.ts';
import { systemHash as hash } from '@countersign/adapters/process/system.ts';
import { LedgerPruner } from '@countersign/adapters/sqlite/ledger-pruner.ts';
import { clockOfDays, deliver, pruneOnce, start, writeCalls } from '@countersign/adapters/sqlite/test/pruning.ts';
import { type Pruned, parsePruned, prunedFurther, prunedText } from '@countersign/core/ledger/pruned.ts';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import { change } from './evidence.testing.ts';

export interface PrunedEvidence {
  readonly ended: string;
  readonly newest: string;
  /** The newest before anything of it was pruned. */
  readonly whole: string;
}

/** @returns the files of both ledgers, closed */
export async function makePruned(directory: string, anchor: string): Promise<PrunedEvidence> {
  const clock = clockOfDays();
  const published: Publication[] = [];
  const onPublished = (publication: Publication): void => void published.push(publication);
  const ended = await start(directory, clock, { onPublished });
  await writeCalls(ended, 400);
  await ended.close('done');
  const newest = await start(directory, clock, { onPublished });
  await writeCalls(newest, 700);
  deliver(directory);
  const whole = path.join(path.dirname(anchor), 'whole.db');
  change(newest.file, `VACUUM INTO '${whole}'`);
  await pruneOnce(newest);
  clock.pass(8);
  for (let look = 0; look < 3; look++) await pruneOnce(newest);
  await writeCalls(newest, 100);
  await newest.close('done');
  const kept = createFolderAnchor(anchor);
  for (const publication of published) await kept.keep(publication);
  return { ended: ended.file, newest: newest.file, whole };
}

export interface PrunedCase {
  readonly what: string;
  readonly exitCode: number;
  readonly reason: string;
  harm(evidence: PrunedEvidence): void;
}

const sql = (what: string, statement: string, exitCode: number, reason: string): PrunedCase => ({
  what,
  exitCode,
  reason,
  harm: ({ newest }) => change(newest, statement),
});

/** Another state in the place of the one that is there. */
const state = (
  what: string,
  alter: (pruned: Pruned) => Pruned | string,
  exitCode: number,
  reason: string,
): PrunedCase => ({
  what,
  exitCode,
  reason,
  harm: ({ newest }) => alterState(newest, alter),
});

function alterState(file: string, alter: (pruned: Pruned) => Pruned | string): void {
  const db = new DatabaseSync(file);
  const found = parsePruned(db.prepare('SELECT state FROM pruned').get()?.['state']);
  if (found === undefined) throw new Error('nothing was pruned');
  const altered = alter(found);
  db.prepare('UPDATE pruned SET state = ?').run(typeof altered === 'string' ? altered : prunedText(altered));
  db.close();
}

const bent = (node: Uint8Array | undefined): Uint8Array => (node ?? new Uint8Array(32)).map((byte) => byte ^ 1);
const other = new Uint8Array(32).fill(7);

/** Removes more than any record says, as the writer itself would. */
function pruneOn(file: string, ledger: string, to: (tip: number) => number): void {
  const db = new DatabaseSync(file);
  const tip = Number(db.prepare('SELECT size FROM tip').get()?.['size']);
  const pruner = new LedgerPruner(db, ledger);
  while (pruner.prune(to(tip), false) !== undefined);
  db.close();
}

const idOf = (file: string): string => file.split('/').slice(-3).join('/').replace(/\.db$/, '');

export const prunedCases: readonly PrunedCase[] = [
  {
    what: 'records are pruned up to the last checkpoint, and no record says so',
    exitCode: 11,
    reason: 'pruned_unrecorded',
    harm: ({ newest }) => pruneOn(newest, idOf(newest), (tip) => tip),
  },
  state(
    'the first node of the tree',
    (p) => withRoots(p, [bent(p.tree.roots[0]), ...p.tree.roots.slice(1)]),
    10,
    'pruned_differs',
  ),
  state('the last node of the tree, and what follows from it', (p) => withLastRoot(p), 10, 'root_differs'),
  state(
    'what record 0 is held by',
    (p) => ({ ...p, path: [bent(p.path[0]), ...p.path.slice(1)] }),
    10,
    'pruned_differs',
  ),
  state('the leaf before the first that is left', (p) => withPrev(p), 10, 'prev_differs'),
  state('the numbers within topics', (p) => ({ ...p, lanes: moved(p.lanes) }), 10, 'pseq_differs'),
  state(
    'a size moved alone',
    (p) => prunedText(p).replace(/"size":(\d+)/, (_, n) => `"size":${Number(n) + 1}`),
    10,
    'pruned_differs',
  ),
  state(
    'a size moved with its tree, over a record that never was',
    (p) => prunedFurther(hash, p, [{ leaf: other, topic: 'events' }]),
    10,
    'prev_differs',
  ),
  state('a state that is none', () => '{}', 10, 'pruned_differs'),
  state('a state in another spelling', (p) => prunedText(p).replace(',"', ', "'), 10, 'pruned_differs'),
  sql('no state', 'DELETE FROM pruned', 10, 'pruned_differs'),
  sql('two states', 'INSERT INTO pruned SELECT state FROM pruned', 10, 'pruned_differs'),
  sql('the state taken away', 'DROP TABLE pruned', 10, 'schema_differs'),
  sql(
    'the state taken away, as if nothing had been pruned',
    `DROP TABLE pruned; PRAGMA application_id = ${0x43534c32}`,
    11,
    'records_missing',
  ),
  sql(
    'the application id of a ledger that was not pruned',
    `PRAGMA application_id = ${0x43534c32}`,
    10,
    'schema_differs',
  ),
  sql('record 0 taken out', 'DELETE FROM record WHERE seq = 0', 11, 'records_missing'),
  sql(
    'record 0 altered, with its leaf',
    `UPDATE record SET value = CAST(replace(CAST(value AS TEXT), '"pid":', '"pid":1') AS BLOB),
      leaf = leaf_of(replace(CAST(value AS TEXT), '"pid":', '"pid":1')) WHERE seq = 0`,
    10,
    'pruned_differs',
  ),
  {
    what: 'a record that was pruned is there again',
    exitCode: 10,
    reason: 'pruned_differs',
    harm: ({ newest, whole }) =>
      change(newest, `ATTACH '${whole}' AS whole; INSERT INTO record SELECT * FROM whole.record WHERE seq = 5`),
  },
  sql(
    'a later record where others were pruned',
    `INSERT INTO record SELECT 5, type, session, time, topic, "partition", 9999, leaf, value FROM record WHERE seq > 5 LIMIT 1`,
    12,
    'repeated_seq',
  ),
  sql(
    'the first record that is left taken out',
    'DELETE FROM record WHERE seq = (SELECT MIN(seq) FROM record WHERE seq > 0)',
    11,
    'records_missing',
  ),
  sql('all records but the first taken out', 'DELETE FROM record WHERE seq > 0', 11, 'tail_cut'),
  sql('the record that says so taken out', "DELETE FROM record WHERE type = 'ledger.pruned'", 11, 'pruned_unrecorded'),
  sql(
    'the checkpoints behind what was pruned taken out',
    'DELETE FROM checkpoint WHERE number = 0',
    11,
    'checkpoints_missing',
  ),
  sql(
    'a checkpoint of what was pruned',
    `UPDATE checkpoint SET note = replace(note, char(10) || '1', char(10) || '2') WHERE number = 1`,
    13,
    'checkpoint_forged',
  ),
  {
    what: 'more than the last checkpoint covers is said to be pruned',
    exitCode: 10,
    reason: 'records_unsigned',
    harm({ ended }) {
      alterState(ended, (pruned) => prunedFurther(hash, pruned, [{ leaf: other, topic: 'events' }]));
    },
  },
  {
    what: 'the tree of a ledger that was pruned to its end',
    exitCode: 10,
    reason: 'root_differs',
    harm: ({ ended }) => alterState(ended, (pruned) => withLastRoot(pruned)),
  },
];

const withRoots = (pruned: Pruned, roots: readonly Uint8Array[]): Pruned => ({
  ...pruned,
  tree: { ...pruned.tree, roots },
});

/** Of an odd size the last root is the last leaf. */
function withLastRoot(pruned: Pruned): Pruned {
  const { roots, size } = pruned.tree;
  const last = bent(roots.at(-1));
  const altered = withRoots(pruned, [...roots.slice(0, -1), last]);
  return size % 2 === 1 ? { ...altered, prev: Buffer.from(last).toString('base64url') } : altered;
}

function withPrev(pruned: Pruned): Pruned {
  return pruned.tree.size % 2 === 1
    ? withLastRoot(pruned)
    : { ...pruned, prev: Buffer.from(other).toString('base64url') };
}

function moved(lanes: Pruned['lanes']): Pruned['lanes'] {
  const changed = new Map(lanes);
  changed.set('events', (lanes.get('events') ?? 0) - 1);
  changed.set('payloads', (lanes.get('payloads') ?? 0) + 1);
  return changed;
}
