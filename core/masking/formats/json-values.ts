/**
 * Masks JSON value by value as it streams, each under the nearest name around it, also through lists: of
 * `{"inputs": {"ssn": [[1], [2]]}}` each number stands under `ssn`. Bytes in base64 (`{"b64": "…"}`) are looked into.
 */
import type { FieldNode } from '../fields/field-node.ts';
import { blotText } from '../hide.ts';
import { coverBase64, maskBase64 } from './base64.ts';
import type { TextFormat } from './format-masker.ts';
import type { Inner, TextLane } from './inner.ts';
import { JsonTokens, type Place, type TokenVisitor } from './json-tokens.ts';

/** Of a place: what it is hidden as, by a rule for it or for a container of it, and what rules say of places in it. */
interface Node {
  readonly as: string | undefined;
  readonly fields: FieldNode | undefined;
}
const nowhere: Node = { as: undefined, fields: undefined };

export class JsonValues implements TextFormat {
  readonly #inner: Inner;
  readonly #tokens: JsonTokens<Node>;
  /** Of a body that is no JSON: a page of some proxy. */
  #lane: TextLane | undefined;
  #hasBegun = false;
  #isBlind = false;

  constructor(inner: Inner, maxUnits: number, fields?: FieldNode) {
    this.#inner = inner;
    this.#tokens = new JsonTokens(
      new MaskVisitor(inner),
      fields === undefined ? nowhere : { as: fields.as, fields },
      maxUnits,
    );
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
    if (!'{['.includes(text[start] ?? '')) this.#lane = this.#inner.lane('');
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

class MaskVisitor implements TokenVisitor<Node> {
  readonly #inner: Inner;

  constructor(inner: Inner) {
    this.#inner = inner;
  }

  /** What is further in is more exact, so it counts; a place without a rule is hidden with its container. */
  child(node: Node, step: string | number): Node {
    if (node.fields === undefined) return node;
    const fields = node.fields.child(step);
    if (fields === undefined && node.as === undefined) return nowhere;
    return { as: fields?.as ?? node.as, fields };
  }

  name(literal: string, value: string): string | undefined {
    return this.#unlessBlocked(rewritten(literal, value, this.#inner.value(value, '')));
  }

  string(literal: string, value: string, { key, node }: Place<Node>): string | undefined {
    return this.#unlessBlocked(rewritten(literal, value, this.#hide(value, key, node)));
  }

  #hide(value: string, key: string, node: Node): string {
    if (node.as !== undefined) return this.#inner.hide(value, node.as);
    return key === 'b64' ? maskBase64(value, this.#inner) : this.#inner.value(value, key);
  }

  number(literal: string, { key, node }: Place<Node>): string | undefined {
    const { as } = node;
    return this.#unlessBlocked(
      as === undefined ? this.#inner.number(literal, key) : this.#inner.hideNumber(literal, as),
    );
  }

  #unlessBlocked(literal: string): string | undefined {
    return this.#inner.failure() === undefined ? literal : undefined;
  }

  boolean(literal: string, { node }: Place<Node>): string {
    return node.as === undefined ? literal : 'null';
  }

  cover(piece: string, { key }: Place<Node>): string {
    this.#inner.fault('json_string_too_long');
    return key === 'b64' ? coverBase64(piece) : '*'.repeat(piece.length);
  }
}

const rewritten = (literal: string, value: string, masked: string): string =>
  masked === value ? literal : JSON.stringify(masked);
