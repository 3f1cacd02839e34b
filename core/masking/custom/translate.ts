/** From a parsed regular expression to our own tree, or why that part of it is refused. */
import type { AST } from '@eslint-community/regexpp';
import { plusByte } from '../look-alikes.ts';
import { any, chars, optional, type Pattern, repeat, seq } from '../pattern.ts';
import { type CharSet, digitSet, inBothCases, spaceSet, toClassBody, wordSet } from './char-set.ts';

export interface PatternFault {
  /** Character of the pattern, counted from 0. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** Matches nothing that it should not: only stands in for what was refused. */
const refused: Pattern = chars('0');

export const nameCharacters = 'name the characters, such as [A-Za-z0-9]';

export class Translation {
  readonly faults: PatternFault[] = [];

  alternatives(of: readonly AST.Alternative[], ignoresCase: boolean): Pattern {
    const full = of.filter((alternative, index) => {
      const isEmpty = alternative.elements.length === 0;
      if (isEmpty && index < of.length - 1) {
        this.#refuse(alternative.start, 'an empty alternative in front of others', 'put a ? behind the group instead');
      }
      return !isEmpty;
    });
    const patterns = full.map((one) => seq(...one.elements.map((element) => this.#element(element, ignoresCase))));
    const [first, ...rest] = patterns;
    if (first === undefined) {
      this.#refuse(of[0]?.start ?? 0, 'nothing to look for');
      return refused;
    }
    const either = rest.length === 0 ? first : any(first, ...rest);
    return full.length < of.length ? optional(either) : either;
  }

  #element(node: AST.Element, ignoresCase: boolean): Pattern {
    switch (node.type) {
      case 'Character':
        return this.#chars(this.#character(node), ignoresCase);
      case 'CharacterSet':
        return this.#chars(this.#escape(node), ignoresCase);
      case 'CharacterClass':
        return this.#class(node, ignoresCase);
      case 'CapturingGroup':
        return this.alternatives(node.alternatives, ignoresCase);
      case 'Group':
        return this.alternatives(node.alternatives, this.#modified(node, ignoresCase));
      case 'Quantifier':
        return this.#quantifier(node, ignoresCase);
      case 'Assertion':
        this.#refuse(
          node.start,
          `${node.raw.length > 2 ? 'lookaround' : node.raw} is not available`,
          'leave it out: a value is found wherever it stands, and what stands around it is not looked at',
        );
        return refused;
      case 'Backreference':
        this.#refuse(node.start, `${node.raw} refers back to a group, which takes more than linear time`);
        return refused;
      case 'ExpressionCharacterClass':
        this.#refuse(node.start, 'operations on classes are not available', nameCharacters);
        return refused;
    }
  }

  #quantifier(node: AST.Quantifier, ignoresCase: boolean): Pattern {
    const { element, min, max, greedy } = node;
    const of = this.#element(element, ignoresCase);
    if (!Number.isFinite(max)) {
      const operator = node.raw.slice(element.raw.length);
      const hint = `say how often at most, such as {${Math.max(min, 1)},${Math.max(20, 2 * min)}}`;
      this.#refuse(element.end, `"${operator}" has no upper bound: what may be longer can never be released`, hint);
      return of;
    }
    if (max === 0) this.#refuse(element.end, 'repeated zero times: nothing to look for');
    if (!greedy) this.#refuse(node.end - 1, 'the shortest match is not available', 'leave the second ? out');
    return max === 0 ? of : repeat(of, min, max);
  }

  #modified(node: AST.Group, ignoresCase: boolean): boolean {
    const { modifiers } = node;
    if (modifiers === null) return ignoresCase;
    const { add, remove } = modifiers;
    for (const flags of [add, remove]) {
      if (flags?.dotAll || flags?.multiline) this.#refuse(flags.start, 'of all flags only i is available');
    }
    return add.ignoreCase || (ignoresCase && remove?.ignoreCase !== true);
  }

  #class(node: AST.CharacterClass, ignoresCase: boolean): Pattern {
    if (node.negate) {
      this.#refuse(node.start, `${node.raw} also matches quotes, line breaks and every script`, nameCharacters);
      return refused;
    }
    if (/\[[:.=]/.test(node.raw.slice(1))) {
      this.#refuse(node.start + node.raw.indexOf('[', 1), 'named classes are not available', nameCharacters);
      return refused;
    }
    const set = new Set<number>();
    for (const part of node.elements) {
      if (part.type === 'CharacterClassRange') {
        const [first] = this.#character(part.min);
        const [last] = this.#character(part.max);
        for (let code = first ?? 0; code <= (last ?? -1); code++) this.#add(set, code, part.start);
      } else if (part.type === 'Character') {
        for (const code of this.#character(part)) set.add(code);
      } else if (part.type === 'CharacterSet') {
        for (const code of this.#escape(part)) set.add(code);
      } else {
        this.#refuse(part.start, `${part.raw} is not available in a class`, nameCharacters);
      }
    }
    if (node.elements.length === 0) this.#refuse(node.start, 'an empty class matches nothing');
    return this.#chars(set, ignoresCase);
  }

  #add(set: Set<number>, code: number, offset: number): void {
    if (code === 0x22 || code === 0x5c) this.#refuse(offset, `this range holds ${String.fromCharCode(code)}`, ownText);
    set.add(code);
  }

  /** The set of one literal character; empty when it is refused. */
  #character(node: AST.Character): CharSet {
    const char = String.fromCodePoint(node.value);
    if (node.value > 0x7e) {
      this.#refuse(node.start, `${JSON.stringify(char)} is not ASCII`, 'values are compared in ASCII; leave it out');
    } else if (node.value < 0x20 || /^\\[cu]/.test(node.raw)) {
      this.#refuse(node.start, `${node.raw} is not available`, 'of the control characters only \\s matches some');
    } else if (char === '"' || char === '\\') {
      this.#refuse(node.start, `${char} does not stand inside a value`, ownText);
    } else {
      return new Set([node.value]);
    }
    return new Set();
  }

  #escape(node: AST.CharacterSet): CharSet {
    const isNegated = node.kind !== 'any' && node.negate;
    if (node.kind === 'digit' && !isNegated) return digitSet;
    if (node.kind === 'word' && !isNegated) return wordSet;
    if (node.kind === 'space' && !isNegated) return spaceSet;
    const what = node.kind === 'any' ? 'a dot matches quotes, commas and every script' : `${node.raw} is not available`;
    this.#refuse(node.start, what, nameCharacters);
    return new Set();
  }

  #chars(set: CharSet, ignoresCase: boolean): Pattern {
    if (set.size === 0) return refused;
    // In a query a plus stands for a space, and for itself.
    const withPlus = set.has(0x20) || set.has(0x2b) ? new Set([...set, plusByte]) : set;
    return chars(toClassBody(ignoresCase ? inBothCases(withPlus) : withPlus));
  }

  #refuse(offset: number, message: string, hint?: string): void {
    this.faults.push({ offset, message, ...(hint !== undefined && { hint }) });
  }
}

const ownText = 'describe the value alone; what stands in front of it goes into keys or context';
