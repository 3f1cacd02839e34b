/**
 * JSON (RFC 8259) token by token, however it is cut: strings and numbers are handed over when they are whole, each with the name
 * it stands under; every other character stays. What is malformed ends the reading.
 */
import { Seeker } from '../../body/seeker.ts';
import { stringOf } from '../json-string.ts';

/** Where a value stands. */
export interface Place<Node> {
  /** The nearest member name around it; '' when there is none. */
  readonly key: string;
  /** What the visitor keeps of it. */
  readonly node: Node;
}

export interface TokenVisitor<Node> {
  /** Of what stands in a container under a member name or at an index. */
  child(node: Node, step: string | number): Node;
  /** Literals are as they stand, quotes included; so is what comes back. undefined: nothing is read from there on. */
  name(literal: string, value: string): string | undefined;
  string(literal: string, value: string, place: Place<Node>): string | undefined;
  number(literal: string, place: Place<Node>): string | undefined;
  /** Whether numbers of a list with this place may come together, as they stand with the commas between them. */
  takesNumbers(place: Place<Node>): boolean;
  numbers(literals: string): string | undefined;
  boolean(literal: string, place: Place<Node>): string;
  /** Whether a string that is too long to be kept passes as it is; `head`: more of it than anybody needs to tell. */
  passes(head: string, place: Place<Node>): boolean;
  /** What stands for a piece of one that does not. */
  cover(piece: string, place: Place<Node>): string;
}

export type JsonFlaw =
  | 'json_malformed'
  | 'json_too_deep'
  | 'json_not_closed'
  /** A visitor gave nothing back. */
  | 'json_stopped';

interface Frame<Node> {
  readonly isObject: boolean;
  readonly place: Place<Node>;
  index: number;
}

type Expected = 'value' | 'value_or_end' | 'name' | 'name_or_end' | 'colon' | 'comma_or_end' | 'nothing';

const maxDepth = 128;
/** No number is longer, and no other word is as long. */
const maxWordUnits = 4096;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** JSON has none of the last three, and Python writes them. */
const otherWords = new Set(['null', 'NaN', 'Infinity', '-Infinity']);

export class JsonTokens<Node> {
  flaw: JsonFlaw | undefined;
  /** Of the text that was pushed last, what was not read because of the flaw. */
  unread = '';
  readonly #visitor: TokenVisitor<Node>;
  readonly #maxUnits: number;
  readonly #frames: Frame<Node>[] = [];
  #expected: Expected = 'value';
  /** Of the value that comes next, or is being read. */
  #place: Place<Node>;
  #open: 'string' | 'passed' | 'covered' | 'word' | undefined;
  #parts: string[] = [];
  #units = 0;
  #isEscaped = false;
  #isClosed = false;

  constructor(visitor: TokenVisitor<Node>, root: Node, maxUnits: number) {
    this.#visitor = visitor;
    this.#maxUnits = maxUnits;
    this.#place = { key: '', node: root };
  }

  push(text: string): string {
    const quotes = new Seeker(text, '"');
    const escapes = new Seeker(text, '\\');
    let output = '';
    let at = 0;
    while (at < text.length && this.flaw === undefined) {
      let end = at;
      if (this.#open === undefined) {
        const start = endOf(blanks, text, at);
        end = this.#endOfNumbers(text, start);
        if (end > start) {
          output += text.slice(at, start) + this.#passNumbers(text.slice(start, end));
          at = end;
          continue;
        }
        end = this.#begin(text, start);
        output += text.slice(at, this.#open === 'string' ? end - 1 : end);
      } else if (this.#open === 'word') {
        end = endOf(word, text, at);
        this.#keep(text.slice(at, end));
        if (end < text.length) output += this.#complete();
      } else {
        end = this.#endOfString(text, at, quotes, escapes);
        output += this.#open === 'string' ? this.#keep(text.slice(at, end)) : this.#cover(text.slice(at, end));
        if (this.#isClosed) output += this.#complete();
      }
      at = end;
    }
    if (this.flaw !== undefined) this.unread = this.#take() + text.slice(at);
    return output;
  }

  /** The held rest. */
  end(): string {
    const output = this.#open === 'word' ? this.#complete() : '';
    if (this.#open !== undefined || this.#expected !== 'nothing') this.flaw ??= 'json_not_closed';
    this.unread = this.#take();
    return output;
  }

  /** Index behind the numbers at `at`, each with its comma, that need not be looked at one by one. */
  #endOfNumbers(text: string, at: number): number {
    if (this.#expected !== 'value' || !startsNumber.has(text[at] ?? '')) return at;
    const isList = this.#frames.at(-1)?.isObject === false;
    return isList && this.#visitor.takesNumbers(this.#place) ? Math.max(at, endOf(numbers, text, at)) : at;
  }

  #passNumbers(literals: string): string {
    const output = this.#visitor.numbers(literals);
    if (output !== undefined) return output;
    this.flaw = 'json_stopped';
    return '';
  }

  /** Reads the structure at `at`; index behind it. */
  #begin(text: string, at: number): number {
    const unit = text[at];
    const takesValue = this.#expected === 'value' || this.#expected === 'value_or_end';
    const takesName = this.#expected === 'name' || this.#expected === 'name_or_end';
    if (unit === undefined) return at;
    if (unit === '"' && (takesValue || takesName)) {
      this.#open = 'string';
      this.#isClosed = false;
      this.#keep(unit);
    } else if ((unit === '{' || unit === '[') && takesValue) this.#enter(unit === '{');
    else if ((unit === '}' || unit === ']') && this.#mayLeave(unit === '}')) this.#leave();
    else if (unit === ',' && this.#expected === 'comma_or_end') this.#next();
    else if (unit === ':' && this.#expected === 'colon') this.#expected = 'value';
    else if (takesValue && !',:]}'.includes(unit)) {
      this.#open = 'word';
      return at;
    } else {
      this.flaw = 'json_malformed';
      return at;
    }
    return at + 1;
  }

  #enter(isObject: boolean): void {
    if (this.#frames.length === maxDepth) this.flaw = 'json_too_deep';
    this.#frames.push({ isObject, place: this.#place, index: 0 });
    this.#expected = isObject ? 'name_or_end' : 'value_or_end';
    if (!isObject) this.#place = this.#placeOf(this.#place, 0);
  }

  #mayLeave(isObject: boolean): boolean {
    const ends = this.#expected === (isObject ? 'name_or_end' : 'value_or_end') || this.#expected === 'comma_or_end';
    return ends && this.#frames.at(-1)?.isObject === isObject;
  }

  #leave(): void {
    this.#frames.pop();
    this.#afterValue();
  }

  #next(): void {
    const frame = this.#frames.at(-1);
    this.#expected = frame?.isObject === true ? 'name' : 'value';
    if (frame?.isObject === false) this.#place = this.#placeOf(frame.place, ++frame.index);
  }

  /** An element stands under the name of its list. */
  #placeOf(list: Place<Node>, index: number): Place<Node> {
    const node = this.#visitor.child(list.node, index);
    return node === list.node ? list : { key: list.key, node };
  }

