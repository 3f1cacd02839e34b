/**
 * Keys as a lenient server reads them. Go's encoding/json matches the members of a struct without regard to case, U+017F and
 * U+212A included (they fold to s and k), and the last match wins; its successor and protobuf's JSON also see through "_"
 * and "-" (`maxTokens` is `max_tokens`); C strings end at NUL. A policy that read `model` alone would not bind such a server.
 */
import type { JsonRecord } from './shape.ts';

/** What may differ from its folded form: the rest is compared as it stands, as nearly all keys are. */
const foldable = /[A-Z\p{Cc}\P{ASCII}]/u;

/** True when two of these keys, which differ, are one to a reader that folds case. */
export function sameWhenFolded(keys: readonly string[]): boolean {
  if (keys.length < 2 || !keys.some((key) => foldable.test(key))) return false;
  return new Set(keys.map(foldCase)).size < keys.length;
}

/** Coarser than Unicode's simple case folding, never finer: there and back again, letters that share any case form meet. */
export function foldCase(key: string): string {
  if (!foldable.test(key)) return key;
  const end = key.indexOf('\0');
  const seen = end < 0 ? key : key.slice(0, end);
  return seen.toUpperCase().toLowerCase().toUpperCase().toLowerCase();
}

/** Names that our facts are read from, by their most lenient spelling. */
export type KnownMembers = ReadonlyMap<string, string>;

export const knownMembers = (...names: readonly string[]): KnownMembers =>
  new Map(names.map((name) => [bare(name), name]));

/** True when a key is not a known name but could be taken for one. */
export const hasMisspelt = (record: JsonRecord, known: KnownMembers): boolean =>
  Object.keys(record).some((key) => (known.get(bare(key)) ?? key) !== key);

/**
 * The known members under their names, for a server that takes several spellings; undefined when one stands there twice, in two
 * spellings.
 */
export function knownByName(record: JsonRecord, known: KnownMembers): JsonRecord | undefined {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(record)) {
    const name = known.get(bare(key));
    if (name === undefined) continue;
    if (found.has(name)) return undefined;
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

const bare = (key: string): string => foldCase(key).replace(/[_-]/g, '');
