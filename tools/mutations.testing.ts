/** What anybody can do to a ledger's file: one thing at a time, each with what has to be found. */
import { times } from '@countersign/envoy/test/harness/tier.ts';
import { change, type Evidence, recordsOfTheSecond } from './evidence.testing.ts';

export interface Case {
  readonly what: string;
  readonly exitCode: number;
  /** Among those that are found. */
  readonly reason: string;
  readonly trust?: 'pinned' | 'anchored';
  harm(evidence: Evidence): void | Promise<void>;
}

export const [middle, last] = [500, recordsOfTheSecond - 1];
const text = 'CAST(value AS TEXT)';
export const second = ({ ledgers }: Evidence): string => ledgers[1]?.file ?? '';

const sql = (what: string, statement: string, exitCode: number, reason: string): Case => ({
  what,
  exitCode,
  reason,
  harm: (e) => change(second(e), statement),
});

/** Each member of a record, altered alone, with its leaf, and with everything that follows from it. */
const fields = (
  [
    ['chain.ledger', '"ledger":"proc', '"ledger":"prox'],
    ['chain.prev', '"prev":"', '"prev":"A'],
    ['chain.pseq', '"pseq":', '"pseq":1'],
    ['chain.seq', `"seq":${middle}`, `"seq":${middle + 2000}`],
    ['data', '"subject":"ana"', '"subject":"eve"'],
    ['a member of data more', '"subject"', '"sub":1,"subject"'],
    ['session', '"session":"01M8', '"session":"01M9'],
    ['time', '"time":"2', '"time":"3'],
    ['a time that is none', '"time":"2', '"time":"x'],
    ['type', '"type":"session.closed"', '"type":"session.denied"'],
    ['v', '"v":1', '"v":2'],
    ['a number of 5,000 digits', '"v":1', `"v":1${'0'.repeat(5000)}`],
    ['white space', '{"chain"', '{ "chain"'],
    ['an escape', '\\t', '\\u0009'],
  ] as const
).flatMap(([field, from, to]): readonly Case[] => {
  const seq = field === 'type' ? middle + 1 : middle;
  const altered = `replace(${text}, '${from}', '${to}')`;
  const withLeaf = `UPDATE record SET value = CAST(${altered} AS BLOB), leaf = leaf_of(${altered}) WHERE seq = ${seq}`;
  return [
    sql(field, `UPDATE record SET value = CAST(${altered} AS BLOB) WHERE seq = ${seq}`, 10, 'leaf_differs'),
    sql(`${field} and the leaf`, withLeaf, 10, 'prev_differs'),
  ];
});

const columns = [
  ['type', "'session.held'"],
  ['session', "'01M83J0V1F0000000000000000'"],
  ['time', "'2026-01-01T00:00:00.000Z'"],
  ['topic', "'admin'"],
  ['"partition"', '77'],
  ['pseq', '7777'],
].map(([name, value]) =>
  sql(`the column ${name}`, `UPDATE record SET ${name} = ${value} WHERE seq = ${middle}`, 10, 'column_differs'),
);

/** All of them when there is time. */
const removedCount = times(recordsOfTheSecond, 6);
const removed = Array.from({ length: removedCount }, (_, n) => Math.round((n * last) / (removedCount - 1)));
const rows: readonly Case[] = [
  ...removed.map((seq) =>
    sql(
      `row ${seq} taken out`,
      `DELETE FROM record WHERE seq = ${seq}`,
      11,
      seq === last ? 'tail_cut' : 'records_missing',
    ),
  ),
  sql('a stretch taken out', `DELETE FROM record WHERE seq BETWEEN 300 AND 399`, 11, 'records_missing'),
  sql('all rows taken out', 'DELETE FROM record', 11, 'no_records'),
  sql(
    'two rows swapped',
    `UPDATE record SET seq = -1 WHERE seq = ${middle}; UPDATE record SET seq = ${middle} WHERE seq = ${middle + 1};
     UPDATE record SET seq = ${middle + 1} WHERE seq = -1`,
    10,
    'reordered',
  ),
  sql(
    'a row doubled',
    `INSERT INTO record SELECT ${last + 1}, type, session, time, topic, "partition", 9999, leaf, value FROM record WHERE seq = ${middle}`,
    12,
    'repeated_seq',
  ),
  sql(
    'a column with more than JavaScript holds',
    `UPDATE record SET pseq = 9223372036854775807 WHERE seq = ${middle}`,
    10,
    'column_differs',
  ),
  sql(
    'a row at a place with more than JavaScript holds',
    `UPDATE record SET seq = 9223372036854775807 WHERE seq = ${last}`,
    10,
    'column_differs',
  ),
  sql('a leaf', `UPDATE record SET leaf = zeroblob(32) WHERE seq = ${middle}`, 10, 'leaf_differs'),
  sql('a value that is no UTF-8', `UPDATE record SET value = x'ff' WHERE seq = ${middle}`, 10, 'not_utf8'),
  sql('a trigger', 'CREATE TRIGGER hide AFTER INSERT ON record BEGIN DELETE FROM record; END', 10, 'schema_differs'),
  sql('the application id', 'PRAGMA application_id = 7', 10, 'schema_differs'),
  sql('an index dropped', 'DROP INDEX record_session', 10, 'schema_differs'),
];

