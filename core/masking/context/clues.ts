/** The words of a profile: one pattern that finds where one may stand, and code that reads which one it is. */
import { isAlphanumeric, isDigit, isLetter } from '../characters.ts';
import type { Entity } from '../entities.ts';
import { plusByte } from '../look-alikes.ts';
import { any, chars, optional, type Pattern, seq } from '../pattern.ts';
import { contextPoints } from '../score.ts';
import { lexicon } from './lexicon.ts';

export interface Phrase {
  /** What it speaks of, and what that is worth at a distance (0: as a name or a label only). */
  readonly entities: ReadonlyMap<string, number>;
  /** Behind its last letter. */
  readonly end: number;
}

interface Node {
  readonly next: Map<number, Node>;
  /** Letters that may also stand behind a separator. */
  readonly behindGap: Set<number>;
  entities: Map<string, number> | undefined;
}

const separators = " _\\-.'\\x{1f}";
const isSeparator = (byte: number): boolean =>
  byte === 0x20 || byte === plusByte || byte === 0x5f || byte === 0x2d || byte === 0x2e || byte === 0x27;
const isLower = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x61 && byte <= 0x7a;
const isUpper = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;
const lowered = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

const gapSlot = 37;
/** A slot for each digit, for each letter of either case, one for all separators; 0 for all else. */
const slotOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  const lower = lowered(byte);
  if (lower >= 0x61 && lower <= 0x7a) return lower - 0x61 + 1;
  if (isSeparator(byte)) return gapSlot;
  return byte >= 0x30 && byte <= 0x39 ? byte - 0x30 + 27 : 0;
});
const slots = gapSlot + 1;

/** The phrases as a table: what reads them is an inner loop. */
interface Trie {
  /** By `node * slots + slot`; 0: nothing. The root is 0, and nothing leads to it. */
  readonly next: Uint16Array;
  readonly entities: readonly (ReadonlyMap<string, number> | undefined)[];
}

function flatten(root: Node): Trie {
  const rows: Uint16Array[] = [];
  const entities: (ReadonlyMap<string, number> | undefined)[] = [];
  const add = (node: Node): number => {
    const row = new Uint16Array(slots);
    const number = rows.push(row) - 1;
    entities.push(node.entities);
    for (const [byte, child] of node.next) row[slotOf[byte] ?? 0] = add(child);
    if (node.behindGap.size > 0) {
      const behind = new Uint16Array(slots);
      for (const byte of node.behindGap) behind[slotOf[byte] ?? 0] = row[slotOf[byte] ?? 0] ?? 0;
      row[gapSlot] = rows.push(behind) - 1;
      entities.push(undefined);
    }
    return number;
  };
  add(root);
  const next = new Uint16Array(rows.length * slots);
  for (const [number, row] of rows.entries()) next.set(row, number * slots);
  return { next, entities };
}

/** Words of a kind of value that a policy describes. */
export interface NamedWords {
  readonly name: string;
  readonly keys: readonly string[];
  readonly context: readonly string[];
}

/** Longest phrase with the two bytes that decide where it ends; a stream keeps that many of what it has released, and more. */
export const longestPhraseBytes = 68;

export class Clues {
  /** Begins with the byte in front of the phrase, ends with one behind it. undefined: the profile has no words. */
  readonly head: Pattern | undefined;
  readonly #root: Node = newNode();
  readonly #trie: Trie;

  constructor(entities: readonly Entity[], custom: readonly NamedWords[]) {
    for (const entity of entities) {
      this.#add(entity, lexicon[entity].words, contextPoints);
      this.#add(entity, lexicon[entity].labels, 0);
    }
    for (const { name, keys, context } of custom) {
      this.#add(name, keys, 0);
      this.#add(name, context, contextPoints);
    }
    this.head = this.#root.next.size === 0 ? undefined : headOf(this.#root);
    this.#trie = flatten(this.#root);
  }

