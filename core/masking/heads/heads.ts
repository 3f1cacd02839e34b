/**
 * Where something may begin in a text: values, and words that say what a value is. What RE2 would find with one alternation of all
 * patterns is found by a table here (ADR 0029); patterns of a policy's own are searched for by RE2 itself.
 */
import type { PatternEngine } from '../../ports.ts';
import { digitsOfListed, endOfDigits, isDigit } from '../characters.ts';
import { endsRun, isEncoded, nextPart, nextRun } from '../encoded.ts';
import { any, type Pattern, sourceOf } from '../pattern.ts';
import type { Headed, Recognizer } from '../recognizers/recognizer.ts';
import { type Head, rulesOf } from './rules.ts';
import { blockBytes, type Found, memoryBytes, noneFound, Scan, tableIn } from './scan.ts';
import { type Rule, Table } from './table.ts';

/** What begins at one place. */
export interface HeadKind {
  readonly readers: readonly Recognizer[];
  readonly isClue: boolean;
  readonly isWire: boolean;
}

/** Ascending; the same place may stand there more than once. */
export class HeadList {
  readonly at: number[] = [];
  readonly kinds: HeadKind[] = [];
  count = 0;

  /** Nearly always the last one. */
  add(at: number, kind: HeadKind): void {
    let index = this.count++;
    for (; index > 0 && (this.at[index - 1] ?? 0) > at; index--) {
      this.at[index] = this.at[index - 1] ?? 0;
      this.kinds[index] = this.kinds[index - 1] ?? kind;
    }
    this.at[index] = at;
    this.kinds[index] = kind;
  }

  /** All of another list at once, from the back: one by one each would move all that stands behind it. */
  merge(other: HeadList): void {
    let mine = this.count - 1;
    let theirs = other.count - 1;
    this.count += other.count;
    for (let index = this.count - 1; theirs >= 0; index--) {
      const isMine = mine >= 0 && (this.at[mine] ?? 0) > (other.at[theirs] ?? 0);
      const from = isMine ? this : other;
      const taken = isMine ? mine-- : theirs--;
      this.at[index] = from.at[taken] ?? 0;
      this.kinds[index] = from.kinds[taken] ?? nothingBegins;
    }
    other.count = 0;
  }

  /** Those of another list from `next` on that stand in front of `at`. @returns which one is next */
  addThoseBefore(at: number, other: HeadList, next: number): number {
    let index = next;
    for (; index < other.count && (other.at[index] ?? 0) < at; index++)
      this.add(other.at[index] ?? 0, other.kinds[index] ?? nothingBegins);
    return index;
  }
}
const onlyReaders = (readers: readonly Recognizer[]): HeadKind => ({ readers, isClue: false, isWire: false });
const nothingBegins = onlyReaders([]);

export interface Sought {
  /** Of values with patterns of ours. */
  readonly recognizers: readonly Recognizer[];
  readonly custom: readonly Headed[];
  readonly clues: Pattern | undefined;
  readonly wire: Pattern | undefined;
}

interface Place {
  readonly offset: number;
  readonly kind: HeadKind;
}

/** Of heads that begin with one pattern, the furthest from it. */
const maxOffset = digitsOfListed;

export class Heads {
  /** Everything that is looked for, in RE2's syntax. */
  readonly alternation: string;
  readonly #table: Table<Head, readonly Place[]>;
  readonly #scan: Scan;
  readonly #found: Found = noneFound();
  readonly #others = new HeadList();
  readonly #custom: ((bytes: Uint8Array, from: number) => number) | undefined;
  readonly #customKind: HeadKind;
  readonly #longKind: HeadKind;
  readonly #partKind: HeadKind;
  readonly #beginsPart = new Uint8Array(256);
  readonly #partBytes: number;

