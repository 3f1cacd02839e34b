/** Parts of the events that carry held text. */
import { isRecord, type JsonRecord, member } from '../../body/shape.ts';
import type { Hide } from './event-api.ts';
import type { PathStep } from './json-spots.ts';

const maxChars = 256;
const maxMembers = 16;

/** What every event of a stream repeats: short members at the top. Long ones are not repeated for each lane. */
export function envelopeOf(like: JsonRecord, hide: Hide): JsonRecord {
  const members = Object.entries(like)
    .filter(([key, value]) => isShort(value) && key.length <= maxChars)
    .slice(0, maxMembers)
    .map(([key, value]) => [String(hide(key)), hide(value)]);
  return Object.fromEntries(members);
}

const isLong = (value: unknown): boolean => typeof value === 'string' && value.length > maxChars;
const isShort = (value: unknown): boolean =>
  typeof value === 'string' ? !isLong(value) : Number.isSafeInteger(value) || typeof value === 'boolean';

/** The event with its short members only, as deep as carriers look. */
export function outlineOf(event: JsonRecord, depth = 2): JsonRecord {
  const members = Object.entries(event).filter(([key, value]) => key.length <= maxChars && !isLong(value));
  return Object.fromEntries(members.slice(0, maxMembers).map(([key, value]) => [key, shortened(value, depth)]));
}

function shortened(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return [];
  if (isRecord(value)) return depth > 1 ? outlineOf(value, depth - 1) : {};
  return value;
}

/** `text` at the end of `path`. Lists are filled with empty texts in front of it. */
export function nested(path: readonly PathStep[], text: string, hide: Hide): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  const inner = nested(rest, text, hide);
  if (typeof step === 'string') return { [String(hide(step))]: inner };
  return [...Array.from({ length: step }, () => ''), inner];
}

/** Where `text` stands in what carries it. */
export function pathTo(value: unknown, text: string): readonly PathStep[] | undefined {
  if (value === text) return [];
  const members = Array.isArray(value) ? value.entries() : isRecord(value) ? Object.entries(value) : [];
  for (const [step, inner] of members) {
    const rest = pathTo(inner, text);
    if (rest !== undefined) return [step, ...rest];
  }
  return undefined;
}

/** Own members at each step; undefined where there is none. */
export function at(value: unknown, ...path: readonly PathStep[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined;
    else found = isRecord(found) ? member(found, step) : undefined;
  }
  return found;
}