/** The first byte of each line of a note, and of its signature. */
const noteBytes = (table: string, where: string, lines: readonly number[], reason: string): readonly Case[] =>
  lines.map((line) => ({
    what: `line ${line} of ${table}`,
    exitCode: 13,
    reason,
    harm: (e) => change(second(e), `UPDATE ${table} SET note = ${bent('note', line)} WHERE ${where}`),
  }));
/** Another letter at the beginning of a line. SQLite has no function for lines, so they are counted by cutting. */
function bent(column: string, line: number): string {
  let rest = column;
  for (let n = 0; n < line; n++) rest = `substr(${rest}, instr(${rest}, char(10)) + 1)`;
  const at = `(length(${column}) - length(${rest}) + 1)`;
  return `substr(${column}, 1, ${at} - 1) || CASE substr(${column}, ${at}, 1) WHEN '1' THEN '2' ELSE '1' END || substr(${column}, ${at} + 1)`;
}

const notes: readonly Case[] = [
  ...noteBytes('certificate', 'TRUE', [0, 1, 5, 6], 'no_certificate'),
  ...noteBytes('certificate', 'TRUE', [2, 3, 4], 'certificate_forged'),
  ...noteBytes('certificate', 'TRUE', [8], 'no_certificate'),
  ...noteBytes('tip', 'TRUE', [0, 4], 'no_checkpoint'),
  ...noteBytes('tip', 'TRUE', [1, 2], 'checkpoint_forged'),
  ...noteBytes('checkpoint', 'number = 0', [0, 1, 2, 4], 'checkpoint_forged'),
  sql(
    'the signature of the tip',
    `UPDATE tip SET note = replace(note, '=' || char(10), 'A' || char(10))`,
    13,
    'no_checkpoint',
  ),
  sql('the tip taken out', 'DELETE FROM tip', 13, 'no_checkpoint'),
  sql(
    'an older tip',
    'UPDATE tip SET (size, note) = (SELECT size, note FROM checkpoint WHERE number = 0)',
    10,
    'records_unsigned',
  ),
  sql('the certificate taken out', 'DELETE FROM certificate', 13, 'no_certificate'),
  sql('two certificates', 'INSERT INTO certificate SELECT counter + 1, note FROM certificate', 13, 'no_certificate'),
  sql('the counter beside the certificate', 'UPDATE certificate SET counter = 7', 10, 'column_differs'),
  sql('the first published checkpoint taken out', 'DELETE FROM checkpoint WHERE number = 0', 11, 'checkpoints_missing'),
  sql(
    'the last published checkpoint taken out',
    'DELETE FROM checkpoint WHERE number = (SELECT MAX(number) FROM checkpoint)',
    11,
    'checkpoints_missing',
  ),
  sql(
    'the size beside the tip, with more than JavaScript holds',
    'UPDATE tip SET size = 9223372036854775807',
    10,
    'column_differs',
  ),
  sql('the size beside a checkpoint', 'UPDATE checkpoint SET size = 2 WHERE number = 0', 10, 'column_differs'),
];

export const mutations: readonly Case[] = [...fields, ...columns, ...rows, ...notes];
