/**
 * Masks CSV field by field, each under the name of its column, and gives back CSV of the same shape: what is not hidden keeps
 * its bytes. A record goes out when it is whole.
 */
import { CsvFraming, type CsvRecord, fieldsOf, fieldValue, isHeader, separatorOf } from '../../body/csv.ts';
import { parseMediaType } from '../../body/media-type.ts';
import { blotText } from '../hide.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner } from './inner.ts';

const byteOrderMark = '\ufeff';

export class CsvFormat implements TextFormat {
  failure: string | undefined;
  readonly #inner: Inner;
  readonly #framing: CsvFraming;
  readonly #saidHeader: string | undefined;
  /** Known with the first record that is not empty. */
  #separator: string | undefined;
  #columns: readonly string[] = [];
  #isFirstText = true;

  constructor(inner: Inner, contentType: string, maxUnits: number) {
    this.#inner = inner;
    this.#framing = new CsvFraming(maxUnits);
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
      else output += this.#mask(record);
      if (this.failure !== undefined) break;
    }
    return output;
  }

  end(isCut: boolean): string {
    const last = this.#framing.end();
    if (last === undefined) return '';
    return isCut ? blotText(last.text) : this.#mask(last);
  }

  #fail(reason: string): void {
    this.#inner.fault(reason);
    this.failure = reason;
  }

  /** Nothing of a record with a value that blocks. */
  #mask(record: CsvRecord): string {
    if (record.text === '') return record.end;
    const masked = this.#maskRecord(record);
    this.failure ??= this.#inner.failure();
    return this.failure === undefined ? masked : '';
  }

  #maskRecord({ text, end, flaw }: CsvRecord): string {
    const isUnreadable = flaw === 'csv_text_behind_quote' || flaw === 'csv_quote_not_closed';
    if (isUnreadable) this.#inner.fault(flaw);
    if (this.#separator === undefined) {
      if (isUnreadable) {
        // Without names nothing is hidden for its column.
        this.failure = flaw;
        return '';
      }
      this.#separator = separatorOf(text);
      this.#framing.separateBy(this.#separator);
      const names = fieldsOf(text, this.#separator).map(fieldValue);
      if (isHeader(names, this.#saidHeader)) {
        this.#columns = names.map((name) => name.trim());
        return this.#maskFields(text, this.#separator, []) + end;
      }
    }
    return (isUnreadable ? blotText(text) : this.#maskFields(text, this.#separator, this.#columns)) + end;
  }

  #maskFields(text: string, separator: string, columns: readonly string[]): string {
    return fieldsOf(text, separator)
      .map((field, index) => {
        const value = fieldValue(field);
        const masked = this.#inner.value(value, columns[index] ?? '');
        return masked === value ? field : quoted(masked, field, separator);
      })
      .join(separator);
  }
}

/** As the field was quoted, or where what hides it needs quotes. */
function quoted(masked: string, field: string, separator: string): string {
  const needs = field.startsWith('"') || masked.includes(separator) || /["\r\n]/.test(masked);
  return needs ? `"${masked.replaceAll('"', '""')}"` : masked;
}
