/**
 * Many rows of a ledger in one: what costs most of reading a row is to make a JavaScript object of it. What the columns say is put
 * together by SQLite as the record would say it, to be compared byte by byte.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface LedgerBlock {
  readonly first: number;
  readonly count: number;
  /** With 0x00 between them: each but the first is, with the byte before it, what its leaf is the hash of. */
  readonly values: Buffer;
  /** As stored, side by side. */
  readonly leaves: Buffer;
  /** Of each record `columnsText`, with 0x00 between them. */
  readonly columns: Buffer;
}

/** STRICT holds only for what SQLite wrote, so the columns say their types too. */
const types = ['type', 'time', 'topic', '"partition"', 'pseq', 'value', 'leaf'];
export const typesOfWriter = ['text', 'text', 'text', 'integer', 'integer', 'blob', 'blob'].join('');

/** What the value has around its `data`, as the columns say it; then where the record goes, and the types. */
const columnsText = `'","pseq":' || pseq || ',"seq":' || seq || '},"data":'
  || CASE typeof(session) WHEN 'null' THEN '' WHEN 'text' THEN ',"session":"' || session || '"' END
  || ',"time":"' || time || '","type":"' || type || '","v":1}' || topic || '/' || "partition"
  || ${types.map((name) => `typeof(${name})`).join(' || ')}`;

/** In whatever order SQLite takes them: each record says its number. What is NULL is in no column, and is missed there. */
const blockQuery = `SELECT COUNT(*) AS count, CAST(group_concat(value, x'00') AS BLOB) AS "values",
  CAST(group_concat(leaf, '') AS BLOB) AS leaves, CAST(group_concat(${columnsText}, x'00') AS BLOB) AS columns
  FROM (SELECT * FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq)`;

export class BlockReader {
  readonly #statement: StatementSync;

  /** Of a file that has the schema of a ledger. */
  constructor(db: DatabaseSync) {
    this.#statement = db.prepare(blockQuery);
  }

  /** undefined: they are not so many, or not what a writer could have written. */
  read(first: number, count: number): LedgerBlock | undefined {
    const row = this.#statement.get(first, first + count - 1);
    if (row?.['count'] !== count) return undefined;
    const { values, leaves, columns } = row;
    if (!(values instanceof Uint8Array && leaves instanceof Uint8Array && columns instanceof Uint8Array))
      return undefined;
    return { first, count, values: inPlace(values), leaves: inPlace(leaves), columns: inPlace(columns) };
  }
}

const inPlace = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
