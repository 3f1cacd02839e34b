/**
 * Canonical JSON: the subset of RFC 8785 (JCS) that has no numbers other than safe integers. One value has one spelling, so a
 * second verifier can rebuild the hashed bytes from the parsed record.
 */
import { err, ok, type Result } from '../result.ts';
import type { JsonObject, LedgerError } from './record.ts';

/** Deeper than any record of ours, far below any stack. */
const maxDepth = 32;

/** Strings that JSON spells as they are: nearly all of ours, sealed parts too, and this costs less than half of JSON.stringify. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const plainTextMaxLength = 16 * 1024;
const keyMaxLength = 64;

class NotCanonical extends Error {}

/**
 * Keys sorted by UTF-16 code unit, no white space, members that are undefined left out.
 *
 * @returns the text, or ERR_LEDGER_RECORD: a float, an unsafe integer, a lone surrogate, something that is not JSON
 */
export function canonicalJson(value: JsonObject): Result<string, LedgerError> {
  if (isObjectInCanonicalForm(value, 1)) return ok(JSON.stringify(value));
  try {
    return ok(writeObject(value, 1));
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    return err({ code: 'ERR_LEDGER_RECORD', reason: error.message });
  }
}

/**
 * Whether JSON.stringify spells it as RFC 8785 does: nearly always, as whoever makes records names members in their order. Twice as fast
 * as `write`, which has a piece of text for each member. It reads all of it once more, so members are data, and not what a function answers.
 */
function isInCanonicalForm(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isSafeInteger(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? areInCanonicalForm(value, depth + 1) : isObjectInCanonicalForm(value, depth + 1);
    default:
      return false;
  }
}

function areInCanonicalForm(items: readonly unknown[], depth: number): boolean {
  if (depth > maxDepth || 'toJSON' in items) return false;
  for (let index = 0; index < items.length; index++) {
    if (!isInCanonicalForm(items[index], depth)) return false;
  }
  return true;
}

function isObjectInCanonicalForm(value: object, depth: number): boolean {
  // Without a prototype it may be what JSON.rawJSON() makes.
  if (depth > maxDepth || !isPlain(value) || Object.getPrototypeOf(value) === null || 'toJSON' in value) return false;
  let before: string | undefined;
  for (const key in value) {
    if ((before !== undefined && !isInOrder(before, key)) || !key.isWellFormed()) return false;
    before = key;
    const member = value[key];
    if (member !== undefined && !isInCanonicalForm(member, depth)) return false;
  }
  return true;
}

/** Types promise JSON; a caller that broke the promise would otherwise lose evidence in silence. */
function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isSafeInteger(value)) throw new NotCanonical('number_not_safe_integer');
      return String(value); // of -0 it is '0', as RFC 8785 has it
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new NotCanonical(`not_json_${typeof value}`);
  }
}

function writeString(text: string): string {
  if (text.length <= plainTextMaxLength && plainText.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonical('lone_surrogate');
  return JSON.stringify(text);
}

function writeArray(items: readonly unknown[], depth: number): string {
  if (depth > maxDepth) throw new NotCanonical('too_deep');
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ',';
    text += write(items[index], depth);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  if (depth > maxDepth) throw new NotCanonical('too_deep');
  if (!isPlain(value)) throw new NotCanonical('not_a_plain_object');
  let text = '{';
  for (const key of sorted(Object.keys(value))) {
    const member = value[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += writeKey(key) + write(member, depth);
  }
  return `${text}}`;
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Array.prototype.sort without a comparator compares UTF-16 code units, the order of RFC 8785; most objects are in order. */
function sorted(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) {
    if (!isInOrder(keys[index - 1] ?? '', keys[index] ?? '')) return keys.sort();
  }
  return keys;
}

/** Most neighbours differ in their first letter already; comparing whole strings is a call into the runtime. */
function isInOrder(key: string, next: string): boolean {
  const first = key.charCodeAt(0);
  const nextFirst = next.charCodeAt(0);
  return first < nextFirst || (first === nextFirst && key <= next);
}

/** Records of one kind have the same few keys; bounded, because a caller's own names can be among them. */
const keyTexts = new Map<string, string>();
const keyTextsMax = 1024;

function writeKey(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${writeString(key)}:`;
  if (keyTexts.size < keyTextsMax && key.length <= keyMaxLength) keyTexts.set(key, text);
  return text;
}