  /**
   * The longest phrase at `at`. `open`: more bytes could make it one, or a longer one.
   *
   * @param final no more bytes will come
   */
  read(bytes: Uint8Array, at: number, final: boolean): Phrase | 'open' | undefined {
    const { next, entities } = this.#trie;
    let found: ReadonlyMap<string, number> | undefined;
    let foundEnd = at;
    let node = 0;
    for (let index = at; ; index++) {
      const byte = bytes[index];
      if (byte === undefined) {
        if (!final && next.subarray(node * slots, (node + 1) * slots).some((child) => child !== 0)) return 'open';
        break;
      }
      node = next[node * slots + (slotOf[byte] ?? 0)] ?? 0;
      if (node === 0) break;
      const meant = entities[node];
      if (meant === undefined) continue;
      // `cc18` in a UUID, `DL5` in base64: two letters stand alone.
      if (index - at < 2 && isDigit(bytes[index + 1])) continue;
      const end = endOfWord(bytes, index + 1, final);
      if (end === 'open') return 'open';
      if (end === undefined) continue;
      found = meant;
      foundEnd = end;
    }
    return found === undefined ? undefined : { entities: found, end: foundEnd };
  }

  /** Where a phrase may begin in a head that was found at `at`; undefined: this is no such head. */
  startIn(bytes: Uint8Array, at: number): number | undefined {
    const byte = bytes[at] ?? 0;
    if (isLower(byte)) return isUpper(bytes[at + 1]) ? at + 1 : undefined;
    if (isAlphanumeric(byte)) return undefined;
    return isLetter(bytes[at + 1]) ? at + 1 : undefined;
  }

  /** The same for a text that begins with a phrase: nothing stands in front of it. */
  startAtFront(bytes: Uint8Array): number | undefined {
    return isLetter(bytes[0]) ? 0 : undefined;
  }

  #add(entity: string, phrases: readonly string[], points: number): void {
    for (const phrase of phrases) {
      if (phrase.length > longestPhraseBytes - 2) throw new Error('a phrase that streams would not find whole');
      const node = this.#nodeOf(phrase);
      if (node === this.#root) continue;
      node.entities ??= new Map();
      node.entities.set(entity, Math.max(points, node.entities.get(entity) ?? 0));
    }
  }

  #nodeOf(phrase: string): Node {
    let node = this.#root;
    let gap = false;
    for (const char of phrase.toLowerCase()) {
      const byte = char.charCodeAt(0);
      if (!isAlphanumeric(byte) || byte >= 0x80) {
        gap = node !== this.#root;
        continue;
      }
      if (gap) node.behindGap.add(byte);
      gap = false;
      const child = node.next.get(byte) ?? newNode();
      node.next.set(byte, child);
      node = child;
    }
    return node;
  }
}

const newNode = (): Node => ({ next: new Map(), behindGap: new Set(), entities: undefined });

/** The end of a word that may have a plural s; undefined when the word goes on (`cardiac`, `IPADX`). */
function endOfWord(bytes: Uint8Array, at: number, final: boolean): number | 'open' | undefined {
  const byte = bytes[at];
  if (byte === undefined) return final ? at : 'open';
  if (byte === 0x73 || byte === 0x53) {
    const next = bytes[at + 1];
    if (next === undefined) return final ? at + 1 : 'open';
    return !isLetter(next) || (byte === 0x73 && isUpper(next)) ? at + 1 : undefined;
  }
  return isLower(byte) || (isUpper(byte) && isUpper(bytes[at - 1])) ? undefined : at;
}

/** A phrase stands behind something else than a letter or digit, or begins with a capital behind a small letter. */
function headOf(root: Node): Pattern {
  const end = seq(optional(chars('s')), chars('^a-z'));
  return any(
    seq(chars('^0-9A-Za-z'), branches(root, eitherCase), end),
    seq(
      chars('a-z'),
      branches(root, (byte) => chars(String.fromCharCode(byte).toUpperCase())),
      end,
    ),
  );
}

function branches(node: Node, first: (byte: number) => Pattern): Pattern {
  return any(
    ...[...node.next].map(([byte, child]) => {
      const char = node.behindGap.has(byte) ? seq(optional(chars(separators)), first(byte)) : first(byte);
      if (child.next.size === 0) return char;
      const rest = branches(child, eitherCase);
      return seq(char, child.entities === undefined ? rest : optional(rest));
    }),
  );
}

function eitherCase(byte: number): Pattern {
  const char = String.fromCharCode(byte);
  return chars(isLower(byte) ? char.toUpperCase() + char : char);
}
