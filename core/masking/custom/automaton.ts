/**
 * What a custom pattern would cost and catch, computed from the pattern alone: no clock, no samples, so that a policy loads
 * everywhere or nowhere. Sets of positions are bit masks.
 */
import type { Pattern } from '../pattern.ts';
import { positionsOf } from '../positions.ts';
import { type CharSet, fromClassBody } from './char-set.ts';

export interface Automaton {
  readonly sets: readonly CharSet[];
  /** By position: those that may come next. */
  readonly follow: readonly bigint[];
  readonly first: bigint;
  readonly last: bigint;
  readonly isNullable: boolean;
}

/** Characters written out: every repeat counts as often as it may occur. */
export function countPositions(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'chars':
      return 1;
    case 'seq':
      return pattern.parts.reduce((sum, part) => sum + countPositions(part), 0);
    case 'any':
      return pattern.of.reduce((sum, part) => sum + countPositions(part), 0);
    case 'repeat':
      return pattern.max * countPositions(pattern.of);
  }
}

export function minLength(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'chars':
      return 1;
    case 'seq':
      return pattern.parts.reduce((sum, part) => sum + minLength(part), 0);
    case 'any':
      return Math.min(...pattern.of.map(minLength));
    case 'repeat':
      return pattern.min * minLength(pattern.of);
  }
}

export function toAutomaton(pattern: Pattern): Automaton {
  const { sets, follow, first, last, isNullable } = positionsOf(pattern);
  return {
    sets: sets.map(fromClassBody),
    follow: follow.map(maskOf),
    first: maskOf(first),
    last: maskOf(last),
    isNullable,
  };
}

const maskOf = (positions: readonly number[]): bigint =>
  positions.reduce((mask, position) => mask | (1n << BigInt(position)), 0n);

function* positionsIn(mask: bigint): Generator<number> {
  let position = 0;
  for (let rest = mask; rest > 0n; rest >>= 1n, position++) if ((rest & 1n) === 1n) yield position;
}

/** Positions that take the same characters behave alike: one mask for each kind of character. */
function masksByCharacter({ sets }: Automaton, alphabet: Iterable<number>): ReadonlyMap<bigint, number> {
  const masks = new Map<bigint, number>();
  for (const code of alphabet) {
    let mask = 0n;
    sets.forEach((set, position) => {
      if (set.has(code)) mask |= 1n << BigInt(position);
    });
    masks.set(mask, (masks.get(mask) ?? 0) + 1);
  }
  return masks;
}

/** Positions that may come behind those of `state`. */
export function followers({ follow }: Automaton, state: bigint): bigint {
  let mask = 0n;
  for (const position of positionsIn(state)) mask |= follow[position] ?? 0n;
  return mask;
}

const ascii = Array.from({ length: 128 }, (_, code) => code);

/**
 * How many states a search for the pattern has, at most `limit + 1`. RE2 keeps them in a cache of fixed size, and is two
 * hundred times slower once it no longer fits (facts in ADR 0021).
 */
export function countSearchStates(automaton: Automaton, limit: number): number {
  const masks = [...masksByCharacter(automaton, ascii).keys()];
  const seen = new Set<bigint>([0n]);
  const open = [0n];
  for (let state = open.pop(); state !== undefined && seen.size <= limit; state = open.pop()) {
    const reachable = followers(automaton, state) | automaton.first;
    for (const mask of masks) {
      const target = reachable & mask;
      if (seen.has(target)) continue;
      seen.add(target);
      open.push(target);
    }
  }
  return seen.size;
}

/** The chance that a match begins at any one place of a text whose characters are drawn from `alphabet`. */
export function chanceOfMatch(automaton: Automaton, alphabet: CharSet): number {
  const masks = [...masksByCharacter(automaton, alphabet)];
  let chance = 0;
  let states = new Map<bigint, number>([[-1n, 1]]);
  while (states.size > 0) {
    const following = new Map<bigint, number>();
    for (const [state, probability] of states) {
      const reachable = state === -1n ? automaton.first : followers(automaton, state);
      for (const [mask, count] of masks) {
        const target = reachable & mask;
        const share = (probability * count) / alphabet.size;
        if ((target & automaton.last) !== 0n) chance += share;
        else if (target !== 0n && share > 1e-9) following.set(target, (following.get(target) ?? 0) + share);
      }
    }
    states = following;
  }
  return chance;
}
