import { toHex } from '../bytes.ts';
import type { Hash } from '../ports.ts';
import type { PolicyDraft } from './to-policy.ts';

/**
 * SHA-256 (hex) of everything that decides, defaults filled in, keys sorted, in the order of the files. Comments, layout and
 * the way entries are spread over files do not count; the file order does, because it decides which rule is named.
 */
export function revisionOf({ endpoints, rules, profiles }: PolicyDraft, hash: Hash): string {
  const canonical = JSON.stringify({ v: 1, endpoints, rules, profiles }, sortKeys);
  return toHex(hash.sha256(new TextEncoder().encode(canonical)));
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
