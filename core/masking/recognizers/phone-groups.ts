/** Phone numbers, group by group: digits with separators between them, some of them in parentheses. */
import { endOfDigits, gapLength, isDigit } from '../characters.ts';
import { betweenGroups } from './groups.ts';
import { dash, Layouts, separatorKind } from './layouts.ts';
import type { Match } from './recognizer.ts';

/** Longer numbers are not read. */
export const maxBytes = 30;
const [open, close, plus] = [0x28, 0x29, 0x2b];

/** Groups that national plans use, of ten or eleven digits. */
const common = [
  ...['2 2 2 2 2', '2 4 4', '3 2 2 3', '3 2 3 2', '3 3 2 2', '3 3 4', '3 4 3', '3 4 4', '4 2 2 2', '4 3 2 2', '4 3 3'],
  ...['4 3 4', '5 2 2 2', '5 3 2', '5 3 3'],
];
const commonWith = (separator: string) => Object.fromEntries(common.map((sizes) => [sizes, separator]));
const commonLayouts = new Layouts(commonWith(' '), commonWith('.'));

/** The groups of a number as far as it was read. */
export class Groups {
  end = 0;
  digits = 0;
  count = 0;
  firstSize = 0;
  lastSize = 0;
  /** In front of the second and of the last one (layouts.ts). */
  firstSeparator = 0;
  lastSeparator = 0;
  hasDash = false;
  hasParentheses = false;
  #layout = Layouts.start;

  get isRun(): boolean {
    return this.count === 1 && !this.hasParentheses;
  }
  get isCommon(): boolean {
    return commonLayouts.isWhole(this.#layout);
  }

  add(separator: number, size: number, end: number): void {
    this.end = end;
    this.digits += size;
    this.count++;
    this.lastSize = size;
    if (this.count === 1) this.firstSize = size;
    if (this.count === 2) this.firstSeparator = separator;
    this.lastSeparator = separator;
    if (separator === dash) this.hasDash = true;
    this.#layout = commonLayouts.next(this.#layout, separator, size);
  }

  close(): void {
    this.hasParentheses = true;
    this.#layout = Layouts.none;
  }
}

export type IsNumber = (bytes: Uint8Array, start: number, groups: Groups, needed: number) => boolean;

/** The longest run of whole groups from `start` on that is one. */
export function longestNumber(bytes: Uint8Array, start: number, needed: number, isNumber: IsNumber): Match | undefined {
  let at = bytes[start] === plus ? start + 1 : start;
  let isOpen = bytes[at] === open;
  if (isOpen) at++;
  if (!isDigit(bytes[at])) return undefined;
  const groups = new Groups();
  let found = start;
  let isRun = false;
  for (let separator = 0; ; ) {
    const end = endOfDigits(bytes, at);
    if (end === at || end - start > maxBytes - 2) break;
    groups.add(separator, end - at, end);
    at = end;
    if (isOpen) {
      if (bytes[at++] !== close) break;
      isOpen = false;
      groups.close();
    } else if (isNumber(bytes, start, groups, needed)) {
      found = end;
      isRun = groups.isRun && isDigit(bytes[start]);
    }
    const gap = gapLength(bytes, at, betweenGroups);
    if (gap === 0 && bytes[at - 1] !== close && bytes[at] !== open) break;
    separator = gap === 0 ? 0 : separatorKind(bytes, at, gap);
    at += gap;
    if (bytes[at] === open) {
      // `2(415)`: the 2 belongs to something else.
      const isCountry = groups.isRun && groups.digits === 1 && bytes[at - 1] === 0x31;
      if (gap === 0 && !isCountry && bytes[start] !== plus) break;
      isOpen = true;
      at++;
    }
  }
  return found === start ? undefined : { start, end: found, style: isRun ? 'number' : 'characters' };
}
