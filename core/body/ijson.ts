/**
 * Strict I-JSON (RFC 7493). Two readers of one body must not see two things: so no duplicate key at any depth, no lone
 * surrogate, no byte order mark, no number that turns into infinity, nothing behind the value. Every step is linear in the
 * body, and depth is known before anything is built of it.
 */
import { err, ok, type Result } from '../result.ts';
import type { BodyError } from './body-error.ts';
import { sameWhenFolded } from './key-folding.ts';
import { isRecord, type JsonRecord } from './shape.ts';

const maxDepth = 128;
/**
 * What one body may be made of. A member costs up to 2 µs to build, an object or list up to 1, a value up to 0.1: without limits
 * 8 MiB of nothing but keys or brackets would hold up every other exchange for seconds.
 */
const maxMembers = 100_000;
const maxContainers = 250_000;
const maxValues = 4_000_000;

const refusedJson = (reason: string): Result<never, BodyError> => err({ code: 'ERR_BODY_JSON', reason });

/**
 * `exact`: keys of one object differ. `folded`: they differ also for a reader that folds case, which is how a Go server
 * (encoding/json) finds the members of a struct: of `model` and `Model` it takes the later one.
 */
export type KeyRule = 'exact' | 'folded';

/** @returns what JSON.parse returns; a body in it that is no I-JSON is an error with the first reason found */
export function parseIJson(bytes: Uint8Array, keyRule: KeyRule = 'exact'): Result<unknown, BodyError> {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return refusedJson('byte_order_mark');
  const text = decodeUtf8(bytes);
  if (text === undefined) return err({ code: 'ERR_BODY_UTF8', reason: 'not_utf8' });
  return parseIJsonText(text, keyRule);
}

/** The same of text that was decoded without a byte order mark in front. */
export function parseIJsonText(text: string, keyRule: KeyRule = 'exact'): Result<unknown, BodyError> {
  const writtenKeys = countKeys(text);
  if (typeof writtenKeys === 'string') return refusedJson(writtenKeys);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusedJson('not_json');
  }
  const flaw = findFlaw(value, writtenKeys, keyRule);
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

/**
 * Keys as written, or what there is too much of. The text need not be JSON: up to its first fault this sees what JSON.parse sees, and
 * JSON.parse stops there.
 */
export function countKeys(text: string): number | string {
  let keys = 0;
  let depth = 0;
  let containers = 0;
  let commas = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: skipped, so that only structure is counted
        at = closingQuote(text, at);
        break;
      case 0x3a: // a colon outside strings: one key
        keys++;
        break;
      case 0x2c:
        commas++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) return 'nested_too_deep';
        containers++;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  if (keys > maxMembers) return 'too_many_members';
  if (containers > maxContainers) return 'too_many_lists_and_objects';
  return commas > maxValues ? 'too_many_values' : keys;
}

/** The end of the text when the string has none. */
function closingQuote(text: string, opening: number): number {
  let at = opening + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

/**
 * Walks what was parsed. JSON.parse keeps the last of two equal keys, after unescaping; so when fewer keys are left than were
 * written, one was a duplicate.
 */
function findFlaw(root: unknown, writtenKeys: number, keyRule: KeyRule): string | undefined {
  let keys = 0;
  /** Leaves are judged at once, so that a long list of numbers is not copied. */
  const pending: (readonly unknown[] | JsonRecord)[] = [];
  const visit = (value: unknown): string | undefined => {
    if (typeof value === 'string') return value.isWellFormed() ? undefined : 'lone_surrogate';
    if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'number_out_of_range';
    if (Array.isArray(value) || isRecord(value)) pending.push(value);
    return undefined;
  };
  const visitList = (list: readonly unknown[]): string | undefined => {
    for (const value of list) {
      const flaw = visit(value);
      if (flaw !== undefined) return flaw;
    }
    return undefined;
  };
  const visitRecord = (record: JsonRecord): string | undefined => {
    const names = Object.keys(record);
    keys += names.length;
    for (const name of names) {
      const flaw = visit(name) ?? visit(record[name]);
      if (flaw !== undefined) return flaw;
    }
    return keyRule === 'folded' && sameWhenFolded(names) ? 'keys_equal_but_for_case' : undefined;
  };
  let flaw = visit(root);
  while (flaw === undefined) {
    const next = pending.pop();
    if (next === undefined) return keys === writtenKeys ? undefined : 'duplicate_key';
    flaw = isRecord(next) ? visitRecord(next) : visitList(next);
  }
  return flaw;
}
