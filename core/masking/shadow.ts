/**
 * The shadow of a body: what the detector reads instead of the bytes on the wire. Without a backslash it *is* the raw bytes.
 * With one, every escape becomes one unit, and `offsets` says where each unit lies in the raw bytes.
 *
 * `\uXXXX` is decoded behind any number of backslashes, in text too: JSON inside JSON doubles them, and nobody writes
 * `\u0034` to mean anything but a 4. So is a backslash in front of punctuation that values hold: Markdown writes
 * `john\_doe@ex.org` and `123\-45\-6789`, and many JSON writers `\/`. Letter escapes (`\n`) are decoded only where JSON says so; elsewhere the recognizers
 * treat such a letter as an edge (`endsEscape`).
 */
import { quoteByte, shadowOfUnit } from './characters.ts';

export interface Shadow {
  readonly bytes: Uint8Array;
  /** Raw index of each unit, and of the end; undefined when units are raw bytes. */
  readonly offsets: Int32Array | undefined;
}

const backslash = 0x5c;
/** Longer runs are read in pieces of this even length, so that what must be held is bounded. */
const maxBackslashes = 16;

const jsonEscapes = new Map([
  [0x6e, 0x0a],
  [0x74, 0x09],
  [0x72, 0x0d],
  [0x62, 0x08],
  [0x66, 0x0c],
  // Not a quote: only structural quotes may look like one.
  [0x22, quoteByte],
]);

/**
 * Decodes raw[base, end); what stands before `base` is context and already shadow. Stops before an escape that `end` cuts,
 * unless `final`.
 */
export function decodeEscapes(raw: Uint8Array, base: number, end: number, json: boolean, final: boolean): Shadow {
  const bytes = new Uint8Array(end);
  const offsets = new Int32Array(end + 1);
  bytes.set(raw.subarray(0, base));
  for (let i = 0; i < base; i++) offsets[i] = i;
  let units = base;
  let at = base;
  while (at < end) {
    const byte = raw[at] ?? 0;
    if (byte !== backslash) {
      bytes[units] = byte;
      offsets[units++] = at++;
      continue;
    }
    const run = backslashes(raw, at, end);
    const length = run === maxBackslashes ? run : escapeLength(raw, at, run, end, json, final);
    if (length === undefined) break;
    if (length > run + 1) {
      bytes[units] = unicodeShadow(raw, at + run + 1);
      offsets[units++] = at;
    } else if (length > run && isPunctuation(raw[at + run])) {
      bytes[units] = raw[at + run] ?? 0;
      offsets[units++] = at;
    } else {
      units = spellBackslashes(raw, at, length, json, bytes, offsets, units);
    }
    at += length;
  }
  offsets[units] = at;
  return { bytes: bytes.subarray(0, units), offsets };
}

const decoder = new TextDecoder();

/** The units [start, end) as people read them: escapes resolved. */
export function textOf(raw: Uint8Array, { bytes, offsets }: Shadow, start: number, end: number): string {
  if (offsets === undefined) return decoder.decode(raw.subarray(start, end));
  let text = '';
  let copied = offsets[start] ?? start;
  for (let unit = start; unit < end; unit++) {
    const at = offsets[unit] ?? unit;
    const next = offsets[unit + 1] ?? at + 1;
    if (next - at === 1) continue;
    const isUnicode = raw[next - 5] === 0x75 && next - at > 5;
    const code = isUnicode ? hexUnit(raw, next - 4) : (bytes[unit] ?? 0);
    text += decoder.decode(raw.subarray(copied, at)) + String.fromCharCode(code);
    copied = next;
  }
  return text + decoder.decode(raw.subarray(copied, offsets[end] ?? raw.length));
}

const punctuation = Uint8Array.from({ length: 256 }, (_, byte) =>
  "-_.+@/()!#$%'*^~ ".includes(String.fromCharCode(byte)) ? 1 : 0,
);
const isPunctuation = (byte: number | undefined): boolean => byte !== undefined && punctuation[byte] === 1;

function backslashes(raw: Uint8Array, at: number, end: number): number {
  let run = 0;
  while (run < maxBackslashes && at + run < end && raw[at + run] === backslash) run++;
  return run;
}

/** Raw bytes of the backslashes at `at` with what they escape; undefined when `end` hides that. */
function escapeLength(
  raw: Uint8Array,
  at: number,
  run: number,
  end: number,
  json: boolean,
  final: boolean,
): number | undefined {
  const next = at + run;
  if (next === end) return final ? run : undefined;
  if (raw[next] === 0x75) {
    let hex = 0;
    while (hex < 4 && next + 1 + hex < end && hexValue(raw[next + 1 + hex]) >= 0) hex++;
    if (hex === 4) return run + 5;
    if (next + 1 + hex === end && !final) return undefined;
  }
  if (isPunctuation(raw[next])) return run + 1;
  const escapes = json && run % 2 === 1 && (raw[next] ?? 0) < 0x80;
  return escapes ? run + 1 : run;
}

/** Backslashes that stand for themselves, and at the end perhaps one that escapes a character. */
function spellBackslashes(
  raw: Uint8Array,
  at: number,
  length: number,
  json: boolean,
  bytes: Uint8Array,
  offsets: Int32Array,
  from: number,
): number {
  let units = from;
  for (let i = 0; i < length; ) {
    const escaped = raw[at + i + 1] ?? 0;
    const width = json && i + 1 < length ? 2 : 1;
    bytes[units] = width === 1 ? backslash : (jsonEscapes.get(escaped) ?? escaped);
    offsets[units++] = at + i;
    i += width;
  }
  return units;
}

function hexUnit(raw: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = 0; i < 4; i++) unit = unit * 16 + hexValue(raw[at + i]);
  return unit;
}

function unicodeShadow(raw: Uint8Array, at: number): number {
  const unit = hexUnit(raw, at);
  return unit === 0x22 ? quoteByte : shadowOfUnit(unit);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
