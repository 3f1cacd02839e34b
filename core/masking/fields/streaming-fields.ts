/**
 * Field rules while a document streams: the paths of all rules at once, as an automaton over the steps from the root. Its states
 * are made as documents ask for them, and kept: a document that repeats itself costs a lookup for each step.
 */
import type { FieldNode } from './field-node.ts';
import type { Segment, Selector } from './field-path.ts';

export interface StreamingRule {
  readonly segments: readonly Segment[];
  readonly as: string;
}

/** Rule and next segment. */
interface Position {
  readonly rule: number;
  readonly segment: number;
}

/** Real documents need a few. A hostile one could ask for as many as there are sets of positions: then all is forgotten. */
const maxStates = 1024;

export class StreamingFields {
  /** Grows when all states are forgotten; what a state remembers of an older one is forgotten too. */
  generation = 0;
  readonly #rules: readonly StreamingRule[];
  readonly #states = new Map<string, State>();

  constructor(rules: readonly StreamingRule[]) {
    this.#rules = rules;
  }

  root(): FieldNode {
    return this.stateOf(this.#rules.map((_, rule) => ({ rule, segment: 0 })));
  }

  stateOf(positions: readonly Position[]): State {
    const key = positions.map(({ rule, segment }) => `${rule}.${segment}`).join(' ');
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size === maxStates) {
      this.#states.clear();
      this.generation++;
    }
    const done = positions.find((position) => this.segmentAt(position) === undefined);
    const state = new State(this, positions, done && this.#rules[done.rule]?.as);
    this.#states.set(key, state);
    return state;
  }

  segmentAt({ rule, segment }: Position): Segment | undefined {
    return this.#rules[rule]?.segments[segment];
  }
}

/** Steps that no selector tells apart. */
const otherName = Symbol('name');
const anyIndex = Symbol('index');
type Step = string | number | typeof otherName | typeof anyIndex;

class State implements FieldNode {
  readonly as: string | undefined;
  readonly #automaton: StreamingFields;
  readonly #positions: readonly Position[];
  readonly #names: ReadonlySet<string>;
  readonly #tellsIndexes: boolean;
  readonly #children = new Map<Step, FieldNode | undefined>();
  #generation: number;

  constructor(automaton: StreamingFields, positions: readonly Position[], as: string | undefined) {
    this.as = as;
    this.#automaton = automaton;
    this.#positions = positions;
    this.#generation = automaton.generation;
    const selectors = positions.flatMap((position) => automaton.segmentAt(position)?.selectors ?? []);
    this.#names = new Set(selectors.flatMap((selector) => (selector.kind === 'name' ? [selector.name] : [])));
    this.#tellsIndexes = selectors.some(({ kind }) => kind === 'index' || kind === 'slice');
  }

  child(step: string | number): FieldNode | undefined {
    if (typeof step === 'number') return this.#tellsIndexes ? this.#next(step) : this.#known(anyIndex, step);
    return this.#known(this.#names.has(step) ? step : otherName, step);
  }

  #known(kind: Step, step: string | number): FieldNode | undefined {
    if (this.#generation !== this.#automaton.generation) {
      this.#children.clear();
      this.#generation = this.#automaton.generation;
    }
    if (!this.#children.has(kind)) this.#children.set(kind, this.#next(step));
    return this.#children.get(kind);
  }

  #next(step: string | number): FieldNode | undefined {
    const next: Position[] = [];
    for (const position of this.#positions) {
      const segment = this.#automaton.segmentAt(position);
      if (segment === undefined) continue;
      if (segment.isDescendant) next.push(position);
      if (segment.selectors.some((selector) => takes(selector, step))) {
        next.push({ rule: position.rule, segment: position.segment + 1 });
      }
    }
    return next.length === 0 ? undefined : this.#automaton.stateOf(next);
  }
}

function takes(selector: Selector, step: string | number): boolean {
  switch (selector.kind) {
    case 'any':
      return true;
    case 'name':
      return step === selector.name;
    case 'index':
      return step === selector.index;
    case 'slice': {
      const { start, stop, step: stride } = selector;
      return typeof step === 'number' && step >= start && step < stop && (step - start) % stride === 0;
    }
  }
}
