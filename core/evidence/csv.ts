/** Tables as CSV: RFC 4180 with a header, CRLF, UTF-8 without a byte order mark. Read back by csv.test.ts with the reader of another language. */
import type { Cell, Row, Table } from './report.ts';
import { visible } from './visible.ts';

/** Of strings, not bytes: a piece for each row would be a write to the disk for each. */
const pieceLength = 64 * 1024;

/** Throws where the table is not what it says it is: the page and the cover have printed its count. */
export function* csvOf(table: Table): Generator<string, void> {
  let piece = lineOf(table.columns.map((column) => column.key));
  let count = 0;
  for (const row of table.rows()) {
    if (row.length !== table.columns.length) {
      throw new Error(`table ${table.name}: row ${count} has ${row.length} cells for ${table.columns.length} columns`);
    }
    count++;
    piece += lineOf(row);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (count !== table.count) throw new Error(`table ${table.name}: ${count} rows where ${table.count} were said`);
  if (piece !== '') yield piece;
}

/** A line without anything in it would be no row at all. */
const lineOf = (row: Row): string => `${row.map(fieldOf).join(',') || '""'}\r\n`;

function fieldOf(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const text = harmless(visible(cell));
  return text === '' || /[",;\t\r\n]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet runs what begins like a formula, whoever wrote it. `'` in front makes text of it; it stands before a text that begins
 * with `'` too, so that taking one away gives every text back.
 */
const harmless = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** Also behind blanks, which some readers trim, and in the full-width forms, which some take for the same. */
const formula = /^[\t\r\n]|^\s*['=+\-@\uff1d\uff0b\uff0d\uff20]/;
