/**
 * Masks JSON value by value as it streams, each under the nearest name around it, also through lists: of
 * `{"inputs": {"ssn": [[1], [2]]}}` each number stands under `ssn`. Bytes in base64 (`{"b64": "…"}`) are looked into.
 */
import type { FieldNode } from '../fields/field-node.ts';
import { type FieldPlace, placeIn, rootPlace } from '../fields/field-place.ts';
import { blotText } from '../hide.ts';
import { beginsBinary, coverBase64, maskBase64 } from './base64.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner, TextLane } from './inner.ts';
import { JsonTokens, type Place, type TokenVisitor } from './json-tokens.ts';

/** In a member that spells text again, token by token: no pattern would find a value there. */
const spelledAgain: FieldPlace = { as: 'text_spelled_twice', fields: undefined };

export class JsonValues implements TextFormat {
  readonly #inner: Inner;
  readonly #tokens: JsonTokens<FieldPlace>;
  /** Of a body that is no object and no list: a page of some proxy, or one number. */
  #lane: TextLane | undefined;
  #hasBegun = false;
  #isBlind = false;

  constructor(inner: Inner, maxUnits: number, fields?: FieldNode) {
    this.#inner = inner;
    this.#tokens = new JsonTokens(new MaskVisitor(inner), rootPlace(fields), maxUnits);
  }

  get failure(): string | undefined {
    return this.#inner.failure();
  }

  push(text: string): string {
    if (this.#isBlind) return blotText(text);
    if (this.#hasBegun) return this.#lane?.push(text) ?? this.#read(text);
    const start = text.search(/[^ \t\r\n\ufeff]/);
    if (start < 0) return text;
    this.#hasBegun = true;
    if (!'{['.includes(text[start] ?? '')) this.#lane = this.#inner.lane('', true);
    const rest = text.slice(start);
    return text.slice(0, start) + (this.#lane?.push(rest) ?? this.#read(rest));
  }

  end(isCut: boolean): string {
    if (this.#isBlind || !this.#hasBegun) return '';
    if (this.#lane !== undefined) return isCut ? blotText(this.#lane.end('')) : this.#lane.end('');
    return this.#judge(this.#tokens.end());
  }

  #read(text: string): string {
    return this.#judge(this.#tokens.push(text));
  }

  /** Nothing is legible from the first token on that is none. */
  #judge(output: string): string {
    const { flaw, unread } = this.#tokens;
    if (flaw === undefined || flaw === 'json_stopped') return output;
    this.#inner.fault(flaw);
    this.#isBlind = true;
    return output + blotText(unread);
  }
}

class MaskVisitor implements TokenVisitor<FieldPlace> {
  readonly #inner: Inner;

  constructor(inner: Inner) {
    this.#inner = inner;
  }

  child(place: FieldPlace, step: string | number): FieldPlace {
    return typeof step === 'string' && this.#inner.spells(step) ? spelledAgain : placeIn(place, step);
  }

  name(literal: string, value: string): string | undefined {
    return this.#unlessBlocked(rewritten(literal, value, this.#inner.value(value, '')));
  }

  string(literal: string, value: string, { key, node }: Place<FieldPlace>): string | undefined {
    return this.#unlessBlocked(rewritten(literal, value, this.#hide(value, key, node)));
  }

  #hide(value: string, key: string, node: FieldPlace): string {
    if (node === spelledAgain) return this.#blot(value);
    if (node.as !== undefined) return this.#inner.hide(value, node.as);
    return key === 'b64' ? maskBase64(value, this.#inner) : this.#inner.value(value, key);
  }

  #blot(text: string): string {
    this.#inner.fault('text_spelled_twice');
    return blotText(text);
  }

  number(literal: string, { key, node }: Place<FieldPlace>): string | undefined {
    // An exponent would be one of nines.
    if (node === spelledAgain) return this.#blot(literal.replace(/[eE].*$/, '')).replaceAll('*', '9');
    const masked = node.as === undefined ? this.#inner.number(literal, key) : this.#inner.hideNumber(literal, node.as);
    return this.#unlessBlocked(masked);
  }

  /** One after the other where one may block, or what stands behind it would be counted as well. */
  takesNumbers({ key, node }: Place<FieldPlace>): boolean {
    return node.as === undefined && node.fields === undefined && !this.#inner.tells(key) && !this.#inner.mayBlock;
  }

  numbers(literals: string): string | undefined {
    return this.#inner.number(literals, '');
  }

  #unlessBlocked(literal: string): string | undefined {
    return this.#inner.failure() === undefined ? literal : undefined;
  }

  boolean(literal: string, { node }: Place<FieldPlace>): string {
    return node.as === undefined ? literal : 'null';
  }

  passes(head: string, { key, node }: Place<FieldPlace>): boolean {
    return key === 'b64' && node.as === undefined && node !== spelledAgain && beginsBinary(head, this.#inner);
  }

  cover(piece: string, { key }: Place<FieldPlace>): string {
    this.#inner.fault('json_string_too_long');
    return key === 'b64' ? coverBase64(piece) : '*'.repeat(piece.length);
  }
}

const rewritten = (literal: string, value: string, masked: string): string =>
  masked === value ? literal : JSON.stringify(masked);
