import { err, ok, type Result } from '../result.ts';
import { canonicalJson } from './canonical.ts';
import { canonicalObjectEnd } from './canonical-scan.ts';
import { type Json, type JsonObject, type RecordType, recordTypes, type StoredRecord } from './record.ts';
import { isRecordTime } from './time.ts';

/** Why bytes are not a record: in the order in which they are looked at. */
export type NotARecord = 'not_utf8' | 'not_json' | 'not_canonical' | 'not_a_record';

// A byte order mark is kept, so that it makes the text unreadable as JSON instead of vanishing from what was hashed.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const knownTypes: ReadonlySet<string> = new Set(recordTypes);
const members: ReadonlySet<string> = new Set(['chain', 'data', 'session', 'time', 'type', 'v']);
const chainMemberCount = 4;

/** Reads the exact bytes of one record. Only the canonical spelling is accepted: duplicate keys and white space are not. */
export function parseStoredRecord(value: Uint8Array): Result<StoredRecord, NotARecord> {
  let text: string;
  try {
    text = utf8.decode(value);
  } catch {
    return err('not_utf8');
  }
  const parsed = parseJson(text);
  if (parsed === undefined) return err('not_json');
  if (!isObject(parsed)) return err('not_a_record');
  if (canonicalObjectEnd(value, 0, 1) !== value.length && !isWrittenSo(parsed, text)) return err('not_canonical');
  return isStoredRecord(parsed) ? ok(parsed) : err('not_a_record');
}

/** For the few that the scan is not sure of. */
function isWrittenSo(parsed: JsonObject, text: string): boolean {
  const canonical = canonicalJson(parsed);
  return canonical.ok && canonical.value === text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What stands at the end of a path of members; undefined where the path ends before. */
export function memberAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value;
  for (const name of path) found = isObject(found) ? found[name] : undefined;
  return found;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every member is there with its type, and no other: an addition must come with a new `v`. */
function isStoredRecord(value: JsonObject): value is JsonObject & StoredRecord {
  const { chain, data, session, time, type, v } = value;
  return (
    v === 1 &&
    isObject(data) &&
    typeof time === 'string' &&
    isRecordTime(time) &&
    typeof type === 'string' &&
    isRecordType(type) &&
    (session === undefined || typeof session === 'string') &&
    Object.keys(value).every((key) => members.has(key)) &&
    isObject(chain) &&
    isChain(chain)
  );
}

function isChain(chain: JsonObject): boolean {
  return (
    typeof chain['ledger'] === 'string' &&
    typeof chain['prev'] === 'string' &&
    isCount(chain['pseq']) &&
    isCount(chain['seq']) &&
    Object.keys(chain).length === chainMemberCount
  );
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecordType(type: string): type is RecordType {
  return knownTypes.has(type);
}
