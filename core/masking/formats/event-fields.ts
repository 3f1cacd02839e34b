/** Field rules in the events of a stream: each event is a document. What they hide is hidden before anything else is looked at. */
import type { Detector } from '../detector.ts';
import { type FieldPlace, placeIn, rootPlace } from '../fields/field-place.ts';
import type { FieldRules } from '../fields/field-rules.ts';
import type { Tally } from '../tally.ts';
import { hasTooManyValues } from './document.ts';
import { FieldHider } from './hide-value.ts';
import { JsonTokens, type Place, type TokenVisitor } from './json-tokens.ts';

export interface HiddenFields {
  readonly data: string;
  /** Of a string or number: nothing more is to be done with it. */
  isHidden(path: readonly (string | number)[]): boolean;
}

export class EventFields {
  readonly #rules: FieldRules;
  readonly #visitor: TokenVisitor<FieldPlace>;
  readonly #tally: Tally;

  constructor(rules: FieldRules, detector: Detector, tally: Tally) {
    this.#rules = rules;
    this.#tally = tally;
    this.#visitor = new HidingVisitor(new FieldHider(detector, tally));
  }

  /**
   * @param event what `data` says
   * @returns undefined when the event cannot be read
   */
  hide(data: string, event: unknown): HiddenFields | undefined {
    if (this.#rules.kind === 'whole' && hasTooManyValues(data)) {
      this.#tally.fault('document_of_too_many_values');
      return undefined;
    }
    const root = rootPlace(this.#rules.kind === 'whole' ? this.#rules.select(event) : this.#rules.root());
    const tokens = new JsonTokens(this.#visitor, root, Number.POSITIVE_INFINITY);
    const hidden = tokens.push(data) + tokens.end();
    // `block` found a value: the tally says so.
    if (tokens.flaw === 'json_stopped') return { data: hidden, isHidden: () => true };
    if (tokens.flaw !== undefined) return undefined;
    return { data: hidden, isHidden: (path) => path.reduce(placeIn, root).as !== undefined };
  }
}

/** Leaves alone what no rule is for: lanes and spots of the event are masked afterwards, where MaskVisitor does both at once. */
class HidingVisitor implements TokenVisitor<FieldPlace> {
  readonly child = placeIn;
  readonly #hider: FieldHider;

  constructor(hider: FieldHider) {
    this.#hider = hider;
  }

  name(literal: string): string {
    return literal;
  }

  string(literal: string, value: string, { node: { as } }: Place<FieldPlace>): string | undefined {
    if (as === undefined) return literal;
    const hidden = this.#hider.text(value, as);
    return this.#unlessBlocked(hidden === value ? literal : JSON.stringify(hidden));
  }

  number(literal: string, { node: { as } }: Place<FieldPlace>): string | undefined {
    return as === undefined ? literal : this.#unlessBlocked(this.#hider.number(literal, as));
  }

  takesNumbers({ node: { as, fields } }: Place<FieldPlace>): boolean {
    return as === undefined && fields === undefined;
  }

  numbers(literals: string): string {
    return literals;
  }

  boolean(literal: string, { node: { as } }: Place<FieldPlace>): string {
    return as === undefined ? literal : 'null';
  }

  /** None is too long here. */
  passes(): boolean {
    return false;
  }

  cover(piece: string): string {
    return '*'.repeat(piece.length);
  }

  #unlessBlocked(literal: string): string | undefined {
    return this.#hider.isBlocked ? undefined : literal;
  }
}
