/**
 * Strict I-JSON (RFC 7493). Two readers of one body must not see two things: so no duplicate key at any depth, no lone
 * surrogate, no byte order mark, no number that turns into infinity, nothing behind the value.
 */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';

const maxDepth = 128;

const refusedJson = (reason: string): Result<never, BodyError> => err({ code: 'ERR_BODY_JSON', reason });

/** @returns what JSON.parse returns; a body in it that is no I-JSON is an error with the first reason found */
export function parseIJson(bytes: Uint8Array): Result<unknown, BodyError> {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return refusedJson('byte_order_mark');
  const text = decodeUtf8(bytes);
  if (text === undefined) return err({ code: 'ERR_BODY_UTF8', reason: 'not_utf8' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusedJson('not_json');
  }
  const seen = measure(text);
  if (seen.depth > maxDepth) return refusedJson('nested_too_deep');
  const flaw = findFlaw(value, seen.keys);
  return flaw === undefined ? ok(value) : refusedJson(flaw);
}

/** undefined: not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Keys as written, and how deep it goes, of a text that JSON.parse has accepted. */
function measure(text: string): { readonly keys: number; readonly depth: number } {
  let keys = 0;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: skipped, so that only structure is counted
        at = closingQuote(text, at);
        break;
      case 0x3a: // a colon outside strings: one key
        keys++;
        break;
      case 0x5b:
      case 0x7b:
        deepest = Math.max(deepest, ++depth);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return { keys, depth: deepest };
}

function closingQuote(text: string, opening: number): number {
  let at = opening + 1;
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

/**
 * Walks what was parsed. JSON.parse keeps the last of two equal keys, after unescaping; so when fewer keys are left than were
 * written, one was a duplicate.
 */
function findFlaw(root: unknown, writtenKeys: number): string | undefined {
  let keys = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === 'string') {
      if (!value.isWellFormed()) return 'lone_surrogate';
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return 'number_out_of_range';
    } else if (Array.isArray(value)) {
      for (const item of value) pending.push(item);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (!key.isWellFormed()) return 'lone_surrogate';
        keys++;
        pending.push(member);
      }
    }
  }
  return keys === writtenKeys ? undefined : 'duplicate_key';
}
