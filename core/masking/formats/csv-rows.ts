/**
 * Fields on their way through masking, put back into their records. Fields whose column says nothing of them are masked as one
 * text, since a masker for each would cost ten times as much; a mark that no value reaches over stands between them.
 */
import { fieldsOf, fieldValue } from '../../body/csv.ts';
import type { Inner, TextLane } from './inner.ts';

/** What every value and every word for one ends at, a line end and a bracket, between characters that no field here has. */
const edge = '\u001e';
const mark = `${edge}]\n${edge}`;
/** What may say something of the fields behind it, such as JSON that does not end: it is masked alone. */
const reachesOut = (text: string): boolean => text.includes(edge) || /["[{]|':/.test(text);

interface Row {
  /** Of the record as it came. */
  readonly text: string;
  /** As they came; those that are done already, as they go. undefined: all are on their way, and none has quotes. */
  readonly fields: readonly string[] | undefined;
  /** Which of them are on their way. */
  readonly waiting: readonly number[];
  readonly waitingCount: number;
  readonly end: string;
}
const nothing: readonly number[] = [];

export class CsvRows {
  readonly #inner: Inner;
  readonly #lane: TextLane;
  #separator = ',';
  #columns: readonly string[] = [];
  /** Some column is masked by itself. */
  #tells = false;
  /** In the order in which they came; so many of them have waited since before. */
  #rows: Row[] = [];
  #heldRows = 0;
  /** Not yet masked. */
  #text = '';
  /** Masked, and not yet in their rows; the last one is not whole. */
  #masked: string[] = [''];

  constructor(inner: Inner) {
    this.#inner = inner;
    this.#lane = inner.lane('');
  }

  separateBy(separator: string): void {
    this.#separator = separator;
  }

  /** The columns of the records that follow. */
  name(columns: readonly string[]): void {
    this.#columns = columns;
    this.#tells = columns.some((column) => this.#inner.tells(column));
  }

  /** A record that goes out as it is. */
  pass(text: string, end: string): void {
    this.#rows.push({ text, fields: [text], waiting: nothing, waitingCount: 0, end });
  }

  add(text: string, end: string): void {
    if (this.#tells || reachesOut(text)) {
      this.#addFields(text, end);
      return;
    }
    const fields = text.split(this.#separator);
    this.#text += fields.join(mark) + mark;
    this.#rows.push({ text, fields: undefined, waiting: nothing, waitingCount: fields.length, end });
  }

  #addFields(text: string, end: string): void {
    const waiting: number[] = [];
    const fields = fieldsOf(text, this.#separator).map((field, index) => {
      const column = this.#columns[index] ?? '';
      const value = fieldValue(field);
      if (this.#inner.tells(column) || reachesOut(value)) {
        return this.#written(field, value, this.#inner.value(value, column));
      }
      waiting.push(index);
      this.#text += value + mark;
      return field;
    });
    this.#rows.push({ text, fields, waiting, waitingCount: waiting.length, end });
  }

  /** Records that are whole again. `isLast`: nothing is added any more. */
  take(isLast: boolean): string {
    const text = this.#text;
    this.#text = '';
    const masked = isLast ? this.#lane.end(text) : this.#lane.push(text);
    if (masked === text && this.#heldRows === 0) return this.#takeAll();
    const [first = '', ...more] = masked.split(mark);
    this.#masked.push((this.#masked.pop() ?? '') + first, ...more);
    let output = '';
    let taken = 0;
    let rows = 0;
    for (const row of this.#rows) {
      // The last one may go on.
      if (taken + row.waitingCount >= this.#masked.length) break;
      output += this.#join(row, taken) + row.end;
      taken += row.waitingCount;
      rows++;
    }
    this.#rows = this.#rows.slice(rows);
    this.#heldRows = this.#rows.length;
    this.#masked = this.#masked.slice(taken);
    return output;
  }

  /** Nothing was found, and the lane holds nothing. */
  #takeAll(): string {
    let output = '';
    for (const { text, fields, end } of this.#rows) output += (fields?.join(this.#separator) ?? text) + end;
    this.#rows = [];
    return output;
  }

  #join({ fields, waiting, waitingCount }: Row, from: number): string {
    if (fields === undefined) {
      const masked = this.#masked.slice(from, from + waitingCount);
      return masked.map((text) => this.#unquoted(text)).join(this.#separator);
    }
    if (waiting.length === 0) return fields.join(this.#separator);
    const done = [...fields];
    for (const [order, index] of waiting.entries()) {
      const field = fields[index] ?? '';
      done[index] = this.#written(field, fieldValue(field), this.#masked[from + order] ?? '');
    }
    return done.join(this.#separator);
  }

  /** As the field was quoted, or where what hides it needs quotes. */
  #written(field: string, value: string, masked: string): string {
    if (masked === value) return field;
    return field.startsWith('"') ? quoted(masked) : this.#unquoted(masked);
  }

  #unquoted(masked: string): string {
    return masked.includes(this.#separator) || /["\r\n]/.test(masked) ? quoted(masked) : masked;
  }
}

const quoted = (masked: string): string => `"${masked.replaceAll('"', '""')}"`;
