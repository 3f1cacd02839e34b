/** The characters of a pattern as positions, and which may follow which, as V. M. Glushkov put it (1961). */
import type { Pattern } from './pattern.ts';

export interface Positions {
  /** By position: the class body it takes. */
  readonly sets: readonly string[];
  /** By position: those that may come next. One may stand twice. */
  readonly follow: readonly (readonly number[])[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isNullable: boolean;
}

type Part = Pick<Positions, 'first' | 'last' | 'isNullable'>;
const nothing: Part = { first: [], last: [], isNullable: true };

/** Every repeat counts as often as it may occur. */
export function positionsOf(pattern: Pattern): Positions {
  const sets: string[] = [];
  const follow: number[][] = [];
  const inRow = (a: Part, b: Part): Part => {
    for (const position of a.last) follow[position]?.push(...b.first);
    return {
      first: a.isNullable ? [...a.first, ...b.first] : a.first,
      last: b.isNullable ? [...a.last, ...b.last] : b.last,
      isNullable: a.isNullable && b.isNullable,
    };
  };
  const walk = (node: Pattern): Part => {
    switch (node.kind) {
      case 'chars': {
        const position = sets.push(node.set) - 1;
        follow.push([]);
        return { first: [position], last: [position], isNullable: false };
      }
      case 'seq':
        return node.parts.map(walk).reduce(inRow, nothing);
      case 'any': {
        const parts = node.of.map(walk);
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          isNullable: parts.some(({ isNullable }) => isNullable),
        };
      }
      case 'repeat': {
        let row = nothing;
        for (let count = 0; count < node.max; count++) {
          const part = walk(node.of);
          row = inRow(row, count < node.min ? part : { ...part, isNullable: true });
        }
        return row;
      }
    }
  };
  return { ...walk(pattern), sets, follow };
}

/** 1: a class body takes the byte. Shadows are ASCII; of other bytes nothing is said. */
export function bytesOf(set: string): Uint8Array {
  const taken = new RegExp(`[${set.replaceAll('\\x{', '\\u{')}]`, 'u');
  return Uint8Array.from({ length: 128 }, (_, byte) => (taken.test(String.fromCharCode(byte)) ? 1 : 0));
}
