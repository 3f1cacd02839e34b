/**
 * Masks CSV field by field, each under the name of its column, and gives back CSV of the same shape: what is not hidden keeps
 * its bytes. A record goes out when it is whole.
 */
import { CsvFraming, type CsvRecord, fieldsOf, fieldValue, isHeader, separatorOf } from '../../body/csv.ts';
import { parseMediaType } from '../../body/media-type.ts';
import { blotText } from '../hide.ts';
import { CsvRows } from './csv-rows.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner } from './inner.ts';

const byteOrderMark = '\ufeff';

export class CsvFormat implements TextFormat {
  failure: string | undefined;
  readonly #inner: Inner;
  readonly #framing: CsvFraming;
  readonly #rows: CsvRows;
  readonly #saidHeader: string | undefined;
  /** A record came that is not empty. */
  #hasBegun = false;
  #isFirstText = true;

  constructor(inner: Inner, contentType: string, maxUnits: number) {
    this.#inner = inner;
    this.#framing = new CsvFraming(maxUnits);
    this.#rows = new CsvRows(inner);
    this.#saidHeader = parseMediaType(contentType)?.parameters.get('header');
  }

  push(text: string): string {
    let output = '';
    let rest = text;
    if (this.#isFirstText) {
      this.#isFirstText = false;
      if (text.startsWith(byteOrderMark)) {
        output = byteOrderMark;
        rest = text.slice(1);
      }
    }
    for (const record of this.#framing.push(rest)) {
      if (record === 'too_long') this.#fail('csv_record_too_long');
      else output += this.#read(record);
      if (this.failure !== undefined) break;
    }
    return this.failure !== undefined && this.failure === this.#inner.failure() ? output : output + this.#take(false);
  }

  end(isCut: boolean): string {
    const last = this.#framing.end();
    if (last !== undefined && isCut) this.#rows.pass(blotText(last.text), '');
    const output = last === undefined || isCut ? '' : this.#read(last);
    return this.failure === undefined ? output + this.#take(true) : output;
  }

  #fail(reason: string): void {
    this.#inner.fault(reason);
    this.failure = reason;
  }

  /** What may go out now: where a value may block, one record after the other, or what stands behind it would count as well. */
  #read(record: CsvRecord): string {
    this.#add(record);
    // Nothing of a record with a value that blocks.
    if (this.#inner.failure() !== undefined) this.failure = this.#inner.failure();
    return this.failure === undefined && this.#inner.mayBlock ? this.#take(false) : '';
  }

  #take(isLast: boolean): string {
    const released = this.#rows.take(isLast);
    this.failure ??= this.#inner.failure();
    return released;
  }

  #add({ text, end, flaw }: CsvRecord): void {
    const isUnreadable = flaw === 'csv_text_behind_quote' || flaw === 'csv_quote_not_closed';
    if (isUnreadable) this.#inner.fault(flaw);
    // Without names nothing is hidden for its column.
    if (isUnreadable && !this.#hasBegun) this.failure = flaw;
    else if (isUnreadable) this.#rows.pass(blotText(text), end);
    else if (text === '') this.#rows.pass('', end);
    else if (this.#hasBegun) this.#rows.add(text, end);
    else this.#begin(text, end);
  }

  /** The first record: it shows what separates fields, and may name the columns. */
  #begin(text: string, end: string): void {
    this.#hasBegun = true;
    const separator = separatorOf(text);
    this.#framing.separateBy(separator);
    this.#rows.separateBy(separator);
    this.#rows.add(text, end);
    const names = fieldsOf(text, separator).map(fieldValue);
    if (isHeader(names, this.#saidHeader)) this.#rows.name(names.map((name) => name.trim()));
  }
}
