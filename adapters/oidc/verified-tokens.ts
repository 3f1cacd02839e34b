import { hash } from 'node:crypto';
import type { Principal } from '@countersign/core/identity/principal.ts';

interface Verified {
  readonly principal: Principal;
  readonly issuerGeneration: number;
  readonly untilMonotonicMs: number;
}

/** Only what was verified, never what was refused: a refusal costs the caller, an old success would cost us. */
export interface VerifiedTokens {
  get(key: string): Verified | undefined;
  set(key: string, verified: Verified): void;
  delete(key: string): void;
}

/** The token itself is not kept: a heap dump of the gateway holds no bearer tokens beyond those in flight. */
export function tokenKey(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Least recently used goes first; a Map iterates in insertion order. */
export function createVerifiedTokens(maxEntries: number): VerifiedTokens {
  const entries = new Map<string, Verified>();
  return {
    get: (key) => {
      const found = entries.get(key);
      if (!found) return undefined;
      entries.delete(key);
      entries.set(key, found);
      return found;
    },
    set: (key, verified) => {
      entries.delete(key);
      entries.set(key, verified);
      const oldest = entries.size > maxEntries ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
    },
    delete: (key) => {
      entries.delete(key);
    },
  };
}
