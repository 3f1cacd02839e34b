/**
 * What stands to the left of a place and says what a value there is: words, labels, names of members; or a name that came from
 * elsewhere (a column, a tensor). A function of the bytes before that place alone, so chunks make no difference.
 */
import type { HeadList } from '../heads/heads.ts';
import { keyPoints } from '../score.ts';
import { type Clues, longestPhraseBytes } from './clues.ts';
import { type Hint, namesValue } from './hint.ts';
import type { Beginnings, Meaning, Meanings } from './meanings.ts';
import { contextBytes, type Member, memberBehind } from './naming.ts';
import { Pointed } from './pointed.ts';
import { Pointer } from './pointer.ts';
import { type NameOfPerson, noEntities, Values } from './values.ts';

export class Context {
  readonly #clues: Clues;
  readonly #meanings: Meanings;
  readonly #hint: ReadonlySet<string>;
  readonly #values: Values;
  /** The whole text is one. */
  #whole: NameOfPerson | undefined;
  /** Phrases that were read, by their ends: values may follow. */
  #phrases: Pointer[] = [];
  /** Phrases of which it is not known yet whether they name a member. */
  #undecided: Pointer[] = [];
  /** Every phrase that begins before was read; of those that begin later, these. */
  #readTo = 0;
  #read: number[] = [];
  /** First phrase and part that may still matter: places are asked for in ascending order. */
  #livePhrase = 0;
  #livePart = 0;
  readonly #pointed = new Pointed();

  constructor(clues: Clues, meanings: Meanings, json: boolean, hint: Hint | undefined) {
    this.#values = new Values(json);
    this.#clues = clues;
    this.#meanings = meanings;
    this.#hint = hint?.entities ?? noEntities;
    this.#whole = this.#hint.has('person_name') ? { from: 0, to: undefined } : undefined;
  }

  /** Strings that are names of people. */
  get names(): readonly NameOfPerson[] {
    return this.#whole === undefined ? this.#values.names : [this.#whole];
  }

