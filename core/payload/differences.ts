/** Where two texts of one length differ: masks keep the length, so this is nearly always all that a patch needs. */
import type { PatchCodec } from '../ports.ts';

/** Compared as a whole before byte by byte. */
const blockBytes = 1024;
/** Equal bytes between two differences that are cheaper to repeat than to skip. */
const bridgeBytes = 4;

/** [skip, length, bytes]…, numbers in LEB128. undefined: it would take more than `maxBytes`. Both texts have the same length. */
export function differences(
  from: Uint8Array,
  to: Uint8Array,
  maxBytes: number,
  same: PatchCodec['same'],
): Uint8Array | undefined {
  const out: number[] = [];
  let done = 0;
  for (let start = nextDifference(from, to, 0, same); start < to.length; ) {
    const end = endOfDifference(from, to, start);
    if (out.length + (end - start) + 10 > maxBytes) return undefined;
    writeNumber(out, start - done);
    writeNumber(out, end - start);
    for (let at = start; at < end; at++) out.push(to[at] ?? 0);
    done = end;
    start = nextDifference(from, to, end, same);
  }
  return Uint8Array.from(out);
}

/** undefined: it does not fit this text. */
export function applyDifferences(from: Uint8Array, encoded: Uint8Array): Uint8Array | undefined {
  const to = from.slice();
  const reader = { at: 0 };
  let place = 0;
  while (reader.at < encoded.length) {
    const skip = readNumber(encoded, reader);
    const length = readNumber(encoded, reader);
    if (skip === undefined || length === undefined) return undefined;
    place += skip;
    const bytes = encoded.subarray(reader.at, reader.at + length);
    if (bytes.length < length || place + length > to.length) return undefined;
    to.set(bytes, place);
    reader.at += length;
    place += length;
  }
  return to;
}

function nextDifference(a: Uint8Array, b: Uint8Array, from: number, same: PatchCodec['same']): number {
  let at = from;
  while (at < b.length) {
    const end = Math.min(b.length, at + blockBytes);
    if (!same(a.subarray(at, end), b.subarray(at, end))) {
      while (a[at] === b[at]) at++;
      return at;
    }
    at = end;
  }
  return b.length;
}

function endOfDifference(a: Uint8Array, b: Uint8Array, from: number): number {
  let end = from + 1;
  for (let at = end; at < b.length && at - end < bridgeBytes; at++) if (a[at] !== b[at]) end = at + 1;
  return end;
}

function writeNumber(out: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  out.push(rest);
}

/** At most four bytes: no part is that long. */
function readNumber(bytes: Uint8Array, reader: { at: number }): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[reader.at++];
    if (byte === undefined) return undefined;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}
