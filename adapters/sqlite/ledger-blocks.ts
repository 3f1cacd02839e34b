/**
 * Many rows of a ledger in one: what costs most of reading a row is to make a JavaScript object of it. What the columns say is put
 * together by SQLite as the record would say it, to be compared byte by byte.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface LedgerBlock {
  readonly first: number;
  readonly count: number;
  /** 0x00 ‖ value, one after the other, and a last 0x00: each with the byte before it is what a leaf is the hash of. */
  readonly values: Buffer;
  /** As stored, side by side. */
  readonly leaves: Buffer;
  /** Of each record the column texts (`columnsText`), each followed by 0x00. */
  readonly columns: Buffer;
}

/** What the value has around its `data`, as the columns say it; then where the record goes. */
const columnsText = `'","pseq":' || pseq || ',"seq":' || seq || '},"data":'
  || CASE WHEN session IS NULL THEN '' ELSE ',"session":"' || session || '"' END
  || ',"time":"' || time || '","type":"' || type || '","v":1}' || topic || '/' || "partition"`;

/** STRICT holds only for what SQLite wrote. */
const isTyped = `typeof(type) = 'text' AND typeof(session) IN ('text', 'null') AND typeof(time) = 'text' AND typeof(topic) = 'text'
  AND typeof("partition") = 'integer' AND typeof(pseq) = 'integer' AND typeof(leaf) = 'blob' AND length(leaf) = 32 AND typeof(value) = 'blob'`;

/** In whatever order SQLite takes them: each record says its number. */
const blockQuery = `SELECT COUNT(*) AS count, SUM(${isTyped}) AS typed,
  CAST(x'00' || group_concat(value, x'00') || x'00' AS BLOB) AS "values",
  CAST(group_concat(leaf, '') AS BLOB) AS leaves,
  CAST(group_concat(${columnsText}, x'00') || x'00' AS BLOB) AS columns
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
    if (row?.['count'] !== count || row['typed'] !== count) return undefined;
    const { values, leaves, columns } = row;
    if (!(values instanceof Uint8Array && leaves instanceof Uint8Array && columns instanceof Uint8Array))
      return undefined;
    return { first, count, values: inPlace(values), leaves: inPlace(leaves), columns: inPlace(columns) };
  }
}

const inPlace = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