  /** Where a search must begin to find a phrase that the end of the last bytes had cut: in front of its left edge. */
  get scanFrom(): number {
    return Math.max(0, this.#readTo - 1);
  }

  /** Takes all of `bytes` in; `heads` are the places where something begins. */
  take(bytes: Uint8Array, heads: HeadList, final: boolean): void {
    for (const phrase of this.#undecided.splice(0)) this.#decide(bytes, phrase);
    const readTo = Math.max(this.#readTo, bytes.length - longestPhraseBytes);
    const read = this.#read.filter((start) => start >= readTo);
    for (let index = 0; index < heads.count; index++)
      if (heads.kinds[index]?.isClue === true) this.#readAt(bytes, heads.at[index] ?? 0, final, readTo, read);
    this.#readTo = readTo;
    this.#read = read;
    this.#values.advance(bytes, bytes.length);
    this.#livePhrase = 0;
    this.#livePart = 0;
    this.#pointed.begin(-1);
  }

  /** Points for a value of `entity` at `at`. */
  points(bytes: Uint8Array, entity: string, at: number): number {
    return this.#hint.has(entity) ? keyPoints : this.pointedAt(bytes, at).pointsOf(entity);
  }

  /** All entities that have points at `at`, but for those of the hint. Good until the next call. */
  pointedAt(bytes: Uint8Array, at: number): Pointed {
    if (this.#pointed.at === at) return this.#pointed;
    this.#pointed.begin(at);
    for (let index = this.#phraseBefore(at); index < this.#phrases.length; index++) {
      const phrase = this.#phrases[index];
      if (phrase === undefined || phrase.end > at) break;
      if (phrase.to <= at) continue;
      const bond = phrase.bondTo(bytes, at);
      if (bond !== 'none') this.#pointed.add(phrase.meaning, bond === 'key' ? keyPoints : 0);
    }
    const part = this.#meaningOfPart(at);
    if (part !== undefined) this.#pointed.add(part, keyPoints);
    return this.#pointed;
  }

  /** Whether a word that begins with `byte` may be a value of what points to `at`. */
  mayBegin(byte: number, at: number): boolean {
    if (this.#hint.size > 0) return true;
    for (let index = this.#phraseBefore(at); index < this.#phrases.length; index++) {
      const phrase = this.#phrases[index];
      if (phrase === undefined || phrase.end > at) break;
      if (phrase.meaning.begins[byte] === 1) return true;
    }
    return this.#meaningOfPart(at)?.begins[byte] === 1;
  }

  /** Beginnings of all values that are pointed to from `at` to `activeTo(at)`; undefined: it has to be asked for each place. */
  onlyBeginnings(at: number): Beginnings | undefined {
    if (this.#hint.size > 0) return undefined;
    const ofPart = this.#meaningOfPart(at)?.begins;
    const index = this.#phraseBefore(at);
    const phrase = this.#phrases[index];
    if (phrase === undefined || phrase.end > at) return ofPart;
    if ((this.#phrases[index + 1]?.end ?? Number.POSITIVE_INFINITY) <= at) return undefined;
    const { begins } = phrase.meaning;
    return ofPart === undefined || ofPart === begins ? begins : undefined;
  }

  /** Entities that have points at every place. */
  get everywhere(): ReadonlySet<string> {
    return this.#hint;
  }

  /** Behind `at`, where something may have points: up to where the same may have some. */
  activeTo(at: number): number {
    if (this.#hint.size > 0) return Number.POSITIVE_INFINITY;
    let index = this.#phraseBefore(at);
    const phrase = this.#phrases[index];
    while ((this.#phrases[index]?.end ?? Number.POSITIVE_INFINITY) <= at) index++;
    const nextPhrase = this.#phrases[index]?.end ?? Number.POSITIVE_INFINITY;
    if (this.#meaningOfPart(at) !== undefined) {
      return Math.min(nextPhrase, this.#values.parts[this.#livePart + 1]?.from ?? Number.POSITIVE_INFINITY);
    }
    if (phrase === undefined) return at + 1;
    return Math.min(nextPhrase, this.#nextPart(at), Math.max(at + 1, phrase.to));
  }

  /** The first place at or after `at` where anything has points; infinite: none. */
  next(at: number): number {
    if (this.#hint.size > 0) return at;
    if (this.#meaningOfPart(at) !== undefined) return at;
    const phrase = this.#phrases[this.#phraseBefore(at)]?.end ?? Number.POSITIVE_INFINITY;
    return Math.max(at, Math.min(phrase, this.#nextPart(at)));
  }

  /** Where the next part of any entity begins. */
  #nextPart(at: number): number {
    const parts = this.#values.parts;
    let index = this.#livePart;
    while (index < parts.length && ((parts[index]?.from ?? 0) <= at || parts[index]?.entities.size === 0)) index++;
    return parts[index]?.from ?? Number.POSITIVE_INFINITY;
  }

  /** Whether anything at or after `at` may have points, at the end of what was taken in. */
  reaches(at: number): boolean {
    const part = this.#values.parts.at(-1);
    const phrase = this.#phrases.at(-1);
    return (
      this.#hint.size > 0 ||
      (part !== undefined && (part.entities.size > 0 || part.from > at)) ||
      (phrase !== undefined && phrase.to > at)
    );
  }

  /** The buffer will begin `by` bytes later. */
  slide(by: number): void {
    this.#readTo -= by;
    this.#read = this.#read.map((start) => start - by);
    this.#phrases = this.#phrases.filter(({ to }) => to > by);
    for (const phrase of new Set([...this.#phrases, ...this.#undecided])) phrase.slide(by);
    if (this.#whole !== undefined) this.#whole = { from: this.#whole.from - by, to: undefined };
    this.#values.slide(by);
  }

  #readAt(bytes: Uint8Array, start: number, final: boolean, readTo: number, read: number[]): void {
    if (start < this.#readTo || this.#read.includes(start)) return;
    const found = this.#clues.read(bytes, start, final);
    if (found === 'open') return;
    if (start >= readTo) read.push(start);
    if (found === undefined) return;
    const { entities, end } = found;
    const meaning = this.#meanings.of(entities);
    const member = memberBehind(bytes, end);
    const isMember = member !== undefined && member !== 'open' && this.#enter(bytes, meaning, end, member);
    // Most phrases have nothing behind them that anybody would ask for.
    if (isMember ? member.nameEnd === end : member !== 'open' && !mayPoint(bytes, meaning, end, final)) return;
    const phrase = new Pointer(meaning, end);
    if (member === 'open') this.#undecided.push(phrase);
    if (isMember) phrase.to = Math.min(phrase.to, member.start);
    let index = this.#phrases.length;
    while (index > 0 && (this.#phrases[index - 1]?.end ?? 0) > end) index--;
    if (index === this.#phrases.length) this.#phrases.push(phrase);
    else this.#phrases.splice(index, 0, phrase);
  }

  #decide(bytes: Uint8Array, phrase: Pointer): void {
    const member = memberBehind(bytes, phrase.end);
    if (member === 'open') this.#undecided.push(phrase);
    else if (member !== undefined && this.#enter(bytes, phrase.meaning, phrase.end, member))
      phrase.to = Math.min(phrase.to, member.start);
  }

  /** From its value on a member speaks for the phrase: of its value, and of nothing behind. @returns whether it does */
  #enter(bytes: Uint8Array, meaning: Meaning, end: number, member: Member): boolean {
    const entities =
      member.nameEnd === end
        ? meaning.members
        : this.#meanings.setOf(meaning.names.filter((entity) => namesValue(entity, bytes, end, member.nameEnd)));
    return entities.size > 0 && this.#values.enter(bytes, member, entities);
  }

  #phraseBefore(at: number): number {
    while ((this.#phrases[this.#livePhrase]?.to ?? Number.POSITIVE_INFINITY) <= at) this.#livePhrase++;
    return this.#livePhrase;
  }

  #partAt(at: number): { readonly entities: ReadonlySet<string> } | undefined {
    const { parts } = this.#values;
    while ((parts[this.#livePart + 1]?.from ?? Number.POSITIVE_INFINITY) <= at) this.#livePart++;
    const part = parts[this.#livePart];
    return part !== undefined && part.from <= at ? part : undefined;
  }

  #meaningOfPart(at: number): Meaning | undefined {
    const entities = this.#partAt(at)?.entities;
    return entities === undefined || entities.size === 0 ? undefined : this.#meanings.of(entities);
  }
}

/** Whether anything that could be asked for stands in the reach of a phrase, or may come. */
function mayPoint(bytes: Uint8Array, { asks }: Meaning, end: number, final: boolean): boolean {
  const to = end + contextBytes + 1;
  if (to > bytes.length && !final) return true;
  const stop = Math.min(to, bytes.length);
  for (let at = end; at < stop; at++) if (asks[bytes[at] ?? 0] === 1) return true;
  return false;
}