  #afterValue(): void {
    this.#expected = this.#frames.length === 0 ? 'nothing' : 'comma_or_end';
  }

  /** Index behind the closing quote, or the end of the text. */
  #endOfString(text: string, from: number, quotes: Seeker, escapes: Seeker): number {
    let at = this.#isEscaped ? from + 1 : from;
    this.#isEscaped = false;
    for (;;) {
      const quote = quotes.from(at);
      const backslash = escapes.from(at);
      if (quote < backslash) {
        this.#isClosed = true;
        return quote + 1;
      }
      if (backslash === text.length) return backslash;
      this.#isEscaped = backslash + 1 === text.length;
      if (this.#isEscaped) return text.length;
      at = backslash + 2;
    }
  }

  /** Output comes only of a string that has become too long. */
  #keep(piece: string): string {
    this.#parts.push(piece);
    this.#units += piece.length;
    if (this.#open === 'word' && this.#units > maxWordUnits) this.flaw = 'json_malformed';
    if (this.#open !== 'string' || this.#units <= this.#maxUnits) return '';
    const head = this.#take().slice(1);
    this.#open = this.#visitor.passes(head, this.#place) ? 'passed' : 'covered';
    return `"${this.#cover(head)}`;
  }

  #cover(piece: string): string {
    if (this.#open === 'passed') return piece;
    const end = this.#isClosed ? '"' : '';
    return this.#visitor.cover(piece.slice(0, piece.length - end.length), this.#place) + end;
  }

  #take(): string {
    const token = this.#parts.join('');
    this.#parts = [];
    this.#units = 0;
    return token;
  }

  /** The token at hand is whole. */
  #complete(): string {
    const kind = this.#open;
    const isName = this.#expected === 'name' || this.#expected === 'name_or_end';
    this.#open = undefined;
    if (kind === 'covered' || kind === 'passed') {
      if (isName) this.#beginMember('');
      else this.#afterValue();
      return '';
    }
    const literal = this.#take();
    const output = kind === 'word' ? this.#word(literal) : this.#string(literal, isName);
    if (output !== undefined) return output;
    this.flaw ??= 'json_stopped';
    this.#parts.push(literal);
    return '';
  }

  #string(literal: string, isName: boolean): string | undefined {
    const value = decodeString(literal);
    if (value === undefined) {
      this.flaw = 'json_malformed';
      return undefined;
    }
    if (isName) {
      this.#beginMember(value);
      return this.#visitor.name(literal, value);
    }
    this.#afterValue();
    return this.#visitor.string(literal, value, this.#place);
  }

  #word(literal: string): string | undefined {
    this.#afterValue();
    if (numberPattern.test(literal)) return this.#visitor.number(literal, this.#place);
    if (literal === 'true' || literal === 'false') return this.#visitor.boolean(literal, this.#place);
    if (otherWords.has(literal)) return literal;
    this.flaw = 'json_malformed';
    return undefined;
  }

  #beginMember(name: string): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) this.#place = { key: name, node: this.#visitor.child(frame.place.node, name) };
    this.#expected = 'colon';
  }
}

const blanks = /[ \t\n\r]*/y;
const startsNumber = new Set('-0123456789');
/** Each with its comma right behind it, by which it is known for a number. */
const numbers = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?,[ \t\n\r]*)*/y;
const word = /[^ \t\n\r,:"[\]{}]*/y;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** undefined: with an escape that is none. Characters that must be escaped are taken as they are. */
const decodeString = (literal: string): string | undefined =>
  literal.includes('\\') ? stringOf(literal.replace(/\p{Cc}/gu, ' ')) : literal.slice(1, -1);
