/** Masks `application/x-www-form-urlencoded` (WHATWG URL) pair by pair, each value under its key. */
import { decodeFormText, encodeFormText } from '../../body/form-text.ts';
import { blotText } from '../hide.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner } from './inner.ts';

export class FormFormat implements TextFormat {
  failure: string | undefined;
  readonly #inner: Inner;
  readonly #maxUnits: number;
  #parts: string[] = [];
  #units = 0;

  constructor(inner: Inner, maxUnits: number) {
    this.#inner = inner;
    this.#maxUnits = maxUnits;
  }

  push(text: string): string {
    let output = '';
    let from = 0;
    for (let end = text.indexOf('&'); end >= 0 && this.failure === undefined; end = text.indexOf('&', from)) {
      this.#keep(text.slice(from, end));
      if (this.failure === undefined) output += this.#mask(this.#take(), '&');
      from = end + 1;
    }
    if (this.failure === undefined) this.#keep(text.slice(from));
    return output;
  }

  end(isCut: boolean): string {
    const last = this.#take();
    return isCut ? blotText(last) : this.#mask(last, '');
  }

  #keep(part: string): void {
    this.#parts.push(part);
    this.#units += part.length;
    if (this.#units <= this.#maxUnits) return;
    this.failure = 'form_pair_too_long';
    this.#inner.fault(this.failure);
  }

  #take(): string {
    const pair = this.#parts.join('');
    this.#parts = [];
    this.#units = 0;
    return pair;
  }

  /** Nothing of a pair with a value that blocks. */
  #mask(pair: string, end: string): string {
    const masked = this.#maskPair(pair);
    this.failure = this.#inner.failure();
    return this.failure === undefined ? masked + end : '';
  }

  #maskPair(pair: string): string {
    const equals = pair.indexOf('=');
    if (equals < 0) return this.#maskText(pair, '');
    const name = pair.slice(0, equals);
    return `${this.#maskText(name, '')}=${this.#maskText(pair.slice(equals + 1), decodeFormText(name).text)}`;
  }

  /** As a reader of forms sees it; and as it stands, for one who takes it for text. */
  #maskText(raw: string, key: string): string {
    const { text, isWhole } = decodeFormText(raw);
    if (!isWhole) {
      this.#inner.fault('form_not_utf8');
      return blotText(raw);
    }
    const masked = this.#inner.value(text, key);
    if (masked !== text) return encodeFormText(masked);
    return text === raw ? raw : this.#inner.value(raw, key);
  }
}