  constructor(patterns: PatternEngine, { recognizers, custom, clues, wire }: Sought) {
    const rules: Rule<Head>[] = recognizers.flatMap((each) => (each.isLong === true ? [] : rulesOf(each)));
    if (clues !== undefined) rules.push({ pattern: clues, means: { offset: 1, reader: 'clue' } });
    if (wire !== undefined) rules.push({ pattern: wire, means: { offset: 0, reader: 'wire' } });
    const walk = patterns.tableWalk(memoryBytes);
    this.#table = new Table(rules, placesOf, tableIn(walk));
    this.#scan = new Scan(this.#table, walk);
    const own = custom.map(({ head }) => head);
    this.alternation = sourceOf(any(...rules.map(({ pattern }) => pattern), ...own));
    this.#custom = own.length === 0 ? undefined : patterns.compile(sourceOf(any(...own))).search;
    this.#customKind = onlyReaders(custom);
    const long = recognizers.filter((each) => each.isLong === true);
    const ofParts = long.filter(({ part }) => part !== undefined);
    this.#longKind = onlyReaders(long);
    this.#partKind = onlyReaders(ofParts);
    this.#partBytes = Math.min(...ofParts.map(({ part }) => part?.minBytes ?? 0));
    for (const { part } of ofParts) for (const char of part?.first ?? '') this.#beginsPart[char.charCodeAt(0)] = 1;
  }

  /**
   * Puts into `list` what begins at or behind `from`; what begins in front of it by up to two bytes may be there too.
   *
   * @param isFront `bytes` begins with the front of the text
   */
  collect(bytes: Uint8Array, from: number, isFront: boolean, list: HeadList): void {
    list.count = 0;
    const found = this.#found;
    const others = this.#others;
    others.count = 0;
    this.#collectRuns(bytes, from, others);
    let next = 0;
    for (let at = Math.max(0, from - maxOffset); at < bytes.length; at += blockBytes) {
      this.#scan.read(bytes, at, Math.min(bytes.length, at + blockBytes), isFront && at === 0, found);
      for (let index = 0; index < found.count; index++) {
        const places = this.#table.found(found.state[index] ?? 0);
        next = list.addThoseBefore(found.at[index] ?? 0, others, next);
        for (let each = 0; each < places.length; each++) {
          const place = places[each];
          if (place !== undefined) list.add((found.at[index] ?? 0) + place.offset, place.kind);
        }
      }
    }
    list.addThoseBefore(Number.POSITIVE_INFINITY, others, next);
    if (this.#custom === undefined) return;
    others.count = 0;
    this.#collectCustom(this.#custom, bytes, from, others);
    list.merge(others);
  }

  /** In a path or a query, each part of a run may be a value. */
  #collectRuns(bytes: Uint8Array, from: number, list: HeadList): void {
    let end = isEncoded(bytes[from - 1]) ? this.#collectParts(bytes, from - 1, list) : from;
    // A few letters in front of `from` were no run, so one of base64url may begin among them.
    let front = endsRun(bytes, end) ? end : from;
    for (let at = nextRun(bytes, end, front); at < bytes.length; at = nextRun(bytes, end, front)) {
      list.add(at, this.#longKind);
      end = Math.max(at + 1, this.#collectParts(bytes, at, list));
      front = end;
    }
  }

  /** @returns where the run ends */
  #collectParts(bytes: Uint8Array, from: number, list: HeadList): number {
    let at = nextPart(bytes, from);
    while (at >= 0) {
      const next = nextPart(bytes, at);
      const end = next < 0 ? -1 - next : next - 1;
      if (end - at >= this.#partBytes && this.#beginsPart[bytes[at] ?? 0] === 1) list.add(at, this.#partKind);
      at = next;
    }
    return -1 - at;
  }

  /** Of a run of digits only its beginning counts. */
  #collectCustom(
    search: (bytes: Uint8Array, from: number) => number,
    bytes: Uint8Array,
    from: number,
    list: HeadList,
  ): void {
    let at = search(bytes, from);
    while (at >= 0) {
      list.add(at, this.#customKind);
      at = search(bytes, isDigit(bytes[at]) ? endOfDigits(bytes, at) : at + 1);
    }
  }
}

function placesOf(heads: readonly Head[]): readonly Place[] {
  const byOffset = Map.groupBy(heads, ({ offset }) => offset);
  return Array.from(byOffset, ([offset, group]) => ({ offset, kind: kindOf(group) })).sort(
    (a, b) => a.offset - b.offset,
  );
}

function kindOf(heads: readonly Head[]): HeadKind {
  const readers = heads.map(({ reader }) => reader);
  return {
    readers: [...new Set(readers)].filter((reader) => typeof reader !== 'string'),
    isClue: readers.includes('clue'),
    isWire: readers.includes('wire'),
  };
}
