import { createSecretKey, randomBytes } from 'node:crypto';
import type { Replacements } from '@countersign/core/ports.ts';
import { deriveKey } from '../keys/derive.ts';
import type { KeyFile } from '../keys/key-file.ts';
import { createNames } from './pseudonyms.ts';
import { createTokens } from './tokens.ts';

/**
 * `tokenize` and `pseudonym` under the masking key, `hash` under one that lives in this object alone: when the process ends,
 * nobody can compute its hashes again, and guessing values against them is over.
 *
 * Without a key, or where a value has no safe token, every letter and digit becomes a star. A policy that needs the key does not load
 * without it.
 */
export function createReplacements(key: KeyFile | undefined): Replacements {
  const tokens = key && createTokens(key.secret);
  const pseudonymOf = key && createNames(deriveKey(key.secret, 'pseudonym'));
  const hashOf = createNames(createSecretKey(randomBytes(32)));
  return {
    replace(kind, entity, value) {
      switch (kind) {
        case 'tokenize':
          return tokens?.tokenize(entity, value) ?? starred(value);
        case 'pseudonym':
          return pseudonymOf === undefined ? starred(value) : `[${entity.toUpperCase()}:${pseudonymOf(entity, value)}]`;
        case 'hash':
          return `[${entity.toUpperCase()}#${hashOf(entity, value)}]`;
      }
    },
  };
}

/** Printable ASCII, as the port asks for. */
const starred = (value: string): string => value.replace(/[^ -/:-@[-`{-~]/gu, '*').replace(/["\\]/g, '*');
