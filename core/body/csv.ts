/**
 * CSV (RFC 4180) in pieces: where records end, what their fields are, which of `,` `;` and TAB separates them, and whether the
 * first record names the columns. One reader for the facts and for masking, so that both see the same records.
 */
import { Seeker } from './seeker.ts';

export const separators = ',;\t';

/** Where readers differ: RFC 4180 has neither. */
export type CsvFlaw = 'csv_text_behind_quote' | 'csv_quote_in_bare_field' | 'csv_quote_not_closed';

export interface CsvRecord {
  /** Without its end. */
  readonly text: string;
  /** LF, CR, or '' for a last record without an end. CRLF ends a record and an empty one. */
  readonly end: string;
  readonly flaw: CsvFlaw | undefined;
}

/** `start`: of a field. `closed`: behind a quote that may have ended its field. */
type State = 'start' | 'bare' | 'quoted' | 'closed';

export class CsvFraming {
  readonly #maxUnits: number;
  #separators = separators;
  #state: State = 'start';
  #flaw: CsvFlaw | undefined;
  #parts: string[] = [];
  #units = 0;

  constructor(maxUnits: number) {
    this.#maxUnits = maxUnits;
  }

  /** Once it is known; until then each of them may begin a field. */
  separateBy(separator: string): void {
    this.#separators = separator;
  }

  /** Whole records. `tooLong`: the next one is longer than may be kept; nothing behind it is read. */
  *push(text: string): Generator<CsvRecord | 'too_long', void> {
    const quotes = new Seeker(text, '"');
    const feeds = new Seeker(text, '\n');
    const returns = new Seeker(text, '\r');
    let from = 0;
    let at = 0;
    while (at < text.length) {
      if (this.#state === 'quoted') {
        const quote = quotes.from(at);
        if (quote === text.length) break;
        this.#state = 'closed';
        at = quote + 1;
        continue;
      }
      if (this.#state === 'closed') {
        at += this.#behindQuote(text[at] ?? '');
        continue;
      }
      const quote = quotes.from(at);
      const end = Math.min(feeds.from(at), returns.from(at));
      if (quote < end) {
        const opens = quote === at ? this.#state === 'start' : this.#separators.includes(text[quote - 1] ?? '"');
        if (!opens) this.#flaw ??= 'csv_quote_in_bare_field';
        this.#state = opens ? 'quoted' : 'bare';
        at = quote + 1;
        continue;
      }
      if (end === text.length) {
        this.#state = this.#separators.includes(text[end - 1] ?? '') ? 'start' : 'bare';
        break;
      }
      if (this.#units + end - from > this.#maxUnits) return yield 'too_long';
      yield this.#take(text.slice(from, end), text[end] ?? '');
      at = from = end + 1;
    }
    this.#parts.push(text.slice(from));
    this.#units += text.length - from;
    if (this.#units > this.#maxUnits) yield 'too_long';
  }

  /** The last record, when it has no end. */
  end(): CsvRecord | undefined {
    if (this.#state === 'quoted') this.#flaw ??= 'csv_quote_not_closed';
    return this.#units === 0 ? undefined : this.#take('', '');
  }

  /** How many units of the text are read. */
  #behindQuote(unit: string): number {
    if (unit === '"') this.#state = 'quoted';
    else if (unit === '\n' || unit === '\r') this.#state = 'bare';
    else if (this.#separators.includes(unit)) this.#state = 'start';
    else {
      this.#flaw ??= 'csv_text_behind_quote';
      this.#state = 'bare';
    }
    return this.#state === 'bare' ? 0 : 1;
  }

  #take(last: string, end: string): CsvRecord {
    const text = this.#parts.length === 0 ? last : this.#parts.join('') + last;
    const record: CsvRecord = { text, end, flaw: this.#flaw };
    this.#parts = [];
    this.#units = 0;
    this.#flaw = undefined;
    this.#state = 'start';
    return record;
  }
}

/** What stands most often outside quotes; a comma when there is none. */
export function separatorOf(record: string): string {
  const bare = record.replace(/"(?:[^"]|"")*"?/g, '');
  let best = ',';
  let most = 0;
  for (const separator of separators) {
    const count = bare.split(separator).length - 1;
    if (count > most) {
      most = count;
      best = separator;
    }
  }
  return best;
}

/** The fields of a record as they stand, quotes included. */
export function fieldsOf(record: string, separator: string): readonly string[] {
  if (!record.includes('"')) return record.split(separator);
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const end = endOfField(record, at, separator);
    fields.push(record.slice(at, end));
    if (end === record.length) return fields;
    at = end + 1;
  }
}

function endOfField(record: string, start: number, separator: string): number {
  let at = start;
  if (record[at] === '"') {
    at = closingQuote(record, at) + 1;
  }
  const end = record.indexOf(separator, at);
  return end < 0 ? record.length : end;
}

function closingQuote(record: string, opening: number): number {
  let at = record.indexOf('"', opening + 1);
  while (at >= 0 && record[at + 1] === '"') at = record.indexOf('"', at + 2);
  return at < 0 ? record.length : at;
}

/** What a field says. */
export const fieldValue = (field: string): string =>
  field.startsWith('"') ? field.slice(1, field.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : field;

/** `header=present` or `absent` of the content type (RFC 4180, section 3) decides; else what the first record looks like. */
export function isHeader(names: readonly string[], said: string | undefined): boolean {
  if (said === 'present' || said === 'absent') return said === 'present';
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every(isName) && new Set(given).size === given.length;
}

const isName = (name: string): boolean =>
  name.length <= 128 && /^[\p{L}_][^@]*$/u.test(name) && (name.match(/\d/g)?.length ?? 0) < 6;
