/**
 * How a number may be grouped. Which layouts are still possible is looked up group by group, in a table made once: a text is full of
 * digits, and most of them show with their first group that they are no such number.
 */
import { isOtherSpace } from '../look-alikes.ts';

/** What may stand between groups; a space stands for a plus of a query and every separator beyond ASCII too. */
const separators = ' -./';
/** 1 for a space, as they stand in `separators`; 0 is nothing, in front of the first group. */
const kinds = Uint8Array.from({ length: 256 }, (_, byte) =>
  isOtherSpace(byte) ? 1 : separators.indexOf(String.fromCharCode(byte)) + 1,
);
export const [space, dash, dot] = [1, 2, 3];

/** Of the gap at `at` that is `length` long: a dash between spaces is a dash. */
export const separatorKind = (bytes: Uint8Array, at: number, length: number): number =>
  length > 1 ? dash : (kinds[bytes[at] ?? 0] ?? 0);

/** Sizes of groups (`3 2 4`, `*` for any) and the characters that may stand between any two of them. */
export type LayoutList = Readonly<Record<string, string>>;

interface Layout {
  readonly sizes: readonly string[];
  readonly between: string;
}

/** No group of ours is longer: 30 bytes is the most of a number that is read. */
const sizeBits = 5;
const rowBits = sizeBits + 3;
const largestSize = (1 << sizeBits) - 1;

export class Layouts {
  /** No layout goes on like this. */
  static readonly none = 0;
  /** In front of the first group. */
  static readonly start = 1;
  /** By state, separator and size. */
  readonly #next: Uint8Array;
  readonly #isWhole: Uint8Array;

  constructor(...lists: readonly LayoutList[]) {
    const layouts = lists.flatMap((list) =>
      Object.entries(list).map(([sizes, between]): Layout => ({ sizes: sizes.split(' '), between })),
    );
    const rows: Uint8Array[] = [new Uint8Array(1 << rowBits)];
    const isWhole = [0];
    /** A state is what may still go on, so many groups in. */
    const states = new Map<string, number>();
    const stateOf = (going: readonly Layout[], groups: number): number => {
      if (going.length === 0) return Layouts.none;
      const key = `${groups}:${going.map((layout) => layouts.indexOf(layout))}`;
      const known = states.get(key);
      if (known !== undefined) return known;
      const row = new Uint8Array(1 << rowBits);
      const state = rows.push(row) - 1;
      states.set(key, state);
      isWhole.push(going.some(({ sizes }) => sizes.length === groups) ? 1 : 0);
      for (const separator of groups === 0 ? [''] : separators) {
        const kind = separators.indexOf(separator) + (groups === 0 ? 0 : 1);
        for (let size = 1; size <= largestSize; size++) {
          const next = going.filter((layout) => fits(layout, groups, separator, size));
          row[(kind << sizeBits) | size] = stateOf(next, groups + 1);
        }
      }
      return state;
    };
    stateOf(layouts, 0);
    if (rows.length > 256) throw new Error('more layouts than a table has room for');
    this.#next = new Uint8Array(rows.length << rowBits);
    for (const [state, row] of rows.entries()) this.#next.set(row, state << rowBits);
    this.#isWhole = Uint8Array.from(isWhole);
  }

  /** Behind `state` a group of `size` digits, with a separator of that kind (`separatorKind`) in front of it. */
  next(state: number, separator: number, size: number): number {
    return size > largestSize ? Layouts.none : (this.#next[(state << rowBits) | (separator << sizeBits) | size] ?? 0);
  }

  isWhole(state: number): boolean {
    return this.#isWhole[state] === 1;
  }
}

const fits = ({ sizes, between }: Layout, at: number, separator: string, size: number): boolean =>
  (sizes[at] === '*' || sizes[at] === `${size}`) && between.includes(separator);
